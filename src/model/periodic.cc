#include "model/periodic.h"

#include <algorithm>
#include <vector>

#include "base/time_zone.h"
#include "model/cron.h"

namespace drover::model {
namespace {

constexpr int kMostChanges = 1000;  // of the clock, that are walked through: some centuries

// Between two changes of the clock, local time is UTC with an offset.
std::optional<Time> next_in_zone(const Cron& cron, const TimeZone& zone, Time after) {
    for (int i = 0; i < kMostChanges; ++i) {
        const Duration offset = zone.offset(after);
        const auto change = zone.next_change(after);
        const auto local = next_match(cron, after + offset);
        if (local && (!change || *local - offset < *change)) return *local - offset;
        if (!change) return std::nullopt;
        // The very instant of the change may be a match of the new local time.
        const Time first = *change + zone.offset(*change) - seconds(1);
        const auto at_change = next_match(cron, first);
        if (at_change && *at_change == first + seconds(1)) return *change;
        after = *change;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Time> next_launch(const PeriodicConfig& periodic, Time after) {
    const auto zone = TimeZone::load(periodic.TimeZone.empty() ? "UTC" : periodic.TimeZone);
    if (!zone) return std::nullopt;
    std::vector<std::string> specs(periodic.Specs.begin(), periodic.Specs.end());
    if (specs.empty()) specs.push_back(periodic.Spec);
    std::optional<Time> next;
    for (const std::string& spec : specs) {
        const auto cron = parse_cron(spec);
        if (!cron) continue;
        const auto found = next_in_zone(*cron, *zone, after);
        if (found && (!next || *found < *next)) next = found;
    }
    return next;
}

}  // namespace drover::model
