#include "replay/behaviour.h"

#include <algorithm>

#include "base/strings.h"
#include "model/job_rules.h"
#include "model/status.h"

namespace drover::replay {
namespace {

const std::string* setting(const model::Job& job, const model::TaskGroup* maybe_group, std::string_view key) {
    if (const auto* value = maybe_group ? maybe_group->Meta.get(key) : nullptr) return value;
    return job.Meta.get(key);
}

bool is_sensible(Duration time) { return time.ns >= 0 && time <= kLongest; }

Result<> check_setting(const model::Job& job, const model::TaskGroup& group, std::string_view key, bool percent) {
    const std::string* text = setting(job, &group, key);
    if (!text) return {};
    const auto number = percent ? parse_uint(*text) : std::nullopt;
    const auto duration = percent ? Result<Duration>(Duration{}) : parse_duration(*text);
    if (percent ? number && *number <= 100 : duration && is_sensible(*duration)) return {};
    return fail(
        Error::bad_request(std::string(key) + ": " + quote(*text) +
                           (percent ? " is not a number of percent" : " is not a duration of ten years at most")));
}

}  // namespace

Behaviour behaviour_of(const model::Job& job, std::string_view group_name) {
    const model::TaskGroup* group = model::maybe_group(job, group_name);
    Behaviour behaviour;
    behaviour.ends = job.Type == model::kJobTypeBatch || job.Type == model::kJobTypeSysBatch;
    const auto take = [&](std::string_view key, Duration& into) {
        const std::string* text = setting(job, group, key);
        if (!text) return;
        if (const auto value = parse_duration(*text); value && is_sensible(*value)) into = *value;
    };
    take(kRunForKey, behaviour.run_for);
    if (behaviour.ends) behaviour.fail_after = behaviour.run_for;
    take(kFailAfterKey, behaviour.fail_after);
    if (const std::string* text = setting(job, group, kFailPercentKey))
        behaviour.fail_percent = std::min<uint64_t>(100, parse_uint(*text).value_or(0));
    if (group && group->Update && group->Update->MinHealthyTime.ns > 0)
        behaviour.min_healthy = std::min(kLongest, group->Update->MinHealthyTime);
    return behaviour;
}

Result<> check_behaviour(const model::Job& job) {
    for (const model::TaskGroup& group : job.TaskGroups) {
        for (const std::string_view key : {kRunForKey, kFailAfterKey, kFailPercentKey}) {
            if (auto checked = check_setting(job, group, key, key == kFailPercentKey); !checked) return checked;
        }
    }
    return {};
}

}  // namespace drover::replay
