#include "codec/json_syntax.h"

#include <cstdint>
#include <vector>

#include "base/strings.h"

namespace drover::codec {
namespace {

// Walks the text once, without recursion, and stops at the first character that cannot stand where it does.
class Explainer {
public:
    explicit Explainer(std::string_view text) : text_(text) {}

    std::string run() {
        skip_space();
        if (at_ == text_.size()) return "EOF";
        enum { value, value_or_end, key, key_or_end, after } expect = value;
        for (;;) {
            skip_space();
            if (at_ == text_.size()) return "unexpected EOF";
            const char c = text_[at_];
            if (expect == value || expect == value_or_end) {
                if (expect == value_or_end && c == ']') {
                    ++at_, open_.pop_back(), expect = after;
                } else if (c == '{') {
                    ++at_, open_.push_back(c), expect = key_or_end;
                    continue;
                } else if (c == '[') {
                    ++at_, open_.push_back(c), expect = value_or_end;
                    continue;
                } else {
                    if (std::string bad = scalar(c); !bad.empty()) return bad;
                    expect = after;
                }
            } else if (expect == key || expect == key_or_end) {
                if (expect == key_or_end && c == '}') {
                    ++at_, open_.pop_back(), expect = after;
                } else {
                    if (c != '"') return invalid("looking for beginning of object key string");
                    if (std::string bad = string(); !bad.empty()) return bad;
                    skip_space();
                    if (at_ == text_.size()) return "unexpected EOF";
                    if (text_[at_] != ':') return invalid("after object key");
                    ++at_, expect = value;
                    continue;
                }
            } else if (c == ',') {
                ++at_, expect = open_.back() == '{' ? key : value;
                continue;
            } else if (c == (open_.back() == '{' ? '}' : ']')) {
                ++at_, open_.pop_back();
            } else {
                return invalid(open_.back() == '{' ? "after object key:value pair" : "after array element");
            }
            if (open_.empty()) return "invalid JSON";
        }
    }

private:
    void skip_space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }

    std::string invalid(std::string_view where) const {
        const char c = text_[at_];
        std::string shown = c == '\'' ? "'\\''" : c == '"' ? "'\"'" : std::string();
        if (shown.empty()) {
            if (static_cast<uint8_t>(c) >= 0x80) {
                // Go shows the byte as the character of that number.
                const auto b = static_cast<uint8_t>(c);
                shown = "'" + std::string{static_cast<char>(0xc0 | b >> 6), static_cast<char>(0x80 | (b & 0x3f))} + "'";
            } else {
                const std::string quoted = quote(std::string_view(&text_[at_], 1));
                shown = "'" + quoted.substr(1, quoted.size() - 2) + "'";
            }
        }
        return "invalid character " + shown + " " + std::string(where);
    }

    std::string scalar(char c) {
        if (c == '"') return string();
        if (c == '-' || (c >= '0' && c <= '9')) return number();
        for (const std::string_view word : {"true", "false", "null"}) {
            if (c == word[0]) return literal(word);
        }
        return invalid("looking for beginning of value");
    }

    std::string literal(std::string_view word) {
        ++at_;
        for (size_t i = 1; i < word.size(); ++i, ++at_) {
            if (at_ == text_.size()) return "unexpected EOF";
            if (text_[at_] != word[i]) {
                return invalid("in literal " + std::string(word) + " (expecting '" + word[i] + "')");
            }
        }
        return "";
    }

    std::string digits(std::string_view where) {
        if (at_ == text_.size()) return "unexpected EOF";
        if (text_[at_] < '0' || text_[at_] > '9') return invalid(where);
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
        return "";
    }

    std::string number() {
        if (text_[at_] == '-') ++at_;
        if (at_ < text_.size() && text_[at_] == '0') {
            ++at_;
        } else if (std::string bad = digits("in numeric literal"); !bad.empty()) {
            return bad;
        }
        if (at_ < text_.size() && text_[at_] == '.') {
            ++at_;
            if (std::string bad = digits("after decimal point in numeric literal"); !bad.empty()) return bad;
        }
        if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
            ++at_;
            if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
            if (std::string bad = digits("in exponent of numeric literal"); !bad.empty()) return bad;
        }
        return "";
    }

    std::string string() {
        for (++at_; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '"') return ++at_, "";
            if (static_cast<uint8_t>(c) < 0x20) return invalid("in string literal");
            if (c != '\\') continue;
            if (++at_ == text_.size()) break;
            if (text_[at_] == 'u') {
                for (int i = 0; i < 4; ++i) {
                    if (++at_ == text_.size()) return "unexpected EOF";
                    if (!isxdigit(static_cast<unsigned char>(text_[at_])))
                        return invalid("in \\u hexadecimal character escape");
                }
            } else if (std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos) {
                return invalid("in string escape code");
            }
        }
        return "unexpected EOF";
    }

    std::string_view text_;
    size_t at_ = 0;
    std::vector<char> open_;
};

}  // namespace

std::string explain_json_error(std::string_view text) { return Explainer(text).run(); }

}  // namespace drover::codec
