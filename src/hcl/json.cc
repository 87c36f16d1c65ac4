#include "hcl/json.h"

#include "base/strings.h"
#include "hcl/unicode.h"

namespace drover::hcl {
namespace {

constexpr int kMaxDepth = 500;
constexpr uint64_t kNodeBytes = 250;  // with its name, and with room to grow
constexpr uint64_t kTreeBytes = 8u << 20;
constexpr uint64_t kTreeBytesPerByte = 16;

class JsonParser {
public:
    JsonParser(const Shared<Source>& source, Diagnostics& diags)
        : source_(source),
          text_(source->text),
          diags_(diags),
          bytes_left_(kTreeBytes + kTreeBytesPerByte * source->text.size()) {
        if (has_prefix(text_, "\xEF\xBB\xBF")) pos_.byte = 3;
    }

    JsonNode parse() {
        JsonNode root = value(0);
        blanks();
        if (!failed_ && pos_.byte < text_.size()) {
            fail("Extraneous data after value", "Extra characters appear after the JSON value.", here(1));
        }
        return root;
    }

private:
    char peek() const { return pos_.byte < text_.size() ? text_[pos_.byte] : '\0'; }
    bool at_end() const { return pos_.byte >= text_.size(); }

    void step() {
        if (text_[pos_.byte] == '\n') {
            ++pos_.byte;
            ++pos_.line;
            pos_.column = 1;
            return;
        }
        pos_.byte += static_cast<uint32_t>(grapheme_length(text_.substr(0, pos_.byte + 64), pos_.byte));
        ++pos_.column;
    }

    void blanks() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') step();
    }

    Range from(Pos start) const { return {source_, start, pos_}; }
    Range here(uint32_t width) const {
        Range range{source_, pos_, pos_};
        if (!at_end()) range.end.byte += width, range.end.column += width;
        return range;
    }

    void fail(std::string summary, std::string detail, const Range& range) {
        if (!failed_) diags_.error(std::move(summary), std::move(detail), range);
        failed_ = true;
    }

    JsonNode value(int depth) {
        blanks();
        JsonNode node;
        Pos start = pos_;
        if (bytes_left_ < kNodeBytes) {
            fail("Source too complex", "The source has too many parts for its size.", here(1));
            return node;
        }
        bytes_left_ -= kNodeBytes;
        if (depth > kMaxDepth) {
            fail("JSON nested too deeply", "JSON values may be nested up to " + std::to_string(kMaxDepth) + " deep.",
                 here(1));
        } else if (at_end()) {
            fail("Missing JSON value", "The JSON data ends prematurely.", here(0));
        } else if (peek() == '{') {
            object(node, depth);
        } else if (peek() == '[') {
            array(node, depth);
        } else if (peek() == '"') {
            node.kind = JsonNode::Kind::string;
            node.text = string(node.escaped);
        } else if (peek() == '-' || (peek() >= '0' && peek() <= '9')) {
            number(node);
        } else if (std::isalpha(static_cast<unsigned char>(peek()))) {
            keyword(node);
        } else {
            fail("Invalid start of value",
                 "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.", here(1));
        }
        node.range = from(start);
        return node;
    }

    void keyword(JsonNode& node) {
        Pos start = pos_;
        while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '_') step();
        std::string_view word = text_.substr(start.byte, pos_.byte - start.byte);
        if (word == "true" || word == "false") {
            node.kind = JsonNode::Kind::boolean;
            node.flag = word == "true";
        } else if (word != "null") {
            fail("Invalid JSON keyword", quote(word) + " is not a valid JSON keyword.", from(start));
        }
    }

    void number(JsonNode& node) {
        Pos start = pos_;
        node.kind = JsonNode::Kind::number;
        auto digits = [&] {
            size_t count = 0;
            for (; peek() >= '0' && peek() <= '9'; ++count) step();
            return count;
        };
        if (peek() == '-') step();
        bool zero = peek() == '0';
        size_t whole = digits();
        bool good = whole > 0 && !(zero && whole > 1);
        if (peek() == '.') {
            step();
            good = digits() > 0 && good;
        }
        if (peek() == 'e' || peek() == 'E') {
            step();
            if (peek() == '+' || peek() == '-') step();
            good = digits() > 0 && good;
        }
        node.text = std::string(text_.substr(start.byte, pos_.byte - start.byte));
        if (!good) fail("Invalid JSON number", "There is a syntax error in this JSON number.", from(start));
    }

    std::string string(bool& escaped) {
        Pos start = pos_;
        step();
        std::string out;
        while (!at_end() && peek() != '"' && peek() != '\n') {
            if (peek() != '\\') {
                Pos begin = pos_;
                step();
                out += text_.substr(begin.byte, pos_.byte - begin.byte);
                continue;
            }
            escaped = true;
            if (!escape(out)) {
                fail("Invalid JSON string",
                     "There is a syntax error in this JSON string: it has an escape sequence that does not exist.",
                     from(start));
                return out;
            }
        }
        if (peek() != '"' || at_end()) {
            fail("Invalid JSON string", "There is no closing quote mark for this string on its line.", from(start));
            return out;
        }
        step();
        return out;
    }

    std::optional<char32_t> hex4() {
        char32_t c = 0;
        for (int i = 0; i < 4; ++i) {
            char d = peek();
            int value = d >= '0' && d <= '9'   ? d - '0'
                        : d >= 'a' && d <= 'f' ? d - 'a' + 10
                        : d >= 'A' && d <= 'F' ? d - 'A' + 10
                                               : -1;
            if (value < 0) return std::nullopt;
            c = c * 16 + static_cast<char32_t>(value);
            step();
        }
        return c;
    }

    bool escape(std::string& out) {
        step();
        char kind = peek();
        if (at_end()) return false;
        step();
        switch (kind) {
            case '"':
            case '\\':
            case '/': out += kind; return true;
            case 'b': out += '\b'; return true;
            case 'f': out += '\f'; return true;
            case 'n': out += '\n'; return true;
            case 'r': out += '\r'; return true;
            case 't': out += '\t'; return true;
            case 'u': break;
            default: return false;
        }
        auto high = hex4();
        if (!high) return false;
        bool surrogate = *high >= 0xD800 && *high < 0xDC00;
        if (surrogate && text_.substr(pos_.byte, 2) == "\\u") {
            Pos back = pos_;
            step();
            step();
            auto low = hex4();
            if (low && *low >= 0xDC00 && *low < 0xE000) {
                append_code_point(out, 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00));
                return true;
            }
            pos_ = back;
        }
        append_code_point(out, *high);  // a lone surrogate becomes U+FFFD
        return true;
    }

    void array(JsonNode& node, int depth) {
        node.kind = JsonNode::Kind::array;
        Range open = here(1);
        step();
        blanks();
        while (!failed_ && peek() != ']') {
            node.items.push_back(value(depth + 1));
            blanks();
            if (failed_ || peek() == ']') break;
            Range comma = here(1);
            if (at_end()) {
                fail("Unclosed array", "No closing bracket was found for this JSON array.", open);
            } else if (peek() != ',') {
                fail("Missing item separator", "A comma must appear between each item in a JSON array.", comma);
            } else {
                step();
                blanks();
                if (peek() == ']') {
                    fail("Trailing comma in array",
                         "JSON does not permit a trailing comma after the final value in an array.", comma);
                }
            }
        }
        if (!failed_ && peek() == ']') step();
    }

    void member(JsonNode& node, int depth) {
        JsonMember member;
        Pos start = pos_;
        bool escaped = false;
        if (peek() != '"') {
            fail("Invalid object property name", "A JSON object property name must be a string.", here(1));
            return;
        }
        member.name = string(escaped);
        member.name_range = from(start);
        blanks();
        if (!failed_ && peek() != ':') {
            bool equals = peek() == '=';
            fail("Missing property value colon",
                 equals ? "JSON uses a colon as its name/value delimiter, not an equals sign."
                        : "A colon must appear between an object property's name and its value.",
                 here(1));
        }
        if (failed_) return;
        step();
        member.value = value(depth + 1);
        node.members.push_back(std::move(member));
    }

    void object(JsonNode& node, int depth) {
        node.kind = JsonNode::Kind::object;
        Range open = here(1);
        step();
        blanks();
        while (!failed_ && peek() != '}') {
            if (at_end()) {
                fail("Unclosed object", "No closing brace was found for this JSON object.", open);
                return;
            }
            member(node, depth);
            blanks();
            if (failed_ || peek() == '}') break;
            Range comma = here(1);
            if (at_end()) {
                fail("Unclosed object", "No closing brace was found for this JSON object.", open);
            } else if (peek() != ',') {
                fail("Missing attribute separator",
                     "A comma must appear between each property definition in an object.", comma);
            } else {
                step();
                blanks();
                if (peek() == '}') {
                    fail("Trailing comma in object",
                         "JSON does not permit a trailing comma after the final property in an object.", comma);
                }
            }
        }
        if (!failed_ && peek() == '}') step();
    }

    Shared<Source> source_;
    std::string_view text_;
    Diagnostics& diags_;
    uint64_t bytes_left_;
    Pos pos_;
    bool failed_ = false;
};

}  // namespace

JsonNode parse_json(const Shared<Source>& source, Diagnostics& diags) { return JsonParser(source, diags).parse(); }

std::string json_quote(std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out = "\"";
    for (size_t at = 0; at < text.size();) {
        size_t begin = at;
        char32_t c = next_code_point(text, at);
        switch (c) {
            case '"': out += "\\\""; continue;
            case '\\': out += "\\\\"; continue;
            case '\b': out += "\\b"; continue;
            case '\f': out += "\\f"; continue;
            case '\n': out += "\\n"; continue;
            case '\r': out += "\\r"; continue;
            case '\t': out += "\\t"; continue;
            default: break;
        }
        if (c < 0x20 || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029) {
            out += "\\u";
            for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(c >> shift) & 0xF];
        } else if (c == 0xFFFD) {
            append_code_point(out, c);
        } else {
            out += text.substr(begin, at - begin);
        }
    }
    return out + "\"";
}

}  // namespace drover::hcl
