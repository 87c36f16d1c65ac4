#include "cli/line_diff.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace drover::cli {
namespace {

constexpr size_t kContext = 3;  // unchanged lines around a change

// With their newlines; the last may have none.
std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        lines.push_back(text.substr(0, end == std::string_view::npos ? end : end + 1));
        text.remove_prefix(lines.back().size());
    }
    return lines;
}

struct Hunk {
    size_t begin = 0, end = 0;
};

std::vector<Hunk> hunks_of(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after) {
    std::vector<Hunk> hunks;
    for (size_t i = 0; i < before.size(); ++i) {
        if (before[i] == after[i]) continue;
        const size_t begin = i < kContext ? 0 : i - kContext;
        const size_t end = std::min(before.size(), i + kContext + 1);
        if (hunks.empty() || begin > hunks.back().end) hunks.push_back({begin, end});
        hunks.back().end = end;
    }
    return hunks;
}

// Empty: there is no such line.
std::string marked(char mark, std::string_view line) {
    if (line.empty()) return {};
    std::string out = mark + std::string(line);
    return line.ends_with('\n') ? out : out + "\n\\ No newline at end of file\n";
}

}  // namespace

std::string line_diff(std::string_view name, std::string_view before, std::string_view after) {
    auto from = lines_of(before), to = lines_of(after);
    // Formatting keeps lines, but for blanks at the end of a file.
    from.resize(std::max(from.size(), to.size()));
    to.resize(from.size());
    std::string out;
    for (const Hunk& hunk : hunks_of(from, to)) {
        if (out.empty()) out = "--- " + std::string(name) + "\n+++ " + std::string(name) + "\n";
        const auto place = [&](const std::vector<std::string_view>& lines) {
            const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(hunk.begin);
            const auto end = lines.begin() + static_cast<std::ptrdiff_t>(hunk.end);
            const auto missing = std::count(begin, end, std::string_view());
            return std::to_string(hunk.begin + 1) + "," + std::to_string(end - begin - missing);
        };
        out += "@@ -" + place(from) + " +" + place(to) + " @@\n";
        for (size_t i = hunk.begin; i < hunk.end;) {
            if (from[i] == to[i]) {
                out += marked(' ', from[i++]);
                continue;
            }
            const size_t first = i;
            while (i < hunk.end && from[i] != to[i]) out += marked('-', from[i++]);
            for (size_t j = first; j < i; ++j) out += marked('+', to[j]);
        }
    }
    return out;
}

}  // namespace drover::cli
