#include "hcl/diagnostics.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <utility>

#include "base/strings.h"
#include "hcl/unicode.h"

namespace drover::hcl {

std::string Range::to_string() const {
    std::string out = source ? source->name : std::string();
    out += ":" + std::to_string(start.line) + "," + std::to_string(start.column) + "-";
    if (start.line != end.line) out += std::to_string(end.line) + ",";
    return out + std::to_string(end.column);
}

Range between(const Range& first, const Range& last) { return {first.source, first.start, last.end}; }
Range after(const Range& range) { return {range.source, range.end, range.end}; }
Range before(const Range& range) { return {range.source, range.start, range.start}; }

std::string Diagnostic::to_string() const {
    return (subject ? subject->to_string() : "<nil>") + ": " + summary + "; " + detail;
}

namespace {

std::string_view line_at(std::string_view text, size_t byte) {
    byte = std::min(byte, text.size());
    size_t begin = byte == 0 ? std::string_view::npos : text.rfind('\n', byte - 1);
    begin = begin == std::string_view::npos ? 0 : begin + 1;
    size_t end = text.find('\n', byte);
    std::string_view line = text.substr(begin, end == std::string_view::npos ? end : end - begin);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

struct Excerpt {
    std::string_view text;
    size_t column = 1;  // of the place in it
};

// The line of a place, or of a long line the part around it.
Excerpt excerpt_of(std::string_view source, const Pos& place) {
    constexpr size_t kLongest = 240, kBefore = 100;  // bytes
    const std::string_view line = line_at(source, place.byte);
    if (line.size() <= kLongest) return {line, place.column};
    const size_t at = std::min(
        line.size(), std::min<size_t>(place.byte, source.size()) - static_cast<size_t>(line.data() - source.data()));
    size_t begin = at - std::min(at, kBefore);
    while (begin > 0 && is_continuation(line[begin])) --begin;
    size_t end = std::min(line.size(), begin + kLongest);
    while (end < line.size() && is_continuation(line[end])) ++end;
    return {line.substr(begin, end - begin), grapheme_count(line.substr(begin, at - begin)) + 1};
}

}  // namespace

std::string Diagnostic::excerpt() const {
    if (!subject || !subject->source) return "";
    const Excerpt shown = excerpt_of(subject->source->text, subject->start);
    const std::string_view line = shown.text;
    const size_t column = shown.column;
    const std::string number = std::to_string(subject->start.line);
    size_t width = subject->start.line == subject->end.line && subject->end.column > subject->start.column
                       ? subject->end.column - subject->start.column
                       : 1;
    const size_t line_width = grapheme_count(line);
    if (column + width > line_width + 1) {
        width = line_width >= column ? line_width - column + 1 : 1;
    }
    std::string out = "  " + number + ": " + std::string(line) + "\n" + std::string(4 + number.size(), ' ');
    // A tab under a tab keeps the caret in its column whatever the terminal's tab width is.
    size_t before_subject = column - 1;
    for (char c : line) {
        if (before_subject == 0) break;
        if (is_continuation(c)) continue;
        out += c == '\t' ? '\t' : ' ';
        --before_subject;
    }
    return out + std::string(before_subject, ' ') + std::string(width, '^') + "\n";
}

std::string Diagnostic::pretty() const {
    std::string out = (severity == Severity::error ? "Error: " : "Warning: ") + summary + "\n";
    if (subject && subject->source) {
        out += "\n  on " + subject->source->name + " line " + std::to_string(subject->start.line) + ":\n" + excerpt();
    }
    if (!detail.empty()) out += "\n" + detail + "\n";
    return out;
}

void Diagnostics::sort_by_place() {
    std::vector<std::string> names;  // of the sources, as they came up
    const auto rank = [&](const Diagnostic& d) -> std::pair<size_t, size_t> {
        if (!d.subject || !d.subject->source) return {names.size(), 0};
        const auto name = std::find(names.begin(), names.end(), d.subject->source->name);
        return {static_cast<size_t>(name - names.begin()), d.subject->start.byte};
    };
    for (const Diagnostic& d : *this) {
        if (rank(d).first == names.size() && d.subject && d.subject->source) names.push_back(d.subject->source->name);
    }
    std::multimap<std::pair<size_t, size_t>, Diagnostic> sorted;
    for (Diagnostic& d : *this) sorted.emplace(rank(d), std::move(d));
    std::transform(sorted.begin(), sorted.end(), begin(), [](auto& entry) { return std::move(entry.second); });
}

namespace {

// The user's own values stand in details, however long.
std::string shortened(std::string text) {
    if (text.size() <= kMaxDetail) return text;
    text.resize(kMaxDetail);
    return to_valid_utf8(text) + "...";
}

void add(Diagnostics& diags, Diagnostic diagnostic) {
    if (diags.is_full()) {
        ++diags.left_out;
        return;
    }
    diagnostic.detail = shortened(std::move(diagnostic.detail));
    diags.bytes += diagnostic.summary.size() + diagnostic.detail.size();
    diags.push_back(std::move(diagnostic));
}

std::string and_others(size_t count) { return ", and " + std::to_string(count) + " other diagnostic(s)"; }

}  // namespace

bool Diagnostics::has_errors() const {
    return left_out > 0 ||
           std::any_of(begin(), end(), [](const Diagnostic& d) { return d.severity == Severity::error; });
}

void Diagnostics::error(std::string summary, std::string detail, const Range& subject) {
    add(*this, {Severity::error, std::move(summary), std::move(detail), subject});
}

void Diagnostics::error(std::string summary, std::string detail) {
    add(*this, {Severity::error, std::move(summary), std::move(detail), std::nullopt});
}

void Diagnostics::insert_at(size_t position, const Diagnostics& others) {
    insert(begin() + static_cast<ptrdiff_t>(position), others.begin(), others.end());
    left_out += others.left_out;
    bytes += others.bytes;
    if (size() <= kMaxDiagnostics) return;
    left_out += size() - kMaxDiagnostics;
    resize(kMaxDiagnostics);
}

std::string Diagnostics::lines() const {
    std::string out;
    for (const Diagnostic& d : *this) out += (out.empty() ? "" : "\n") + d.to_string();
    return left_out == 0 ? out : out + and_others(left_out);
}

std::string Diagnostics::brief() const {
    if (empty()) return "no diagnostics";
    std::string out = front().to_string();
    return count() == 1 ? out : out + and_others(count() - 1);
}

std::string Diagnostics::pretty() const {
    std::string out;
    for (const Diagnostic& d : *this) out += (out.empty() ? "" : "\n") + d.pretty();
    return left_out == 0 ? out : out + and_others(left_out).substr(2) + "\n";
}

std::string Diagnostics::lines_with_excerpts() const {
    std::string out;
    for (const Diagnostic& d : *this) out += (out.empty() ? "" : "\n") + d.to_string() + "\n" + d.excerpt();
    return out;
}

namespace {

constexpr size_t kLongestSuggestion = 200;

constexpr size_t kFarAway = 3;

// The number of edits, or kFarAway.
size_t edit_distance(std::string_view a, std::string_view b) {
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) >= kFarAway) return kFarAway;
    std::array<size_t, kLongestSuggestion + 1> row;
    std::iota(row.begin(), row.begin() + static_cast<ptrdiff_t>(b.size()) + 1, size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            size_t above = row[j];
            size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, above + 1, row[j - 1] + 1});
            diagonal = above;
        }
        auto end = row.begin() + static_cast<ptrdiff_t>(b.size()) + 1;
        if (*std::min_element(row.begin(), end) >= kFarAway) return kFarAway;
    }
    return row[b.size()];
}

}  // namespace

std::string suggestion(std::string_view given, const std::vector<std::string>& known) {
    if (given.size() > kLongestSuggestion) return "";
    for (const std::string& name : known) {
        if (name.size() <= kLongestSuggestion && edit_distance(given, name) < kFarAway) return name;
    }
    return "";
}

}  // namespace drover::hcl
