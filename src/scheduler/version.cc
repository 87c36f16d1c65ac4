#include "scheduler/version.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::scheduler {
namespace {

constexpr size_t kMaxLength = 256;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_label(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '~';
}

// Dot-separated labels without an empty one.
bool are_labels(std::string_view text) {
    if (text.empty() || text.back() == '.') return false;
    char previous = '.';
    for (char c : text) {
        if (c == '.' ? previous == '.' : !is_label(c)) return false;
        previous = c;
    }
    return true;
}

int compare_label(std::string_view a, std::string_view b) {
    if (a == b) return 0;
    if (a.empty()) return -1;
    if (b.empty()) return 1;
    const auto x = parse_int(a), y = parse_int(b);
    if (x && y) return *x < *y ? -1 : *x > *y;
    if (x) return -1;  // numbers come before words
    if (y) return 1;
    return a < b ? -1 : 1;
}

// A version without pre-release comes after all of its pre-releases.
int compare_prerelease(std::string_view a, std::string_view b) {
    if (a == b) return 0;
    if (a.empty()) return 1;
    if (b.empty()) return -1;
    const auto x = split(a, '.'), y = split(b, '.');
    for (size_t i = 0; i < std::max(x.size(), y.size()); ++i) {
        const int order = compare_label(i < x.size() ? std::string_view(x[i]) : std::string_view{},
                                        i < y.size() ? std::string_view(y[i]) : std::string_view{});
        if (order != 0) return order;
    }
    return 0;
}

// Takes the leading number of text off it.
std::optional<int64_t> take_number(std::string_view& text) {
    size_t n = 0;
    while (n < text.size() && is_digit(text[n])) ++n;
    const auto number = parse_int(text.substr(0, n));
    text.remove_prefix(n);
    return number;
}

}  // namespace

int Version::compare(const Version& other) const {
    for (size_t i = 0; i < std::max(segments.size(), other.segments.size()); ++i) {
        const int64_t a = i < segments.size() ? segments[i] : 0;
        const int64_t b = i < other.segments.size() ? other.segments[i] : 0;
        if (a != b) return a < b ? -1 : 1;
    }
    return compare_prerelease(prerelease, other.prerelease);
}

std::optional<Version> parse_version(std::string_view text, VersionRules rules) {
    if (text.size() > kMaxLength) return std::nullopt;
    if (has_prefix(text, "v")) text.remove_prefix(1);
    Version version;
    for (;;) {
        const auto number = take_number(text);
        if (!number) return std::nullopt;
        version.segments.push_back(*number);
        if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) break;
        text.remove_prefix(1);
    }
    version.given = version.segments.size();
    version.segments.resize(std::max<size_t>(version.given, 3));
    if (const size_t plus = text.find('+'); plus != std::string_view::npos) {
        if (!are_labels(text.substr(plus + 1))) return std::nullopt;
        text = text.substr(0, plus);
    }
    if (text.empty()) return version;
    const bool hyphen = text[0] == '-';
    if (!hyphen && (rules == VersionRules::semver || is_digit(text[0]))) return std::nullopt;
    if (hyphen) text.remove_prefix(1);
    if (!are_labels(text)) return std::nullopt;
    version.prerelease = text;
    return version;
}

std::optional<VersionConstraints> VersionConstraints::parse(std::string_view text, VersionRules rules) {
    VersionConstraints result;
    result.rules_ = rules;
    for (const std::string& part : split(text, ',')) {
        std::string_view rest = trim(part);
        static constexpr std::pair<std::string_view, Op> kOps[] = {
            {">=", Op::at_least}, {"<=", Op::at_most}, {"!=", Op::not_equal}, {"~>", Op::pessimistic},
            {"=", Op::equal},     {">", Op::greater},  {"<", Op::less},       {"", Op::equal},
        };
        const auto* op =
            std::find_if(std::begin(kOps), std::end(kOps), [&](auto& o) { return has_prefix(rest, o.first); });
        if (op->second == Op::pessimistic && rules == VersionRules::semver) return std::nullopt;
        rest.remove_prefix(op->first.size());
        auto version = parse_version(trim(rest), rules);
        if (!version) return std::nullopt;
        result.all_.push_back({op->second, std::move(*version)});
    }
    return result;
}

bool VersionConstraints::match(const One& one, const Version& version) const {
    const int order = version.compare(one.version);
    if (one.op == Op::equal) return order == 0;
    if (one.op == Op::not_equal) return order != 0;
    if (rules_ == VersionRules::lenient && !version.prerelease.empty()) {
        if (one.version.prerelease.empty()) return false;
        if (version.segments != one.version.segments) return false;
    }
    switch (one.op) {
        case Op::greater: return order > 0;
        case Op::less: return order < 0;
        case Op::at_least: return order >= 0;
        case Op::at_most: return order <= 0;
        default: break;
    }
    // "~> 1.2.3": at least that, and only the last segment given may grow.
    if (order < 0 || version.segments.size() < one.version.segments.size()) return false;
    const auto fixed = static_cast<std::ptrdiff_t>(one.version.given - 1);
    return std::equal(one.version.segments.begin(), one.version.segments.begin() + fixed, version.segments.begin());
}

bool VersionConstraints::match(const Version& version) const {
    return std::all_of(all_.begin(), all_.end(), [&](const One& one) { return match(one, version); });
}

}  // namespace drover::scheduler
