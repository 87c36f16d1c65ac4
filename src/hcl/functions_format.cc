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

using Text = tl::expected<std::string, std::string>;

// To the width, with zeros or blanks, on either side: texts are filled like this.
std::string filled(std::string text, const Verb& verb) {
    size_t have = grapheme_count(text);
    auto width = static_cast<size_t>(verb.width);
    if (have >= width) return text;
    std::string fill(width - have, verb.zero ? '0' : ' ');
    return verb.minus ? text + fill : fill + text;
}

std::string sign_of(bool negative, const Verb& verb) {
    return negative ? "-" : verb.plus ? "+" : verb.space ? " " : "";
}

// A number to the width: blanks stand before the sign, zeros behind it.
std::string aligned(const std::string& sign, const std::string& digits, bool zeros, bool left, const Verb& verb) {
    size_t have = sign.size() + digits.size();
    auto width = static_cast<size_t>(verb.width);
    if (have >= width) return sign + digits;
    size_t missing = width - have;
    if (zeros) return sign + std::string(missing, '0') + digits;
    return left ? sign + digits + std::string(missing, ' ') : std::string(missing, ' ') + sign + digits;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return std::toupper(c); });
    return text;
}

std::string whole_text(const Number& number, const Verb& verb) {
    bool hex = verb.letter == 'x' || verb.letter == 'X';
    std::string digits = number.abs().integer_text(hex ? 16 : verb.letter == 'o' ? 8 : verb.letter == 'b' ? 2 : 10);
    if (verb.precision == 0 && number.is_zero()) return "";
    if (auto least = static_cast<size_t>(std::max(verb.precision, 0)); digits.size() < least)
        digits.insert(0, least - digits.size(), '0');
    std::string prefix = !verb.sharp ? "" : hex ? "0x" : verb.letter == 'o' ? "0" : verb.letter == 'b' ? "0b" : "";
    if (verb.letter == 'X') digits = upper(digits), prefix = upper(prefix);
    bool zeros = verb.zero && !verb.minus && verb.precision < 0;
    return aligned(sign_of(number.sign() < 0, verb) + prefix, digits, zeros, verb.minus, verb);
}

// As few digits as identify the number; with an exponent from a million on, and below 0.0001.
std::string shortest(const Number& number) {
    std::string plain = number.abs().text();
    if (number.is_zero()) return "0";
    size_t point = std::min(plain.find('.'), plain.size());
    std::string digits = plain;
    digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
    size_t first = digits.find_first_not_of('0');
    auto exponent = static_cast<int64_t>(point) - static_cast<int64_t>(first) - 1;
    if (exponent >= -4 && exponent < 6) return plain;
    digits = digits.substr(first);
    digits.resize(digits.find_last_not_of('0') + 1);
    std::string tail = std::to_string(std::abs(exponent));
    return digits.substr(0, 1) + (digits.size() > 1 ? "." + digits.substr(1) : "") + "e" + (exponent < 0 ? "-" : "+") +
           (tail.size() < 2 ? "0" : "") + tail;
}

bool is_negative(const Number& number) { return number.sign() < 0 || number.text() == "-0"; }

std::string fraction_text(const Number& number, const Verb& verb) {
    std::string sign = sign_of(is_negative(number), verb);
    if (number.is_infinite()) return aligned(sign.empty() ? "+" : sign, "Inf", false, verb.minus, verb);
    std::string digits;
    if (verb.letter == 'g' || verb.letter == 'G') {
        digits = verb.precision < 0 ? shortest(number) : number.abs().format('g', std::max(verb.precision, 1));
    } else {
        char form = static_cast<char>(std::tolower(verb.letter));
        digits = number.abs().format(form, verb.precision < 0 ? 6 : verb.precision);
    }
    if (verb.letter == 'G' || verb.letter == 'E') digits = upper(digits);
    return aligned(sign, digits, verb.zero, verb.minus, verb);
}

Text number_verb(const Verb& verb, const Value& value) {
    auto converted = convert(value, Type::number());
    if (!converted) return tl::unexpected(converted.error());
    const Number& number = converted->as_number();
    if (number.magnitude_digits() > kMaxText / 1000) return tl::unexpected<std::string>("the number is out of range");
    bool whole = std::string_view("dboxX").find(verb.letter) != std::string_view::npos;
    if (!whole) return fraction_text(number, verb);
    if (!number.is_integer()) return tl::unexpected<std::string>("an integer is required");
    return whole_text(number, verb);
}

// Whatever the value is, in the form that suits it.
Text any_verb(const Verb& verb, const Value& value) {
    if (verb.sharp || value.is_null() || !value.type().is_primitive()) {
        auto text = json_text(value);
        if (!text) return text;
        return filled(*text, verb);
    }
    if (value.is(Kind::number)) {
        const Number& number = value.as_number();
        if (number.is_infinite()) return filled(number.text(), verb);
        if (number.magnitude_digits() > kMaxText / 1000)
            return tl::unexpected<std::string>("the number is out of range");
        return filled((is_negative(number) ? "-" : "") + shortest(number), verb);
    }
    auto text = convert(value, Type::string());
    if (!text) return tl::unexpected(text.error());
    return filled(text->as_string(), verb);
}

Text text_verb(const Verb& verb, const Value& value) {
    auto text = convert(value, Type::string());
    if (!text) return tl::unexpected(text.error());
    std::string out = text->as_string();
    if (verb.precision > 0) {
        size_t end = 0;
        for (int i = 0; i < verb.precision && end < out.size(); ++i) end += grapheme_length(out, end);
        out.resize(end);
    }
    return filled(verb.letter == 'q' ? json_quote(out) : out, verb);
}

Text flag_verb(const Value& value) {
    auto flag = convert(value, Type::boolean());
    if (!flag) return tl::unexpected(flag.error());
    return std::string(flag->as_bool() ? "true" : "false");
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
        if (highest_ < arguments_.size()) {
            // Counted with the pattern itself, the first argument that is too many.
            auto surplus = static_cast<int>(highest_ + 1);
            if (highest_ == 0) return refuse_argument(surplus, "too many arguments; no verbs in format string");
            return refuse_argument(surplus,
                                   "too many arguments; only " + std::to_string(highest_) + " used by format string");
        }
        return out;
    }

private:
    char peek() const { return at_ < pattern_.size() ? pattern_[at_] : '\0'; }
    bool digit() const { return peek() >= '0' && peek() <= '9'; }

    int digits() {
        int value = 0;
        while (digit()) value = std::min(value * 10 + (pattern_[at_++] - '0'), kMaxWidth + 1);
        return value;
    }

    void flags(Verb& verb) {
        for (;; ++at_) {
            char c = peek();
            bool* flag = c == '#'   ? &verb.sharp
                         : c == '+' ? &verb.plus
                         : c == '-' ? &verb.minus
                         : c == ' ' ? &verb.space
                         : c == '0' ? &verb.zero
                                    : nullptr;
            if (!flag) return;
            *flag = true;
        }
    }

    // `[2]`, if there is one. False where it goes wrong.
    bool argument_number(Verb& verb) {
        if (peek() != '[') return true;
        ++at_;
        if (!digit() || peek() == '0') return false;
        verb.argument = static_cast<size_t>(digits());
        if (peek() != ']') return false;
        ++at_;
        return true;
    }

    tl::expected<std::string, FunctionError> verb() {
        Verb verb;
        verb.offset = at_++;
        if (peek() == '%' && at_ < pattern_.size()) {
            ++at_;
            return std::string("%");
        }
        flags(verb);
        verb.width = digits();
        if (peek() == '.') {
            ++at_;
            verb.precision = digits();
        }
        if (verb.width > kMaxWidth || verb.precision > kMaxWidth) return refuse("the width is out of range");
        if (!argument_number(verb) || !std::isalpha(static_cast<unsigned char>(peek()))) return unrecognized();
        verb.letter = pattern_[at_++];
        verb.spelled = std::string(pattern_.substr(verb.offset, at_ - verb.offset));
        return value_of(verb);
    }

    tl::unexpected<FunctionError> unrecognized() const {
        if (at_ >= pattern_.size()) return refuse("invalid format string starting at offset " + std::to_string(at_));
        size_t end = at_;
        next_code_point(pattern_, end);
        char c = peek();
        std::string name = c == '\n'   ? "\\n"
                           : c == '\t' ? "\\t"
                           : c == '\r' ? "\\r"
                                       : std::string(pattern_.substr(at_, end - at_));
        return refuse("unrecognized format character '" + name + "' at offset " + std::to_string(at_));
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
        Text text = value.is_null() && verb.letter != 'v'
                        ? tl::unexpected<std::string>("null value cannot be formatted")
                        : formatted(verb, value);
        if (text) return *text;
        if (text.error().empty()) {
            return refuse("unsupported format verb '" + std::string(1, verb.letter) + "' in " + quote(verb.spelled) +
                          " at offset " + std::to_string(verb.offset));
        }
        return refuse("unsupported value for " + quote(verb.spelled) + " at " + std::to_string(verb.offset) + ": " +
                      text.error());
    }

    // An error without a text: there is no such verb.
    static Text formatted(const Verb& verb, const Value& value) {
        switch (verb.letter) {
            case 'v': return any_verb(verb, value);
            case 't': return flag_verb(value);
            case 's':
            case 'q': return text_verb(verb, value);
            default:
                if (std::string_view("bdoxXeEfgG").find(verb.letter) == std::string_view::npos)
                    return tl::unexpected<std::string>("");
                return number_verb(verb, value);
        }
    }

    std::string_view pattern_;
    Arguments arguments_;
    size_t at_ = 0;
    size_t next_ = 1;
    size_t highest_ = 0;
};

// One text for every element of the lists among the arguments; what is no list stands in every one.
FunctionResult format_list(Arguments a) {
    size_t rounds = 1;
    size_t first = 0;  // the first list among the arguments
    for (size_t i = 1; i < a.size(); ++i) {
        if (a[i].is_null() || !a[i].type().is_sequence()) continue;
        if (first == 0) {
            rounds = a[i].size();
            first = i;
        } else if (a[i].size() != rounds) {
            return refuse_argument(static_cast<int>(i),
                                   "argument " + std::to_string(i) + " has length " + std::to_string(a[i].size()) +
                                       ", which is inconsistent with argument " + std::to_string(first) +
                                       " of length " + std::to_string(rounds));
        }
    }
    if (a.size() == 1) {
        auto text = Formatter(a[0].as_string(), {}).run();
        if (!text) return tl::unexpected(text.error());
        return Value::list(Type::string(), {Value::string(*text)});
    }
    Value::Sequence out;
    size_t written = 0;
    for (size_t round = 0; round < rounds; ++round) {
        std::vector<Value> arguments;
        for (const Value& value : a.subspan(1)) {
            bool list = !value.is_null() && value.type().is_sequence();
            arguments.push_back(list ? value.as_sequence()[round] : value);
        }
        auto text = Formatter(a[0].as_string(), arguments).run();
        if (!text) return refuse("error on format iteration " + std::to_string(round) + ": " + text.error().message);
        written += text->size();
        if (written > kMaxText) return refuse("the result is too long");
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
