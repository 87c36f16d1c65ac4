// format formatlist
#include <algorithm>

#include "base/strings.h"
#include "hcl/function_helpers.h"
#include "hcl/json.h"
#include "hcl/unicode.h"

namespace drover::hcl {
namespace {

using Kind = Type::Kind;

constexpr int kMaxWidth = 10'000;

struct Verb {
    char letter = 0;
    bool sharp = false, plus = false, minus = false, space = false, zero = false;
    int width = 0;
    int precision = -1;
    size_t argument = 0;  // from 1
    std::string spelled;
    size_t offset = 0;
};

std::string padded(std::string text, const Verb& verb, bool numeric) {
    size_t have = grapheme_count(text);
    auto width = static_cast<size_t>(verb.width);
    if (have >= width) return text;
    if (verb.minus) return text + std::string(width - have, ' ');
    if (verb.zero && numeric) {
        size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ') ? 1 : 0;
        return text.substr(0, sign) + std::string(width - have, '0') + text.substr(sign);
    }
    return std::string(width - have, ' ') + text;
}

std::string with_sign(std::string digits, const Verb& verb) {
    if (digits[0] == '-') return digits;
    return verb.plus ? "+" + digits : verb.space ? " " + digits : digits;
}

// As few digits as identify the number; with an exponent for the very large and the very small.
std::string shortest(const Number& number, bool exponent_only) {
    std::string text = number.text();
    std::string sign = text[0] == '-' ? "-" : "";
    std::string plain = sign.empty() ? text : text.substr(1);
    size_t point = std::min(plain.find('.'), plain.size());
    std::string digits = plain;
    digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
    size_t first = digits.find_first_not_of('0');
    if (first == std::string::npos) return exponent_only ? sign + "0e+00" : text;
    auto exponent = static_cast<int64_t>(point) - static_cast<int64_t>(first) - 1;
    if (!exponent_only && exponent >= -4 && exponent < 21) return text;
    digits = digits.substr(first);
    digits.resize(digits.find_last_not_of('0') + 1);
    std::string out = sign + digits.substr(0, 1) + (digits.size() > 1 ? "." + digits.substr(1) : "");
    std::string tail = std::to_string(std::abs(exponent));
    return out + "e" + (exponent < 0 ? "-" : "+") + (tail.size() < 2 ? "0" : "") + tail;
}

std::string with_precision(const std::string& text, int precision) {
    if (precision < 0) return text;
    size_t end = 0;
    for (int i = 0; i < precision && end < text.size(); ++i) end += grapheme_length(text, end);
    return text.substr(0, end);
}

tl::expected<std::string, std::string> number_verb(const Verb& verb, const Value& value) {
    auto converted = convert(value, Type::number());
    if (!converted) return tl::unexpected(converted.error());
    const Number& number = converted->as_number();
    if (number.magnitude_digits() > kMaxText / 1000) return tl::unexpected<std::string>("the number is out of range");
    std::string out;
    switch (verb.letter) {
        case 'd': out = number.integer_text(10); break;
        case 'b': out = number.integer_text(2); break;
        case 'o': out = number.integer_text(8); break;
        case 'x':
        case 'X': {
            out = number.integer_text(16);
            if (verb.letter == 'X')
                std::transform(out.begin(), out.end(), out.begin(), [](char c) { return std::toupper(c); });
            break;
        }
        case 'g':
        case 'G': out = verb.precision < 0 ? shortest(number, false) : number.format('g', verb.precision); break;
        default: out = number.format(verb.letter, verb.precision < 0 ? 6 : verb.precision);
    }
    return padded(with_sign(out, verb), verb, true);
}

tl::expected<std::string, std::string> formatted(const Verb& verb, const Value& value) {
    switch (verb.letter) {
        case 'v': {
            bool plain = value.type().is_primitive() && !value.is_null() && !verb.sharp;
            if (!plain) {
                auto text = json_text(value);
                if (!text) return text;
                return padded(*text, verb, false);
            }
            auto text = convert(value, Type::string());
            if (!text) return tl::unexpected(text.error());
            std::string out = text->as_string();
            bool number = value.is(Kind::number);
            if (number) out = with_sign(out, verb);
            return padded(out, verb, number);
        }
        case 't': {
            auto flag = convert(value, Type::boolean());
            if (!flag) return tl::unexpected(flag.error());
            return padded(flag->as_bool() ? "true" : "false", verb, false);
        }
        case 's':
        case 'q': {
            auto text = convert(value, Type::string());
            if (!text) return tl::unexpected(text.error());
            std::string out = with_precision(text->as_string(), verb.precision);
            return padded(verb.letter == 'q' ? json_quote(out) : out, verb, false);
        }
        default: return number_verb(verb, value);
    }
}

class Formatter {
public:
    Formatter(std::string_view pattern, Arguments arguments) : pattern_(pattern), arguments_(arguments) {}

    tl::expected<std::string, FunctionError> run() {
        std::string out;
        while (at_ < pattern_.size()) {
            if (pattern_[at_] != '%') {
                out += pattern_[at_++];
                continue;
            }
            auto text = verb();
            if (!text) return text;
            out += *text;
            if (out.size() > kMaxText) return refuse("the result is too long");
        }
        if (highest_ < arguments_.size() && !indexed_) {
            if (highest_ == 0) return refuse("too many arguments; no verbs in format string");
            return refuse("too many arguments; only " + std::to_string(highest_) + " used by format string");
        }
        return out;
    }

private:
    char peek() const { return at_ < pattern_.size() ? pattern_[at_] : '\0'; }

    int digits() {
        int value = 0;
        while (peek() >= '0' && peek() <= '9') value = std::min(value * 10 + (pattern_[at_++] - '0'), kMaxWidth + 1);
        return value;
    }

    tl::expected<std::string, FunctionError> verb() {
        Verb verb;
        verb.offset = at_;
        size_t begin = at_++;
        for (;; ++at_) {
            char c = peek();
            bool* flag = c == '#'   ? &verb.sharp
                         : c == '+' ? &verb.plus
                         : c == '-' ? &verb.minus
                         : c == ' ' ? &verb.space
                         : c == '0' ? &verb.zero
                                    : nullptr;
            if (!flag) break;
            *flag = true;
        }
        verb.width = digits();
        if (peek() == '.') {
            ++at_;
            verb.precision = digits();
        }
        if (verb.width > kMaxWidth || verb.precision > kMaxWidth) return refuse("the width is out of range");
        if (peek() == '[') {
            ++at_;
            verb.argument = static_cast<size_t>(digits());
            if (peek() != ']' || verb.argument == 0) return unrecognized(verb, begin);
            ++at_;
            indexed_ = true;
        }
        verb.letter = peek();
        if (at_ < pattern_.size()) ++at_;
        verb.spelled = std::string(pattern_.substr(begin, at_ - begin));
        if (verb.letter == '%') return std::string("%");
        if (verb.letter == '\0' || std::string_view("vtbdoxXeEfgGsq").find(verb.letter) == std::string_view::npos)
            return unrecognized(verb, begin);
        return value_of(verb);
    }

    tl::unexpected<FunctionError> unrecognized(const Verb& verb, size_t begin) {
        if (at_ >= pattern_.size() && verb.letter == '\0') {
            return refuse("unterminated format verb at end of string; use %% to produce a literal percent");
        }
        return refuse("unrecognized format character " + quote(std::string(1, verb.letter ? verb.letter : peek())) +
                      " at offset " + std::to_string(begin + verb.spelled.size() - (verb.spelled.empty() ? 0 : 1)));
    }

    tl::expected<std::string, FunctionError> value_of(Verb& verb) {
        if (verb.argument == 0) verb.argument = next_;
        next_ = verb.argument + 1;
        highest_ = std::max(highest_, verb.argument);
        if (verb.argument > arguments_.size()) {
            return refuse("not enough arguments for " + quote(verb.spelled) + " at " + std::to_string(verb.offset) +
                          ": need index " + std::to_string(verb.argument) + " but have " +
                          std::to_string(arguments_.size()) + " total");
        }
        const Value& value = arguments_[verb.argument - 1];
        if (value.is_null() && verb.letter != 'v') {
            return refuse("unsupported value for " + quote(verb.spelled) + " at " + std::to_string(verb.offset) +
                          ": null value cannot be formatted");
        }
        auto text = formatted(verb, value);
        if (text) return *text;
        return refuse("unsupported value for " + quote(verb.spelled) + " at " + std::to_string(verb.offset) + ": " +
                      text.error());
    }

    std::string_view pattern_;
    Arguments arguments_;
    size_t at_ = 0;
    size_t next_ = 1;
    size_t highest_ = 0;
    bool indexed_ = false;
};

// One text for every element of the lists among the arguments; what is no list stands in every one.
FunctionResult format_list(Arguments a) {
    size_t rounds = 1;
    bool any = false;
    for (size_t i = 1; i < a.size(); ++i) {
        if (a[i].is_null() || !a[i].type().is_sequence()) continue;
        if (any && a[i].size() != rounds) {
            return refuse_argument(static_cast<int>(i),
                                   "argument " + std::to_string(i) + " has length " + std::to_string(a[i].size()) +
                                       ", which is inconsistent with argument 1 of length " + std::to_string(rounds));
        }
        rounds = a[i].size();
        any = true;
    }
    Value::Sequence out;
    for (size_t round = 0; round < rounds; ++round) {
        std::vector<Value> arguments;
        for (const Value& value : a.subspan(1)) {
            bool list = !value.is_null() && value.type().is_sequence();
            arguments.push_back(list ? value.as_sequence()[round] : value);
        }
        auto text = Formatter(a[0].as_string(), arguments).run();
        if (!text) return refuse("error on format iteration " + std::to_string(round) + ": " + text.error().message);
        out.push_back(Value::string(*text));
    }
    return Value::list(Type::string(), std::move(out));
}

}  // namespace

void add_format_functions(FunctionTable& table) {
    table["format"] =
        variadic({text_parameter("format")}, any_parameter("args", true), [](Arguments a) -> FunctionResult {
            auto text = Formatter(a[0].as_string(), a.subspan(1)).run();
            if (!text) return tl::unexpected(text.error());
            return Value::string(*text);
        });
    table["formatlist"] = variadic({text_parameter("format")}, any_parameter("args", true), format_list);
}

}  // namespace drover::hcl
