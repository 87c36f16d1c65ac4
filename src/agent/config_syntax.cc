#include "agent/config_syntax.h"

#include <cstdint>
#include <vector>

#include "base/strings.h"
#include "codec/json.h"

namespace drover::agent {
namespace {

using codec::Any;
using codec::AnyList;
using codec::AnyMap;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.'; }

// Recursive descent over the text. The first fault ends it: fail_ holds it and every rule answers at once.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<AnyMap> file() {
        AnyMap root = items(0, false);
        if (!fault_.empty()) return fail(Error::bad_request(fault_));
        return root;
    }

private:
    bool failed() const { return !fault_.empty(); }

    void complain(std::string_view what) {
        if (failed()) return;
        size_t line = 1, column = 1;
        for (size_t i = 0; i < at_ && i < text_.size(); ++i) {
            if (text_[i] == '\n') {
                ++line, column = 1;
            } else {
                ++column;
            }
        }
        fault_ = std::to_string(line) + ":" + std::to_string(column) + ": " + std::string(what);
    }

    bool end() const { return at_ >= text_.size(); }
    char peek() const { return end() ? '\0' : text_[at_]; }
    bool looking_at(std::string_view s) const { return text_.substr(at_, s.size()) == s; }

    void skip() {
        while (!end()) {
            const char c = peek();
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                ++at_;
            } else if (c == '#' || looking_at("//")) {
                while (!end() && peek() != '\n') ++at_;
            } else if (looking_at("/*")) {
                const size_t close = text_.find("*/", at_ + 2);
                if (close == std::string_view::npos) return complain("comment is not closed");
                at_ = close + 2;
            } else {
                return;
            }
        }
    }

    // What stands between braces, or the whole file.
    AnyMap items(int depth, bool in_braces) {
        AnyMap object;
        if (depth > kMaxConfigDepth) return complain("nested too deeply"), object;
        for (;;) {
            skip();
            if (failed()) return object;
            if (end()) {
                if (in_braces) complain("object is not closed: expected '}'");
                return object;
            }
            if (in_braces && peek() == '}') return ++at_, object;
            item(object, depth);
            skip();
            if (peek() == ',') ++at_;
        }
    }

    void item(AnyMap& object, int depth) {
        std::vector<std::string> keys;
        for (;;) {
            skip();
            if (failed()) return;
            const char c = peek();
            if (c == '"') {
                keys.push_back(string());
            } else if (is_letter(c)) {
                keys.push_back(word());
            } else {
                break;
            }
        }
        if (keys.empty()) return complain("expected a key");
        if (peek() == '=') {
            if (keys.size() > 1) return complain("unexpected '=': a key with labels takes an object");
            ++at_;
            return add(object, keys[0], value(depth), false);
        }
        if (peek() != '{') return complain("expected '=' or '{' behind the key");
        ++at_;
        Any inner = Any(items(depth + 1, true));
        for (size_t i = keys.size() - 1; i > 0; --i) inner = Any(AnyMap{{keys[i], Any(AnyList{std::move(inner)})}});
        add(object, keys[0], std::move(inner), true);
    }

    // A block joins those of its name; so does an object that is assigned to one.
    void add(AnyMap& object, const std::string& key, Any value, bool is_block) {
        if (failed()) return;
        auto [it, is_new] = object.try_emplace(key);
        if (is_block || (!is_new && value.as<AnyMap>() && it->second.as<AnyList>())) {
            if (is_new) it->second = Any(AnyList{});
            if (!it->second.as<AnyList>()) it->second = Any(AnyList{std::move(it->second)});
            it->second.as<AnyList>()->push_back(std::move(value));
        } else {
            it->second = std::move(value);
        }
    }

    Any value(int depth) {
        skip();
        if (failed()) return {};
        if (depth > kMaxConfigDepth) return complain("nested too deeply"), Any();
        const char c = peek();
        if (c == '"') return Any(string());
        if (looking_at("<<")) return Any(heredoc());
        if (c == '{') return ++at_, Any(items(depth + 1, true));
        if (c == '[') return ++at_, list(depth + 1);
        if (is_digit(c) || c == '-') return number();
        if (is_letter(c)) {
            const std::string name = word();
            if (name == "true") return Any(true);
            if (name == "false") return Any(false);
            return complain("unknown value " + quote(name) + ": text wants quotes"), Any();
        }
        return complain("expected a value"), Any();
    }

    Any list(int depth) {
        AnyList elements;
        for (;;) {
            skip();
            if (failed()) return {};
            if (end()) return complain("list is not closed: expected ']'"), Any();
            if (peek() == ']') return ++at_, Any(std::move(elements));
            elements.push_back(value(depth));
            skip();
            if (peek() == ',') {
                ++at_;
            } else if (peek() != ']' && !failed()) {
                return complain("expected ',' or ']'"), Any();
            }
        }
    }

    std::string word() {
        const size_t from = at_;
        while (!end() && is_word(peek())) ++at_;
        return std::string(text_.substr(from, at_ - from));
    }

    Any number() {
        const size_t from = at_;
        if (peek() == '-') ++at_;
        while (!end() && (is_word(peek()) ||
                          ((peek() == '+' || peek() == '-') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E'))))
            ++at_;
        const std::string digits(text_.substr(from, at_ - from));
        if (auto n = parse_int(digits)) return Any(*n);
        if (auto f = parse_float(digits)) return Any(*f);
        at_ = from;
        return complain("malformed number"), Any();
    }

    std::string string() {
        std::string out;
        for (++at_; !end(); ++at_) {
            const char c = peek();
            if (c == '"') return ++at_, out;
            if (c == '\n') break;
            if (c != '\\') {
                out += c;
                continue;
            }
            if (++at_ >= text_.size()) break;
            switch (peek()) {
                case 'n': out += '\n'; break;
                case 't': out += '\t'; break;
                case 'r': out += '\r'; break;
                case '"': out += '"'; break;
                case '\\': out += '\\'; break;
                default: return complain("unknown escape in a string"), out;
            }
        }
        return complain("string is not closed"), out;
    }

    std::string heredoc() {
        at_ += 2;
        const bool indented = peek() == '-';
        if (indented) ++at_;
        const std::string marker = word();
        const size_t line_end = text_.find('\n', at_);
        if (marker.empty() || line_end == std::string_view::npos) return complain("malformed heredoc"), "";
        at_ = line_end + 1;
        std::vector<std::string> lines;
        while (!end()) {
            const size_t stop = std::min(text_.find('\n', at_), text_.size());
            std::string line(text_.substr(at_, stop - at_));
            at_ = std::min(stop + 1, text_.size());
            if (trim(line) == marker) return without_indent(std::move(lines), indented);
            lines.push_back(std::move(line));
        }
        return complain("heredoc is not closed: expected " + marker), "";
    }

    static std::string without_indent(std::vector<std::string> lines, bool indented) {
        size_t least = indented ? SIZE_MAX : 0;
        for (const std::string& line : lines) {
            const size_t space = line.find_first_not_of(" \t");
            if (space != std::string::npos) least = std::min(least, space);
        }
        std::string out;
        for (const std::string& line : lines) out += line.substr(std::min(least, line.size())) + "\n";
        return out;
    }

    std::string_view text_;
    size_t at_ = 0;
    std::string fault_;
};

}  // namespace

Result<AnyMap> parse_hcl(std::string_view text) {
    if (text.size() > kMaxConfigBytes) return fail(Error::bad_request("configuration is larger than 4 MiB"));
    return Parser(text).file();
}

Result<AnyMap> parse_config_text(std::string_view text) {
    const std::string_view body = trim(text);
    if (body.empty() || body[0] != '{') return parse_hcl(text);
    if (text.size() > kMaxConfigBytes) return fail(Error::bad_request("configuration is larger than 4 MiB"));
    auto document = codec::any_from_json(text);
    if (!document) return fail(document.error());
    return *document->as<AnyMap>();
}

}  // namespace drover::agent
