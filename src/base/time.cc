#include "base/time.h"

#include <cstdio>

namespace drover {
namespace {

// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, and back (Hinnant, "chrono-compatible low-level
// date algorithms").
int64_t days_from_civil(int64_t y, int m, int d) {
    y -= m <= 2;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const auto yoe = static_cast<unsigned>(y - era * 400);
    const unsigned doy = (153u * static_cast<unsigned>(m + (m > 2 ? -3 : 9)) + 2) / 5 + static_cast<unsigned>(d) - 1;
    const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

void civil_from_days(int64_t z, Civil& out) {
    z += 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const auto doe = static_cast<unsigned>(z - era * 146097);
    const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const unsigned mp = (5 * doy + 2) / 153;
    out.day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
    out.month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
    out.year = static_cast<int64_t>(yoe) + era * 400 + (out.month <= 2);
}

struct Unit {
    std::string_view name;
    int64_t ns;
};
constexpr Unit kUnits[] = {{"ns", 1},         {"us", 1'000},        {"\u00b5s", 1'000},    {"\u03bcs", 1'000},
                           {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

tl::unexpected<Error> bad_duration(std::string_view what, std::string_view text) {
    return fail(Error::bad_request("time: " + std::string(what) + " \"" + std::string(text) + "\""));
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    constexpr uint64_t kLimit = uint64_t{1} << 63;
    std::string_view rest = text;
    bool negative = false;
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
        negative = rest[0] == '-';
        rest.remove_prefix(1);
    }
    if (rest == "0") return Duration{};
    if (rest.empty()) return bad_duration("invalid duration", text);
    uint64_t total = 0;
    while (!rest.empty()) {
        if (rest[0] != '.' && !is_digit(rest[0])) return bad_duration("invalid duration", text);
        uint64_t whole = 0;
        bool digits = false;
        while (!rest.empty() && is_digit(rest[0])) {
            if (whole > kLimit / 10) return bad_duration("invalid duration", text);
            whole = whole * 10 + static_cast<uint64_t>(rest[0] - '0');
            if (whole > kLimit) return bad_duration("invalid duration", text);
            digits = true;
            rest.remove_prefix(1);
        }
        double fraction = 0;
        if (!rest.empty() && rest[0] == '.') {
            rest.remove_prefix(1);
            double scale = 0.1;
            while (!rest.empty() && is_digit(rest[0])) {
                fraction += scale * (rest[0] - '0');
                scale /= 10;
                digits = true;
                rest.remove_prefix(1);
            }
        }
        if (!digits) return bad_duration("invalid duration", text);
        size_t n = 0;
        while (n < rest.size() && rest[n] != '.' && !is_digit(rest[n])) ++n;
        if (n == 0) return bad_duration("missing unit in duration", text);
        const std::string_view name = rest.substr(0, n);
        rest.remove_prefix(n);
        int64_t unit = 0;
        for (const Unit& u : kUnits) {
            if (u.name == name) unit = u.ns;
        }
        if (unit == 0) {
            return fail(Error::bad_request("time: unknown unit \"" + std::string(name) + "\" in duration \"" +
                                           std::string(text) + "\""));
        }
        const auto scale = static_cast<uint64_t>(unit);
        if (whole > kLimit / scale) return bad_duration("invalid duration", text);
        total += whole * scale + static_cast<uint64_t>(fraction * static_cast<double>(unit) + 0.5);
        if (total > kLimit) return bad_duration("invalid duration", text);
    }
    if (negative) return Duration{static_cast<int64_t>(0 - total)};
    if (total > kLimit - 1) return bad_duration("invalid duration", text);
    return Duration{static_cast<int64_t>(total)};
}

std::string to_string(Duration d) {
    if (d.ns == 0) return "0s";
    const bool negative = d.ns < 0;
    const uint64_t n = negative ? 0 - static_cast<uint64_t>(d.ns) : static_cast<uint64_t>(d.ns);
    auto with_fraction = [](uint64_t value, uint64_t unit, std::string_view name) {
        std::string out = std::to_string(value / unit);
        if (uint64_t rest = value % unit; rest != 0) {
            std::string digits;
            for (uint64_t scale = unit / 10; scale > 0; scale /= 10) {
                digits += static_cast<char>('0' + rest / scale);
                rest %= scale;
            }
            digits.resize(digits.find_last_not_of('0') + 1);
            out += '.' + digits;
        }
        return out + std::string(name);
    };
    std::string out;
    if (n < 1'000) {
        out = with_fraction(n, 1, "ns");
    } else if (n < 1'000'000) {
        out = with_fraction(n, 1'000, "\u00b5s");
    } else if (n < 1'000'000'000) {
        out = with_fraction(n, 1'000'000, "ms");
    } else {
        const uint64_t whole_minutes = n / 60'000'000'000;
        if (whole_minutes >= 60) out += std::to_string(whole_minutes / 60) + "h";
        if (whole_minutes > 0) out += std::to_string(whole_minutes % 60) + "m";
        out += with_fraction(n % 60'000'000'000, 1'000'000'000, "s");
    }
    return negative ? "-" + out : out;
}

Civil to_civil(Time t) {
    Civil c;
    if (t.is_zero()) return c;
    const int64_t s = t.unix_seconds();
    int64_t days = s / 86400;
    int64_t rest = s % 86400;
    if (rest < 0) rest += 86400, --days;
    civil_from_days(days, c);
    c.hour = static_cast<int>(rest / 3600);
    c.minute = static_cast<int>(rest / 60 % 60);
    c.second = static_cast<int>(rest % 60);
    c.nanosecond = static_cast<int>(t.unix_ns - s * 1'000'000'000);
    c.weekday = static_cast<int>(((days % 7) + 11) % 7);
    return c;
}

Time from_civil(const Civil& c) {
    if (c.year < 1678) return Time{};
    const int64_t s = days_from_civil(c.year, c.month, c.day) * 86400 + c.hour * 3600 + c.minute * 60 + c.second;
    return Time{s * 1'000'000'000 + c.nanosecond};
}

std::string to_rfc3339(Time t) {
    const Civil c = to_civil(t);
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%04lld-%02d-%02dT%02d:%02d:%02d", static_cast<long long>(c.year), c.month,
                  c.day, c.hour, c.minute, c.second);
    std::string out = buffer;
    if (c.nanosecond != 0) {
        std::snprintf(buffer, sizeof buffer, ".%09d", c.nanosecond);
        std::string digits = buffer;
        digits.resize(digits.find_last_not_of('0') + 1);
        out += digits;
    }
    return out + 'Z';
}

Result<Time> parse_time(std::string_view text) {
    auto bad = [&] { return fail(Error::bad_request("invalid time \"" + std::string(text) + "\"")); };
    size_t at = 0;
    bool ok = true;
    auto number = [&](size_t digits) {
        int value = 0;
        for (size_t i = 0; i < digits; ++i, ++at) {
            if (at >= text.size() || !is_digit(text[at])) {
                ok = false;
                return 0;
            }
            value = value * 10 + (text[at] - '0');
        }
        return value;
    };
    auto expect = [&](char c) { ok = ok && at < text.size() && text[at++] == c; };
    Civil c;
    c.year = number(4), expect('-'), c.month = number(2), expect('-'), c.day = number(2);
    expect('T'), c.hour = number(2), expect(':'), c.minute = number(2), expect(':'), c.second = number(2);
    if (!ok || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 || c.hour > 23 || c.minute > 59 ||
        c.second > 60) {
        return bad();
    }
    if (at < text.size() && text[at] == '.') {
        ++at;
        int scale = 100'000'000;
        if (at >= text.size() || !is_digit(text[at])) return bad();
        for (; at < text.size() && is_digit(text[at]); ++at, scale /= 10) c.nanosecond += (text[at] - '0') * scale;
    }
    int64_t offset_minutes = 0;
    if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
        ++at;
    } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
        const int sign = text[at++] == '-' ? -1 : 1;
        const int h = number(2);
        expect(':');
        offset_minutes = sign * (h * 60 + number(2));
    } else {
        return bad();
    }
    if (!ok || at != text.size()) return bad();
    if (c.year < 1678 || c.year > 2261) return c.year <= 1 ? Result<Time>(Time{}) : Result<Time>(bad());
    return from_civil(c) - minutes(offset_minutes);
}

}  // namespace drover
