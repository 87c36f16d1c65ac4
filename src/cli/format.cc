#include "cli/format.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace drover::cli {
namespace {

// Columns on a terminal: characters, not bytes.
size_t width(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string shown(const std::string& cell) { return cell.empty() ? "<none>" : cell; }

}  // namespace

std::string format_table(const std::vector<Row>& rows) {
    std::vector<size_t> widths;
    for (const Row& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(shown(row[i])));
    }
    std::string out;
    for (size_t r = 0; r < rows.size(); ++r) {
        if (r > 0) out += '\n';
        for (size_t i = 0; i < rows[r].size(); ++i) {
            const std::string cell = shown(rows[r][i]);
            out += cell;
            if (i + 1 < rows[r].size()) out.append(widths[i] - width(cell) + 2, ' ');
        }
    }
    return out;
}

std::string format_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
    size_t longest = 0;
    for (const auto& [key, value] : pairs) longest = std::max(longest, width(key));
    std::string out;
    for (const auto& [key, value] : pairs) {
        if (!out.empty()) out += '\n';
        out += key;
        out.append(longest - width(key), ' ');
        out += " = " + shown(value);
    }
    return out;
}

std::string short_id(std::string_view id, bool verbose) { return std::string(verbose ? id : id.substr(0, 8)); }

std::string rough_duration(Duration d) {
    struct Unit {
        std::string_view name;
        int64_t seconds;
    };
    constexpr Unit kUnits[] = {{"y", 365 * 86400}, {"mo", 30 * 86400}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}};
    int64_t rest = d.ns / 1'000'000'000;
    std::string out;
    int shown_units = 0;
    for (const Unit& unit : kUnits) {
        const int64_t n = rest / unit.seconds;
        rest %= unit.seconds;
        if (n == 0 && shown_units == 0) continue;
        if (n > 0) out += std::to_string(n) + std::string(unit.name);
        if (++shown_units == 2) break;
    }
    return out.empty() ? "0s" : out;
}

std::string age(Time then, Time now) {
    if (then.is_zero() || then.unix_ns <= 0) return "";
    return rough_duration(now - then) + " ago";
}

std::string local_time(Time t) {
    if (t.is_zero()) return "N/A";
    const time_t seconds = static_cast<time_t>(t.unix_seconds());
    std::tm parts{};
    localtime_r(&seconds, &parts);
    char buffer[40];
    std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &parts);
    std::string out = buffer;
    const long offset = parts.tm_gmtoff / 60;
    if (offset == 0) return out + 'Z';
    std::snprintf(buffer, sizeof buffer, "%c%02ld:%02ld", offset < 0 ? '-' : '+', std::labs(offset) / 60,
                  std::labs(offset) % 60);
    return out + buffer;
}

std::string shown_time(int64_t unix_ns, Time now, bool verbose) {
    const Time t = Time::from_unix_ns(unix_ns);
    return verbose ? local_time(t) : age(t, now);
}

std::string bytes_iec(uint64_t bytes) {
    constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = static_cast<double>(bytes);
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < std::size(kUnits)) value /= 1024, ++unit;
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, value < 10 && unit > 0 ? "%.1f" : "%.0f", value);
    std::string digits = buffer;
    if (digits.size() > 2 && digits.substr(digits.size() - 2) == ".0") digits.resize(digits.size() - 2);
    return digits + ' ' + std::string(kUnits[unit]);
}

std::string to_fixed(double value, int decimals) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
    return buffer;
}

std::string yes_no(bool b) { return b ? "true" : "false"; }

}  // namespace drover::cli
