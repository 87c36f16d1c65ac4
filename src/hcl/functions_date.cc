// formatdate timeadd
#include <algorithm>

#include "base/strings.h"
#include "base/time.h"
#include "hcl/function_helpers.h"

namespace drover::hcl {
namespace {

struct Stamp {
    Civil local;
    int offset_minutes = 0;
    bool utc = false;  // written with Z
    std::string fraction;
};

tl::unexpected<std::string> bad(std::string why) {
    return tl::unexpected<std::string>("not a valid RFC3339 timestamp: " + std::move(why));
}

int days_in_month(int64_t year, int month) {
    static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

class StampReader {
public:
    explicit StampReader(const std::string& text) : text_(text) {}

    tl::expected<Stamp, std::string> read() {
        Stamp stamp;
        int year = 0;
        Civil& c = stamp.local;
        bool good = digits(4, "year", 0, 9999, year) && literal('-') && digits(2, "month", 1, 12, c.month) &&
                    literal('-') && digits(2, "day of month", 1, 31, c.day) && literal('T') &&
                    digits(2, "hour", 0, 23, c.hour) && literal(':') && digits(2, "minute", 0, 59, c.minute) &&
                    literal(':') && digits(2, "second", 0, 59, c.second) && fraction(stamp) && zone(stamp);
        if (!good) return bad(error_);
        c.year = year;
        if (c.day > days_in_month(year, c.month)) return bad("day out of range");
        if (at_ < text_.size()) return bad("cannot use " + rest() + " as timestamp segment");
        return stamp;
    }

private:
    bool fail(std::string why) {
        error_ = std::move(why);
        return false;
    }
    std::string rest() const { return quote(std::string_view(text_).substr(std::min(at_, text_.size()))); }

    bool digits(size_t count, const char* what, int low, int high, int& out) {
        if (at_ >= text_.size()) return fail(std::string("end of string before ") + what);
        int value = 0;
        for (size_t i = 0; i < count; ++i) {
            char c = at_ + i < text_.size() ? text_[at_ + i] : '\0';
            if (c < '0' || c > '9') return fail("cannot use " + rest() + " as " + what);
            value = value * 10 + (c - '0');
        }
        if (value < low || value > high) return fail(std::string(what) + " out of range");
        at_ += count;
        out = value;
        return true;
    }

    bool literal(char wanted) {
        if (at_ < text_.size() && text_[at_] == wanted) return ++at_, true;
        std::string name(1, wanted);
        if (wanted == 'T') return fail("missing required time introducer 'T'");
        if (at_ >= text_.size()) return fail("end of string where " + quote(name) + " is expected");
        return fail("found " + rest() + " where " + quote(name) + " is expected");
    }

    bool fraction(Stamp& stamp) {
        if (at_ >= text_.size() || text_[at_] != '.') return true;
        size_t begin = at_++;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
        stamp.fraction = text_.substr(begin, at_ - begin);
        if (stamp.fraction.size() < 2)
            return fail("cannot use " + quote(text_.substr(begin)) + " as fractional second");
        int scale = 100'000'000;
        for (char c : stamp.fraction.substr(1, 9)) {
            stamp.local.nanosecond += (c - '0') * scale;
            scale /= 10;
        }
        return true;
    }

    bool zone(Stamp& stamp) {
        if (at_ >= text_.size()) return fail("end of string before UTC offset");
        char sign = text_[at_];
        if (sign == 'Z') {
            stamp.utc = true;
            return ++at_, true;
        }
        if (sign != '+' && sign != '-') return fail("cannot use " + rest() + " as UTC offset");
        ++at_;
        int hours = 0;
        int minutes = 0;
        if (!digits(2, "UTC offset hours", 0, 24, hours) || !literal(':') ||
            !digits(2, "UTC offset minutes", 0, 59, minutes)) {
            return false;
        }
        stamp.offset_minutes = (hours * 60 + minutes) * (sign == '-' ? -1 : 1);
        return true;
    }

    const std::string& text_;
    size_t at_ = 0;
    std::string error_;
};

std::string two(int64_t n, size_t width = 2) {
    std::string out = std::to_string(n);
    return out.size() < width ? std::string(width - out.size(), '0') + out : out;
}

// "Z" or "+05:30"; without the colon for `colon` false.
std::string zone_text(const Stamp& stamp, bool z, bool colon) {
    if (z && stamp.offset_minutes == 0) return "Z";
    int minutes = std::abs(stamp.offset_minutes);
    return std::string(stamp.offset_minutes < 0 ? "-" : "+") + two(minutes / 60) + (colon ? ":" : "") +
           two(minutes % 60);
}

const char* const kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                               "July",    "August",   "September", "October", "November", "December"};
const char* const kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

// A date and time moved by a duration, in any year. The calendar repeats every 400 years, so that it is enough to
// reckon within the years that a Time holds.
Civil moved(Civil local, int64_t duration_ns) {
    constexpr int64_t kCycleYears = 400;
    constexpr __int128 kCycle = __int128{146'097} * 86'400 * 1'000'000'000;
    const int64_t cycles = (local.year - 1800) / kCycleYears - (local.year < 1800 ? 1 : 0);
    local.year -= cycles * kCycleYears;
    const __int128 first = from_civil(Civil{.year = 1800, .month = 1, .day = 1}).unix_ns;
    const __int128 since = from_civil(local).unix_ns - first + __int128{duration_ns};
    const __int128 more = since / kCycle - (since % kCycle < 0 ? 1 : 0);
    Civil out = to_civil(Time::from_unix_ns(static_cast<int64_t>(since - more * kCycle + first)));
    out.year += (cycles + static_cast<int64_t>(more)) * kCycleYears;
    return out;
}

// What a run of one letter stands for, or nothing.
std::optional<std::string> date_part(const Stamp& stamp, char letter, size_t count) {
    const Civil& c = stamp.local;
    auto number = [&](int64_t n) -> std::optional<std::string> {
        if (count > 2) return std::nullopt;
        return count == 1 ? std::to_string(n) : two(n);
    };
    switch (letter) {
        case 'Y':
            if (count == 2) return two(c.year % 100);
            return count == 4 ? std::optional(two(c.year, 4)) : std::nullopt;
        case 'M':
            if (count == 3) return std::string(kMonths[c.month - 1], 3);
            return count == 4 ? std::optional<std::string>(kMonths[c.month - 1]) : number(c.month);
        case 'D': return number(c.day);
        case 'E': {
            const char* name = kDays[moved(c, 0).weekday];
            if (count == 3) return std::string(name, 3);
            return count == 4 ? std::optional<std::string>(name) : std::nullopt;
        }
        case 'h': return number(c.hour);
        case 'H': return number(c.hour % 12 == 0 ? 12 : c.hour % 12);
        case 'm': return number(c.minute);
        case 's': return number(c.second);
        case 'A':
        case 'a': {
            if (count != 2) return std::nullopt;
            bool upper = letter == 'A';
            return c.hour >= 12 ? (upper ? "PM" : "pm") : (upper ? "AM" : "am");
        }
        case 'Z':
            if (count == 1) return zone_text(stamp, true, true);
            if (count == 3 && stamp.offset_minutes == 0) return "UTC";
            if (count == 3 || count == 4) return zone_text(stamp, false, false);
            return count == 5 ? std::optional(zone_text(stamp, false, true)) : std::nullopt;
        default: return std::nullopt;
    }
}

// How often a letter may be repeated, as a sentence; empty for those that stand for nothing.
std::string date_forms(char letter) {
    switch (letter) {
        case 'Y': return "year must either be \"YY\" or \"YYYY\"";
        case 'M': return "month must be \"M\", \"MM\", \"MMM\", or \"MMMM\"";
        case 'D': return "day of month must either be \"D\" or \"DD\"";
        case 'E': return "day of week must either be \"EEE\" or \"EEEE\"";
        case 'h': return "24-hour must either be \"h\" or \"hh\"";
        case 'H': return "12-hour must either be \"H\" or \"HH\"";
        case 'm': return "minute must either be \"m\" or \"mm\"";
        case 's': return "second must either be \"s\" or \"ss\"";
        case 'A': return "must be \"AA\"";
        case 'a': return "must be \"aa\"";
        case 'Z': return "timezone must be Z, ZZZZ, or ZZZZZ";
        default: return "";
    }
}

FunctionResult format_date(Arguments a) {
    auto stamp = StampReader(a[1].as_string()).read();
    if (!stamp) return refuse_argument(1, stamp.error());
    const std::string& pattern = a[0].as_string();
    std::string out;
    for (size_t i = 0; i < pattern.size();) {
        char c = pattern[i];
        if (c == '\'') {
            ++i;
            if (i < pattern.size() && pattern[i] == '\'') {
                out += pattern[i++];
                continue;
            }
            bool closed = false;
            while (i < pattern.size() && !closed) {
                if (pattern[i] != '\'') {
                    out += pattern[i++];
                } else if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
                    out += '\'';
                    i += 2;
                } else {
                    closed = true;
                    ++i;
                }
            }
            if (!closed) return refuse_argument(0, "unterminated literal '");
            continue;
        }
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter) {
            out += c;
            ++i;
            continue;
        }
        size_t end = std::min(pattern.find_first_not_of(c, i), pattern.size());
        std::string run = pattern.substr(i, end - i);
        auto part = date_part(*stamp, c, run.size());
        if (!part) {
            std::string forms = date_forms(c);
            return refuse_argument(0, "invalid date format verb " + quote(run) + (forms.empty() ? "" : ": " + forms));
        }
        out += *part;
        i = end;
    }
    return Value::string(out);
}

FunctionResult time_add(Arguments a) {
    auto stamp = StampReader(a[0].as_string()).read();
    if (!stamp) return refuse(stamp.error());
    auto duration = parse_duration(a[1].as_string());
    if (!duration) return refuse(duration.error().message);
    Civil c = moved(stamp->local, duration->ns);
    if (c.year < 0) return refuse("the result is out of range");
    return Value::string(two(c.year, 4) + "-" + two(c.month) + "-" + two(c.day) + "T" + two(c.hour) + ":" +
                         two(c.minute) + ":" + two(c.second) + zone_text(*stamp, true, true));
}

}  // namespace

void add_date_functions(FunctionTable& table) {
    table["formatdate"] = function({text_parameter("format"), text_parameter("time")}, format_date);
    table["timeadd"] = function({text_parameter("timestamp"), text_parameter("duration")}, time_add);
}

}  // namespace drover::hcl
