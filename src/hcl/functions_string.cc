// chomp indent join lower regex_replace replace reverse split strlen strrev substr title trim trimprefix trimspace
// trimsuffix upper
#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "base/regexp.h"
#include "base/strings.h"
#include "hcl/function_helpers.h"
#include "hcl/unicode.h"

namespace drover::hcl {
namespace {

template <class Mapping>
std::string mapped(const std::string& text, Mapping mapping) {
    std::string out;
    for (size_t at = 0; at < text.size();) append_code_point(out, mapping(next_code_point(text, at)));
    return out;
}

// The first letter behind anything that no word is made of.
std::string titled(const std::string& text) {
    std::string out;
    char32_t previous = ' ';
    for (size_t at = 0; at < text.size();) {
        char32_t c = next_code_point(text, at);
        bool in_word = is_letter(previous) || is_digit_or_number(previous) || previous == '_' || previous == '\'' ||
                       (previous >= 0x80 && !is_space(previous));
        append_code_point(out, in_word ? c : to_title(c));
        previous = previous == '\'' || c != '\'' ? c : ' ';
    }
    return out;
}

std::string reversed(const std::string& text) {
    std::string out;
    out.reserve(text.size());
    std::vector<std::string_view> clusters;
    for (size_t at = 0; at < text.size();) {
        size_t length = grapheme_length(text, at);
        clusters.push_back(std::string_view(text).substr(at, length));
        at += length;
    }
    for (size_t i = clusters.size(); i-- > 0;) out += clusters[i];
    return out;
}

FunctionResult substring(Arguments a) {
    const std::string& text = a[0].as_string();
    auto offset = whole_number(a[1]);
    if (!offset) return refuse(offset.error());
    auto length = whole_number(a[2]);
    if (!length) return refuse(length.error());
    if (*offset < 0) {
        auto total = static_cast<int64_t>(grapheme_count(text));
        *offset = std::max<int64_t>(0, *offset + total);
        // From the end, no length is the rest.
        if (*length == 0) *length = -1;
    }
    size_t begin = 0;
    for (int64_t i = 0; i < *offset && begin < text.size(); ++i) begin += grapheme_length(text, begin);
    size_t end = begin;
    if (*length < 0) {
        end = text.size();
    } else {
        for (int64_t i = 0; i < *length && end < text.size(); ++i) end += grapheme_length(text, end);
    }
    return Value::string(std::string_view(text).substr(begin, end - begin));
}

FunctionResult joined(Arguments a) {
    const std::string& separator = a[0].as_string();
    if (a.size() < 2) return refuse("at least one list is required");
    std::string out;
    bool first = true;
    for (size_t i = 1; i < a.size(); ++i) {
        int64_t index = 0;
        for (const Value& item : a[i].as_sequence()) {
            if (item.is_null()) {
                return refuse_argument(static_cast<int>(i),
                                       "element " + std::to_string(index) + " is null; cannot concatenate null values");
            }
            if (!first) out += separator;
            out += item.as_string();
            if (out.size() > kMaxText) return refuse("the result is too long");
            first = false;
            ++index;
        }
    }
    return Value::string(out);
}

FunctionResult split_text(Arguments a) {
    const std::string& separator = a[0].as_string();
    const std::string& text = a[1].as_string();
    Value::Sequence parts;
    if (separator.empty()) {
        for (size_t at = 0; at < text.size();) {
            size_t begin = at;
            next_code_point(text, at);
            parts.push_back(Value::string(std::string_view(text).substr(begin, at - begin)));
        }
        return Value::list(Type::string(), std::move(parts));
    }
    size_t begin = 0;
    for (;;) {
        size_t end = find_text(text, separator, begin);
        parts.push_back(
            Value::string(std::string_view(text).substr(begin, end == std::string::npos ? end : end - begin)));
        if (end == std::string::npos) break;
        begin = end + separator.size();
    }
    return Value::list(Type::string(), std::move(parts));
}

FunctionResult replaced(Arguments a) {
    const std::string& text = a[0].as_string();
    const std::string& from = a[1].as_string();
    const std::string& to = a[2].as_string();
    std::string out;
    size_t at = 0;
    while (at <= text.size()) {
        size_t found = from.empty() ? at : find_text(text, from, at);
        if (found == std::string::npos) break;
        out += std::string_view(text).substr(at, found - at);
        out += to;
        if (out.size() > kMaxText) return refuse("the result is too long");
        at = found + from.size();
        if (!from.empty()) continue;
        if (at >= text.size()) return Value::string(out);
        size_t begin = at;
        next_code_point(text, at);
        out += std::string_view(text).substr(begin, at - begin);
    }
    out += std::string_view(text).substr(std::min(at, text.size()));
    return Value::string(out);
}

FunctionResult indented(Arguments a) {
    auto spaces = whole_number(a[0]);
    if (!spaces) return refuse(spaces.error());
    if (*spaces < 0 || *spaces > 10'000) return refuse("the number of spaces is out of range");
    std::string pad(static_cast<size_t>(*spaces), ' ');
    std::string out;
    for (char c : a[1].as_string()) {
        out += c;
        if (c == '\n') out += pad;
        if (out.size() > kMaxText) return refuse("the result is too long");
    }
    return Value::string(out);
}

// `$1`, `${1}`, `$name`, `$$`. A name is as long as it can be.
std::string expanded(std::string_view pattern, const re2::RE2& regex, const std::vector<re2::StringPiece>& groups) {
    std::string out;
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '$' || i + 1 >= pattern.size()) {
            out += pattern[i];
            continue;
        }
        if (pattern[i + 1] == '$') {
            out += '$';
            ++i;
            continue;
        }
        bool braced = pattern[i + 1] == '{';
        size_t begin = i + (braced ? 2 : 1);
        size_t end = begin;
        while (end < pattern.size() && (std::isalnum(static_cast<unsigned char>(pattern[end])) || pattern[end] == '_'))
            ++end;
        if (end == begin || (braced && (end >= pattern.size() || pattern[end] != '}'))) {
            out += '$';
            continue;
        }
        std::string name(pattern.substr(begin, end - begin));
        size_t group = groups.size();
        if (auto number = parse_uint(name)) {
            group = *number;
        } else if (auto it = regex.NamedCapturingGroups().find(name); it != regex.NamedCapturingGroups().end()) {
            group = static_cast<size_t>(it->second);
        }
        if (group < groups.size() && groups[group].data()) out.append(groups[group].data(), groups[group].size());
        i = braced ? end : end - 1;
    }
    return out;
}

// What the search for a match in so many bytes may cost, by the size of the pattern's program; with groups, the match
// itself is searched again for them.
struct RegexCost {
    explicit RegexCost(const re2::RE2& regex)
        : program(static_cast<uint64_t>(regex.ProgramSize())),
          groups(static_cast<uint64_t>(regex.NumberOfCapturingGroups())) {}
    uint64_t of(size_t searched, size_t matched) const {
        constexpr uint64_t kSmall = 10;
        uint64_t search = program <= kSmall ? 4 : 2 * program;
        return 300 + searched * search + (groups > 0 ? matched * program * groups / 2 : 0);
    }
    uint64_t program, groups;
};

FunctionResult regex_replaced(Arguments a, EvalBudget& budget) {
    const std::string& text = a[0].as_string();
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    // A pattern that repeats may be compiled to far more than it is long.
    const std::string& pattern = a[1].as_string();
    constexpr uint64_t kRepetition = 3'000'000;
    bool repeats = pattern.find('{') != std::string::npos;
    if (!budget.spend(pattern.size() * 2'000 + (repeats ? kRepetition : 0))) return refuse("the pattern is too large");
    re2::RE2 regex(pattern, options);
    if (!regex.ok()) return refuse(regexp_error(regex));
    const RegexCost cost(regex);
    std::vector<re2::StringPiece> groups(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
    const bool wants_groups = groups.size() > 1 && a[2].as_string().find('$') != std::string::npos;
    std::string out;
    size_t copied = 0;
    size_t at = 0;
    size_t last_end = std::string::npos;
    while (at <= text.size() && budget.spend(cost.of(text.size() - at, 0)) &&
           regex.Match(text, at, text.size(), re2::RE2::UNANCHORED, groups.data(), 1)) {
        auto begin = static_cast<size_t>(groups[0].data() - text.data());
        size_t end = begin + groups[0].size();
        const uint64_t replacement = a[2].as_string().size() * 10;
        if (!budget.spend(cost.of(0, wants_groups ? end - begin : 0) + replacement)) {
            return refuse("the search takes too long");
        }
        // The groups of what is known to match, which are dear.
        if (wants_groups) {
            regex.Match(text, begin, end, re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size()));
        }
        // An empty match directly behind the last one does not count.
        if (end > begin || begin != last_end) {
            out += std::string_view(text).substr(copied, begin - copied);
            out += expanded(a[2].as_string(), regex, groups);
            copied = end;
            if (out.size() > kMaxText) return refuse("the result is too long");
        }
        last_end = end;
        at = end;
        if (end == begin) {
            if (at >= text.size()) break;
            next_code_point(text, at);
        }
    }
    out += std::string_view(text).substr(copied);
    return Value::string(out);
}

std::string trimmed(const std::string& text, const std::string& set) {
    std::vector<char32_t> cut;
    for (size_t at = 0; at < set.size();) cut.push_back(next_code_point(set, at));
    std::sort(cut.begin(), cut.end());
    auto in_set = [&](char32_t c) { return std::binary_search(cut.begin(), cut.end(), c); };
    size_t begin = 0;
    size_t end = 0;
    bool leading = true;
    for (size_t at = 0; at < text.size();) {
        bool drop = in_set(next_code_point(text, at));
        if (leading && drop) begin = at;
        if (!drop) {
            leading = false;
            end = at;
        }
    }
    return end > begin ? text.substr(begin, end - begin) : "";
}

std::string space_trimmed(const std::string& text) {
    size_t begin = 0;
    size_t end = 0;
    bool leading = true;
    for (size_t at = 0; at < text.size();) {
        bool space = is_space(next_code_point(text, at));
        if (leading && space) begin = at;
        if (!space) {
            leading = false;
            end = at;
        }
    }
    return end > begin ? text.substr(begin, end - begin) : "";
}

template <class Change>
Function text_function(Change change) {
    return function({text_parameter("str")},
                    [change](Arguments a) -> FunctionResult { return Value::string(change(a[0].as_string())); });
}

}  // namespace

size_t find_text(std::string_view text, std::string_view part, size_t from) {
    if (from > text.size()) return std::string_view::npos;
    const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
    return found ? static_cast<size_t>(static_cast<const char*>(found) - text.data()) : std::string_view::npos;
}

void add_string_functions(FunctionTable& table) {
    table["chomp"] = text_function([](const std::string& text) {
        size_t end = text.find_last_not_of("\r\n");
        return end == std::string::npos ? std::string() : text.substr(0, end + 1);
    });
    table["lower"] =
        text_function([](const std::string& text) { return mapped(text, [](char32_t c) { return to_lower(c); }); });
    table["upper"] =
        text_function([](const std::string& text) { return mapped(text, [](char32_t c) { return to_upper(c); }); });
    table["title"] = text_function(titled);
    table["reverse"] = text_function(reversed);
    table["strrev"] = table["reverse"];
    table["trimspace"] = text_function(space_trimmed);
    table["strlen"] = function({text_parameter("str")}, [](Arguments a) -> FunctionResult {
        return Value::number(static_cast<int64_t>(grapheme_count(a[0].as_string())));
    });
    table["trim"] = function({text_parameter("str"), text_parameter("cutset")}, [](Arguments a) -> FunctionResult {
        return Value::string(trimmed(a[0].as_string(), a[1].as_string()));
    });
    table["trimprefix"] =
        function({text_parameter("str"), text_parameter("prefix")}, [](Arguments a) -> FunctionResult {
            const std::string& text = a[0].as_string();
            return Value::string(has_prefix(text, a[1].as_string()) ? text.substr(a[1].as_string().size()) : text);
        });
    table["trimsuffix"] =
        function({text_parameter("str"), text_parameter("suffix")}, [](Arguments a) -> FunctionResult {
            const std::string& text = a[0].as_string();
            bool ends = has_suffix(text, a[1].as_string());
            return Value::string(ends ? text.substr(0, text.size() - a[1].as_string().size()) : text);
        });
    table["substr"] =
        function({text_parameter("str"), number_parameter("offset"), number_parameter("length")}, substring);
    table["join"] = variadic({text_parameter("separator")}, {"lists", Type::list(Type::string())}, joined);
    table["split"] = function({text_parameter("separator"), text_parameter("str")}, split_text);
    table["replace"] = function({text_parameter("str"), text_parameter("substr"), text_parameter("replace")}, replaced);
    table["indent"] = function({number_parameter("spaces"), text_parameter("str")}, indented);
    Function regex = function({text_parameter("str"), text_parameter("pattern"), text_parameter("replace")}, nullptr);
    regex.call_metered = regex_replaced;
    table["regex_replace"] = std::move(regex);
}

}  // namespace drover::hcl
