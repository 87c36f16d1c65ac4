#pragma once
// Cron expressions, as periodic jobs use them: five fields (minute to weekday), six (with the year) or seven (second
// first, year last), lists, ranges, steps, names, L, W and #, and the words @hourly to @yearly. All times here are of
// the calendar that the caller chose: who wants another zone than UTC converts before and after. Pure; any thread.

#include <bitset>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace drover::model {

struct Cron {
    std::bitset<60> seconds, minutes;
    std::bitset<24> hours;
    std::bitset<32> days;     // of the month, from 1
    std::bitset<13> months;   // from 1
    std::bitset<7> weekdays;  // 0 is Sunday
    std::bitset<130> years;   // from 1970
    bool any_day = true, any_weekday = true;
    bool last_day = false;              // L in the days
    bool last_workday = false;          // LW
    std::vector<int> nearest_workdays;  // 15W
    std::bitset<7> last_weekdays;       // 5L
    std::bitset<35> nth_weekdays;       // weekday * 5 + (n - 1) for 5#n
};

Result<Cron> parse_cron(std::string_view text);

// The first time after `after` that matches, to the second. Nothing: there is none.
std::optional<Time> next_match(const Cron& cron, Time after);

}  // namespace drover::model
