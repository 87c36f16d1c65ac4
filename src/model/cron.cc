#include "model/cron.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace drover::model {
namespace {

constexpr int kFirstYear = 1970, kLastYear = 2099;
constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Word {
    std::string_view name, fields;
};
constexpr Word kWords[] = {{"@yearly", "0 0 0 1 1 * *"}, {"@annually", "0 0 0 1 1 * *"}, {"@monthly", "0 0 0 1 * * *"},
                           {"@weekly", "0 0 0 * * 0 *"}, {"@daily", "0 0 0 * * * *"},    {"@hourly", "0 0 * * * * *"}};

struct Field {
    std::string_view name;
    int first, last;
};

Error syntax(const Field& field, std::string_view part) {
    return Error::bad_request("syntax error in " + std::string(field.name) + " field: '" + std::string(part) + "'");
}

// A number or, where names are allowed, the first three letters (or all) of one.
std::optional<int> number(std::string_view text, const Field& field) {
    if (const auto value = parse_uint(text); value && *value <= 9999) return static_cast<int>(*value);
    if (text.size() < 3) return std::nullopt;
    const std::string prefix = to_lower(text.substr(0, 3));
    const auto find = [&](const auto& names, int from) -> std::optional<int> {
        const auto it = std::find(names.begin(), names.end(), prefix);
        if (it == names.end()) return std::nullopt;
        return from + static_cast<int>(it - names.begin());
    };
    if (field.name == "month") return find(kMonths, 1);
    if (field.name == "day-of-week") return find(kWeekdays, 0);
    return std::nullopt;
}

// "*", "a", "a-b", each with "/step" behind it. Calls set(value) for each.
template <class Set>
Result<void> parse_range(std::string_view part, const Field& field, Set set) {
    int step = 1;
    std::string_view range = part;
    bool stepped = false;
    if (const size_t slash = part.find('/'); slash != std::string_view::npos) {
        const auto given = parse_uint(part.substr(slash + 1));
        if (!given || *given == 0 || *given > 9999) return fail(syntax(field, part));
        step = static_cast<int>(*given), range = part.substr(0, slash), stepped = true;
    }
    int first = field.first, last = field.last;
    if (range != "*" && range != "?") {
        const size_t dash = range.find('-');
        const auto low = number(range.substr(0, dash), field);
        const auto high = dash == std::string_view::npos ? low : number(range.substr(dash + 1), field);
        if (!low || !high) return fail(syntax(field, part));
        first = *low, last = dash == std::string_view::npos && stepped ? field.last : *high;
    }
    if (first < field.first || last > field.last || first > last) return fail(syntax(field, part));
    for (int value = first; value <= last; value += step) set(value);
    return {};
}

template <class Set>
Result<void> parse_list(std::string_view text, const Field& field, Set set) {
    for (const std::string& part : split(text, ',')) {
        if (auto read = parse_range(part, field, set); !read) return read;
    }
    return {};
}

Result<void> parse_days(std::string_view text, Cron& cron) {
    const Field field{"day-of-month", 1, 31};
    cron.any_day = text == "*" || text == "?";
    for (const std::string& part : split(text, ',')) {
        const std::string lower = to_lower(part);
        if (lower == "l") {
            cron.last_day = true;
        } else if (lower == "lw" || lower == "wl") {
            cron.last_workday = true;
        } else if (lower.size() > 1 && lower.back() == 'w') {
            const auto day = number(std::string_view(lower).substr(0, lower.size() - 1), field);
            if (!day || *day < 1 || *day > 31) return fail(syntax(field, part));
            cron.nearest_workdays.push_back(*day);
        } else if (auto read = parse_range(part, field, [&](int day) { cron.days.set(static_cast<size_t>(day)); });
                   !read) {
            return read;
        }
    }
    return {};
}

Result<void> parse_weekdays(std::string_view text, Cron& cron) {
    const Field field{"day-of-week", 0, 7};
    cron.any_weekday = text == "*" || text == "?";
    for (const std::string& part : split(text, ',')) {
        const std::string_view view = part;
        const size_t hash = view.find('#');
        if (hash != std::string_view::npos) {
            const auto day = number(view.substr(0, hash), field);
            const auto nth = parse_uint(view.substr(hash + 1));
            if (!day || *day > 7 || !nth || *nth < 1 || *nth > 5) return fail(syntax(field, part));
            cron.nth_weekdays.set(static_cast<size_t>(*day % 7) * 5 + *nth - 1);
        } else if (view.size() > 1 && (view.back() == 'L' || view.back() == 'l') &&
                   number(view.substr(0, view.size() - 1), field)) {
            const int day = *number(view.substr(0, view.size() - 1), field);
            if (day > 7) return fail(syntax(field, part));
            cron.last_weekdays.set(static_cast<size_t>(day % 7));
        } else if (auto read = parse_range(part, field, [&](int d) { cron.weekdays.set(static_cast<size_t>(d % 7)); });
                   !read) {
            return read;
        }
    }
    return {};
}

std::vector<std::string> fields_of(std::string_view text) {
    std::vector<std::string> fields;
    std::string current;
    for (char c : text) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            if (!current.empty()) fields.push_back(std::move(current));
            current.clear();
        } else {
            current += c;
        }
    }
    if (!current.empty()) fields.push_back(std::move(current));
    return fields;
}

int weekday_of(int64_t year, int month, int day) { return to_civil(from_civil({year, month, day})).weekday; }

int days_in(int64_t year, int month) {
    static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : kDays[month - 1];
}

// The working day nearest to `day` within its month.
int nearest_workday(int64_t year, int month, int day) {
    const int last = days_in(year, month);
    day = std::min(day, last);
    const int weekday = weekday_of(year, month, day);
    if (weekday == 6) return day > 1 ? day - 1 : day + 2;
    if (weekday == 0) return day < last ? day + 1 : day - 2;
    return day;
}

bool day_of_month_matches(const Cron& cron, int64_t year, int month, int day) {
    if (cron.days.test(static_cast<size_t>(day))) return true;
    const int last = days_in(year, month);
    if (cron.last_day && day == last) return true;
    if (cron.last_workday && day == nearest_workday(year, month, last)) return true;
    return std::any_of(cron.nearest_workdays.begin(), cron.nearest_workdays.end(),
                       [&](int wanted) { return wanted <= last && day == nearest_workday(year, month, wanted); });
}

bool weekday_matches(const Cron& cron, int64_t year, int month, int day) {
    const auto weekday = static_cast<size_t>(weekday_of(year, month, day));
    return cron.weekdays.test(weekday) || cron.nth_weekdays.test(weekday * 5 + static_cast<size_t>(day - 1) / 7) ||
           (cron.last_weekdays.test(weekday) && day + 7 > days_in(year, month));
}

// Where both are given, one of them suffices.
bool day_matches(const Cron& cron, int64_t year, int month, int day) {
    if (cron.any_day && cron.any_weekday) return true;
    if (cron.any_day) return weekday_matches(cron, year, month, day);
    if (cron.any_weekday) return day_of_month_matches(cron, year, month, day);
    return day_of_month_matches(cron, year, month, day) || weekday_matches(cron, year, month, day);
}

// The first time of day at or after `from` seconds, in seconds.
std::optional<int> time_of_day(const Cron& cron, int from) {
    for (int hour = from / 3600; hour < 24; ++hour, from = hour * 3600) {
        if (!cron.hours.test(static_cast<size_t>(hour))) continue;
        for (int minute = from / 60 % 60; minute < 60; ++minute, from = hour * 3600 + minute * 60) {
            if (!cron.minutes.test(static_cast<size_t>(minute))) continue;
            for (int second = from % 60; second < 60; ++second) {
                if (cron.seconds.test(static_cast<size_t>(second))) return hour * 3600 + minute * 60 + second;
            }
        }
    }
    return std::nullopt;
}

}  // namespace

Result<Cron> parse_cron(std::string_view text) {
    for (const Word& word : kWords) {
        if (to_lower(trim(text)) == word.name) return parse_cron(word.fields);
    }
    std::vector<std::string> fields = fields_of(text);
    if (fields.size() < 5) return fail(Error::bad_request("missing field(s)"));
    fields.resize(std::min<size_t>(fields.size(), 7));
    if (fields.size() == 5) fields.push_back("*");
    if (fields.size() == 6) fields.insert(fields.begin(), "0");

    Cron cron;
    const auto setter = [](auto& bits, int from = 0) {
        return [&bits, from](int value) { bits.set(static_cast<size_t>(value - from)); };
    };
    Result<void> read = parse_list(fields[0], {"second", 0, 59}, setter(cron.seconds));
    if (read) read = parse_list(fields[1], {"minute", 0, 59}, setter(cron.minutes));
    if (read) read = parse_list(fields[2], {"hour", 0, 23}, setter(cron.hours));
    if (read) read = parse_days(fields[3], cron);
    if (read) read = parse_list(fields[4], {"month", 1, 12}, setter(cron.months));
    if (read) read = parse_weekdays(fields[5], cron);
    if (read) read = parse_list(fields[6], {"year", kFirstYear, kLastYear}, setter(cron.years, kFirstYear));
    if (!read) return fail(read.error());
    return cron;
}

std::optional<Time> next_match(const Cron& cron, Time after) {
    Civil start = to_civil(Time::from_unix_seconds(after.unix_seconds() + 1));
    int from = start.hour * 3600 + start.minute * 60 + start.second;
    int64_t year = start.year;
    int month = start.month, day = start.day;
    for (; year <= kLastYear; ++year, month = 1, day = 1, from = 0) {
        if (year < kFirstYear || !cron.years.test(static_cast<size_t>(year - kFirstYear))) continue;
        for (; month <= 12; ++month, day = 1, from = 0) {
            if (!cron.months.test(static_cast<size_t>(month))) continue;
            for (const int last = days_in(year, month); day <= last; ++day, from = 0) {
                if (!day_matches(cron, year, month, day)) continue;
                if (const auto second = time_of_day(cron, from)) {
                    return from_civil({year, month, day}) + seconds(*second);
                }
            }
        }
    }
    return std::nullopt;
}

}  // namespace drover::model
