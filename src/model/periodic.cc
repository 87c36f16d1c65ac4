#include "model/periodic.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/time_zone.h"
#include "model/cron.h"

namespace drover::model {
namespace {

constexpr Duration kMostShift = hours(48);  // more than any clock is ever turned

// Between two changes of the clock, local time is UTC with an offset. What lies far ahead is gone to at once: a search
// of the calendar is not made anew for each of the changes on the way.
std::optional<Time> next_in_zone(const Cron& cron, const TimeZone& zone, Time after) {
    for (bool last = false;;) {
        const Duration offset = zone.offset(after);
        const auto change = zone.next_change(after);
        const auto local = next_match(cron, after + offset);
        if (local && (!change || *local - offset < *change)) return *local - offset;
        // Nothing is left of the calendar, but the next change may turn the clock back before its end.
        if (!change || (!local && std::exchange(last, true))) return std::nullopt;
        // The very instant of the change may be a match of the new local time.
        const Time first = *change + zone.offset(*change) - seconds(1);
        if (next_match(cron, first) == first + seconds(1)) return *change;
        after = local ? std::max(*change, *local - offset - kMostShift) : *change;
    }
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
