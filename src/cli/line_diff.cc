#include "cli/line_diff.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <vector>

namespace drover::cli {
namespace {

constexpr size_t kContext = 3;  // unchanged lines around a change

// A line of both texts, and where it begins in each. Texts are walked rather than split: they may have a line for every
// byte.
struct Line {
    size_t number = 0;
    size_t from_at = 0, to_at = 0;
};

class Texts {
public:
    Texts(std::string_view from, std::string_view to) : from_(from), to_(to) {}

    // With their newlines; the last may have none, and empty means that there is no such line.
    std::string_view from(const Line& line) const { return line_at(from_, line.from_at); }
    std::string_view to(const Line& line) const { return line_at(to_, line.to_at); }
    bool has(const Line& line) const { return line.from_at < from_.size() || line.to_at < to_.size(); }
    bool same(const Line& line) const { return from(line) == to(line); }
    Line next(const Line& line) const {
        return {line.number + 1, line.from_at + from(line).size(), line.to_at + to(line).size()};
    }

private:
    static std::string_view line_at(std::string_view text, size_t at) {
        const size_t end = text.find('\n', at);
        return text.substr(at, end == std::string_view::npos ? end : end + 1 - at);
    }

    std::string_view from_, to_;
};

struct Hunk {
    Line begin;
    size_t end = 0;  // a number of a line
};

std::vector<Hunk> hunks_of(const Texts& texts) {
    std::vector<Hunk> hunks;
    std::deque<Line> recent;
    Line line;
    for (; texts.has(line); line = texts.next(line)) {
        recent.push_back(line);
        if (recent.size() > kContext + 1) recent.pop_front();
        if (texts.same(line)) continue;
        if (hunks.empty() || recent.front().number > hunks.back().end) hunks.push_back({recent.front(), 0});
        hunks.back().end = line.number + kContext + 1;
    }
    if (!hunks.empty()) hunks.back().end = std::min(hunks.back().end, line.number);
    return hunks;
}

// Empty: there is no such line.
std::string marked(char mark, std::string_view line) {
    if (line.empty()) return {};
    std::string out = mark + std::string(line);
    return line.ends_with('\n') ? out : out + "\n\\ No newline at end of file\n";
}

std::string heading(const Texts& texts, const Hunk& hunk) {
    size_t from = 0, to = 0;
    for (Line line = hunk.begin; line.number < hunk.end; line = texts.next(line)) {
        if (!texts.from(line).empty()) ++from;
        if (!texts.to(line).empty()) ++to;
    }
    const std::string begin = std::to_string(hunk.begin.number + 1) + ",";
    return "@@ -" + begin + std::to_string(from) + " +" + begin + std::to_string(to) + " @@\n";
}

void add_hunk(const Texts& texts, const Hunk& hunk, std::string& out) {
    out += heading(texts, hunk);
    Line line = hunk.begin;
    while (line.number < hunk.end) {
        if (texts.same(line)) {
            out += marked(' ', texts.from(line));
            line = texts.next(line);
            continue;
        }
        const Line first = line;
        for (; line.number < hunk.end && !texts.same(line); line = texts.next(line))
            out += marked('-', texts.from(line));
        for (Line l = first; l.number < line.number; l = texts.next(l)) out += marked('+', texts.to(l));
    }
}

}  // namespace

// Formatting keeps lines, but for blanks at the end of a file.
std::string line_diff(std::string_view name, std::string_view before, std::string_view after) {
    const Texts texts(before, after);
    std::string out;
    for (const Hunk& hunk : hunks_of(texts)) {
        if (out.empty()) out = "--- " + std::string(name) + "\n+++ " + std::string(name) + "\n";
        add_hunk(texts, hunk, out);
    }
    return out;
}

}  // namespace drover::cli
