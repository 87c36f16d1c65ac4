// Quoted strings and heredocs: literals, `${..}` and `%{..}`. A template is first split into flat parts, then the
// directives among these are put into a tree.
#include <algorithm>

#include "base/strings.h"
#include "hcl/parse_state.h"
#include "hcl/unicode.h"

namespace drover::hcl {

using T = TokenType;

namespace {

struct Part {
    enum class Kind : uint8_t { literal, interpolation, if_, else_, endif, for_, endfor, end };
    Kind kind = Kind::end;
    std::string text;                // of a literal
    ExprPtr expr;                    // interpolation, condition, collection
    std::unique_ptr<ForParts> loop;  // names only
    Range range;
};

std::string_view directive_name(Part::Kind kind) {
    switch (kind) {
        case Part::Kind::if_: return "if";
        case Part::Kind::else_: return "else";
        case Part::Kind::endif: return "endif";
        case Part::Kind::for_: return "for";
        case Part::Kind::endfor: return "endfor";
        default: return "";
    }
}

size_t leading_space(std::string_view text) {
    size_t at = 0;
    while (at < text.size()) {
        size_t next = at;
        if (!is_space(next_code_point(text, next))) break;
        at = next;
    }
    return at;
}

void trim_right(std::string& text) {
    size_t end = 0;
    for (size_t at = 0; at < text.size();) {
        bool space = is_space(next_code_point(text, at));
        if (!space) end = at;
    }
    text.resize(end);
}

// Takes the indentation that all lines have in common off the lines of a `<<-` heredoc. A line is what begins a new
// part after one that ended with a newline: text behind a `~}` that ate the newline keeps its blanks.
void flush_heredoc(std::vector<Part>& parts) {
    size_t common = SIZE_MAX;
    std::vector<Part*> lines;
    bool line_start = true;
    for (Part& part : parts) {
        bool literal = part.kind == Part::Kind::literal;
        if (line_start && part.kind != Part::Kind::end) {
            size_t spaces = 0;
            bool blank = false;
            if (literal) {
                spaces = leading_space(part.text);
                blank = spaces == part.text.size() && has_suffix(part.text, "\n");
                spaces = grapheme_count(std::string_view(part.text).substr(0, spaces));
                if (!blank) lines.push_back(&part);
            }
            if (!blank) common = std::min(common, spaces);
        }
        line_start = literal && has_suffix(part.text, "\n");
    }
    for (Part* part : lines) {
        size_t bytes = 0;
        for (size_t i = 0; i < common && bytes < part->text.size(); ++i) bytes += grapheme_length(part->text, bytes);
        part->text.erase(0, bytes);
        part->range.start.byte += static_cast<uint32_t>(bytes);
        part->range.start.column += static_cast<uint32_t>(common == SIZE_MAX ? 0 : common);
    }
}

void meld_literals(std::vector<Part>& parts) {
    size_t kept = 0;
    for (Part& part : parts) {
        bool literal = part.kind == Part::Kind::literal;
        if (literal && kept > 0 && parts[kept - 1].kind == Part::Kind::literal) {
            parts[kept - 1].text += part.text;
            parts[kept - 1].range = between(parts[kept - 1].range, part.range);
            continue;
        }
        if (&part != &parts[kept]) parts[kept] = std::move(part);
        ++kept;
    }
    parts.resize(kept);
}

constexpr int kMaxDirectiveDepth = 100;

}  // namespace

// Builds the tree from the flat parts.
class TemplateParser {
public:
    TemplateParser(Parser& parser, std::vector<Part> parts) : parser_(parser), parts_(std::move(parts)) {}

    std::vector<ExprPtr> sequence_to_end() {
        std::vector<ExprPtr> out;
        while (parts_[at_].kind != Part::Kind::end && !failed_) out.push_back(item());
        return out;
    }

private:
    ExprPtr joined(std::vector<ExprPtr> items, const Range& where) {
        if (items.size() == 1 && items[0]->as_literal()) return std::move(items[0]);
        Range range = items.empty() ? after(where) : between(items.front()->range(), items.back()->range());
        if (items.empty()) items.push_back(parser_.make<LiteralNode>(Value::string(""), range));
        return parser_.make<TemplateNode>(std::move(items), range);
    }

    ExprPtr failed(std::string summary, std::string detail, const Range& subject) {
        parser_.error(std::move(summary), std::move(detail), subject);
        failed_ = true;
        return parser_.make<ErrorNode>(subject);
    }

    ExprPtr item() {
        Part& part = parts_[at_++];
        switch (part.kind) {
            case Part::Kind::literal: return parser_.make<LiteralNode>(Value::string(part.text), part.range);
            case Part::Kind::interpolation: return part.expr;
            case Part::Kind::if_:
            case Part::Kind::for_: {
                if (depth_ >= kMaxDirectiveDepth) {
                    return failed(
                        "Template nested too deeply",
                        "Template directives may be nested up to " + std::to_string(kMaxDirectiveDepth) + " deep.",
                        part.range);
                }
                ++depth_;
                ExprPtr expr = part.kind == Part::Kind::if_ ? conditional(part) : loop(part);
                --depth_;
                return expr;
            }
            default:
                return failed("Unexpected " + std::string(directive_name(part.kind)) + " directive",
                              "The control directives within this template are nested incorrectly.", part.range);
        }
    }

    // The items up to one of the closing directives, which is taken.
    std::optional<Part> until(const Part& open, Part::Kind close, bool or_else, std::vector<ExprPtr>& out) {
        while (!failed_) {
            Part& part = parts_[at_];
            std::string missing(directive_name(close));
            if (part.kind == Part::Kind::end) {
                failed("Unexpected end of template",
                       "The " + std::string(directive_name(open.kind)) + " directive at " + open.range.to_string() +
                           " is missing its corresponding " + missing + " directive.",
                       part.range);
                return std::nullopt;
            }
            if (part.kind == close || (or_else && part.kind == Part::Kind::else_)) {
                ++at_;
                return std::move(part);
            }
            out.push_back(item());
        }
        return std::nullopt;
    }

    ExprPtr conditional(Part& open_part) {
        Part open = std::move(open_part);
        std::vector<ExprPtr> yes;
        std::vector<ExprPtr> no;
        auto close = until(open, Part::Kind::endif, true, yes);
        Range no_range = close ? close->range : open.range;
        if (close && close->kind == Part::Kind::else_) close = until(open, Part::Kind::endif, false, no);
        if (!close || !open.expr) return parser_.make<ErrorNode>(open.range);
        return parser_.make<ConditionalNode>(open.expr, joined(std::move(yes), open.range),
                                             joined(std::move(no), no_range), between(open.range, close->range));
    }

    ExprPtr loop(Part& open_part) {
        Part open = std::move(open_part);
        std::vector<ExprPtr> body;
        auto close = until(open, Part::Kind::endfor, false, body);
        if (!close || !open.expr) return parser_.make<ErrorNode>(open.range);
        ForParts parts = std::move(*open.loop);
        parts.collection = open.expr;
        parts.value = joined(std::move(body), open.range);
        parts.open = open.range;
        parts.range = between(open.range, close->range);
        return parser_.make<JoinNode>(parser_.make<ForNode>(std::move(parts)));
    }

    Parser& parser_;
    std::vector<Part> parts_;
    size_t at_ = 0;
    int depth_ = 0;
    bool failed_ = false;
};

// Cuts a template into its parts, up to and including `end`.
class TemplateSplitter {
public:
    TemplateSplitter(Parser& parser, T end) : parser_(parser), end_(end) {}

    std::vector<Part> run() {
        for (bool done = false; !done;) {
            Token token = parser_.read();
            parser_.charge(sizeof(Part));
            bool literal_before = std::exchange(can_trim_, false);
            switch (token.type) {
                case T::string_literal:
                case T::quoted_literal: literal(token); break;
                case T::quoted_newline: break;
                case T::template_interp:
                case T::template_control: sequence(token, literal_before); break;
                default: finish(token), done = true;
            }
        }
        return std::move(parts_);
    }

private:
    void literal(const Token& token) {
        Part part;
        part.kind = Part::Kind::literal;
        part.text = parser_.decode_literal(token, token.type == T::quoted_literal);
        part.range = parser_.range_of(token);
        if (std::exchange(trim_next_, false)) part.text.erase(0, leading_space(part.text));
        parts_.push_back(std::move(part));
        can_trim_ = true;
    }

    void finish(const Token& token) {
        Part part;
        part.range = parser_.range_of(token);
        if (token.type != end_) {
            parser_.error_once("Unterminated template string", "No closing marker was found for the string.",
                               part.range);
            if (token.type == T::end_of_file) {
                parser_.recovering_ = true;
            } else {
                parser_.recover(end_);
            }
        }
        parts_.push_back(std::move(part));
    }

    void sequence(const Token& token, bool literal_before) {
        if (token.bytes.size() == 3 && literal_before) trim_right(parts_.back().text);
        trim_next_ = false;
        size_t mark = parser_.diags_.count();
        parser_.push_newlines(false);
        bool control = token.type == T::template_control;
        Part part;
        if (control) {
            directive(part);
        } else {
            part.kind = Part::Kind::interpolation;
            part.expr = parser_.parse_expression();
        }
        close(control, mark);
        parser_.pop_newlines();
        part.range = between(parser_.range_of(token), parser_.previous_range());
        if (parser_.failed_since(mark)) {
            part.kind = Part::Kind::interpolation;
            part.expr = parser_.make<ErrorNode>(part.range);
        }
        parts_.push_back(std::move(part));
    }

    void directive(Part& part) {
        if (!parser_.next_is(T::identifier)) {
            parser_.error_once("Invalid template directive",
                               "A template directive keyword (\"if\", \"for\", etc) is expected at the "
                               "beginning of a %{ sequence.",
                               parser_.range_of(parser_.peek()));
            parser_.recovering_ = true;
            return;
        }
        Token word = parser_.read();
        auto kinds = {Part::Kind::if_, Part::Kind::else_, Part::Kind::endif, Part::Kind::for_, Part::Kind::endfor};
        const auto* kind =
            std::find_if(kinds.begin(), kinds.end(), [&](Part::Kind k) { return directive_name(k) == word.bytes; });
        if (kind == kinds.end()) {
            parser_.error_once("Invalid template control keyword",
                               quote(word.bytes) + " is not a valid template control keyword.", parser_.range_of(word));
            parser_.recovering_ = true;
            return;
        }
        part.kind = *kind;
        if (part.kind == Part::Kind::for_) {
            part.loop = std::make_unique<ForParts>();
            if (parser_.parse_for_names(*part.loop, T::template_end)) part.expr = parser_.parse_expression();
        } else if (part.kind == Part::Kind::if_) {
            part.expr = parser_.parse_expression();
        }
    }

    // The brace that ends a sequence.
    void close(bool control, size_t mark) {
        if (parser_.next_is(T::template_end)) {
            trim_next_ = parser_.read().bytes.size() == 2;
            return;
        }
        if (!parser_.failed_since(mark)) {
            parser_.error_once(
                control ? "Extra characters in template directive" : "Extra characters after interpolation expression",
                control ? "Expected a closing brace to end the template directive, but found extra characters."
                        : "Expected a closing brace to end the interpolation expression, but found extra "
                          "characters.\n\nThis can happen when you include interpolation syntax for another "
                          "language, such as shell scripting, but forget to escape the interpolation start token. "
                          "If this is an embedded sequence for another language, escape it by starting with "
                          "\"$${\" instead of just \"${\".",
                parser_.range_of(parser_.peek()));
        }
        parser_.recover(T::template_end);
    }

    Parser& parser_;
    const T end_;
    std::vector<Part> parts_;
    bool trim_next_ = false;
    bool can_trim_ = false;  // only what stands directly before a sequence
};

// Reads up to and including `end`; `open` is the token before.
ExprPtr Parser::parse_template_parts(T end, bool flush, const Token& open) {
    std::vector<Part> parts = TemplateSplitter(*this, end).run();
    if (flush) flush_heredoc(parts);
    meld_literals(parts);
    Range whole = between(range_of(open), previous_range());
    bool wrap = parts.size() == 2 && parts[0].kind == Part::Kind::interpolation;
    if (parts.size() == 1) return text_node("", whole, after(range_of(open)));
    if (parts.size() == 2 && parts[0].kind == Part::Kind::literal) {
        return text_node(parts[0].text, whole, parts[0].range);
    }
    std::vector<ExprPtr> items = TemplateParser(*this, std::move(parts)).sequence_to_end();
    if (wrap) return make<WrapNode>(std::move(items.front()), whole);
    if (items.empty()) {
        items.push_back(make<LiteralNode>(Value::string(""), after(range_of(open))));
    }
    return checked(make<TemplateNode>(std::move(items), whole));
}

ExprPtr Parser::text_node(std::string_view text, const Range& whole, const Range& inner) {
    if (text != inner.text()) charge(sizeof(std::string) + kNodeOverhead + text.size());
    return make<TextNode>(text, whole, inner);
}

ExprPtr Parser::parse_quoted() {
    Token open = read();
    return parse_template_parts(T::close_quote, false, open);
}

ExprPtr Parser::parse_heredoc() {
    Token open = read();
    return parse_template_parts(T::close_heredoc, has_prefix(open.bytes, "<<-"), open);
}

ExprPtr Parser::parse_lone_template() {
    return parse_template_parts(T::end_of_file, false, Token{T::open_quote, current_.start, current_.start, {}});
}

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

// Decodes the escape at `at`, a backslash, and answers how many bytes it has. `known` is a place before it in the token
// from which columns are counted; it moves on.
size_t Parser::decode_escape(const Token& token, size_t at, Pos& known, std::string& out) {
    std::string_view text = token.bytes.substr(at);
    auto range = [&](size_t length) {
        size_t counted = known.byte - token.start.byte;
        known.byte += static_cast<uint32_t>(at - counted);
        known.column += static_cast<uint32_t>(grapheme_count(token.bytes.substr(counted, at - counted)));
        Range r{source_, known, known};
        r.end.byte += static_cast<uint32_t>(length);
        r.end.column += static_cast<uint32_t>(grapheme_count(text.substr(0, length)));
        return r;
    };
    char kind = text.size() > 1 ? text[1] : '\0';
    switch (kind) {
        case 'n': out += '\n'; return 2;
        case 'r': out += '\r'; return 2;
        case 't': out += '\t'; return 2;
        case '"': out += '"'; return 2;
        case '\\': out += '\\'; return 2;
        case 'u':
        case 'U': break;
        default: {
            size_t length = 1;
            if (text.size() > 1) next_code_point(text, length);
            error("Invalid escape sequence",
                  "The symbol " + quote(text.substr(1, length - 1)) + " is not a valid escape sequence selector.",
                  range(length));
            out += text.substr(1, length - 1);
            return length;
        }
    }
    size_t wanted = kind == 'u' ? 4 : 8;
    size_t digits = 0;
    char32_t c = 0;
    while (digits < wanted && 2 + digits < text.size() && hex_value(text[2 + digits]) >= 0) {
        c = c * 16 + static_cast<char32_t>(hex_value(text[2 + digits]));
        ++digits;
    }
    if (digits < wanted) {
        error("Invalid escape sequence",
              kind == 'u' ? "The \\u escape sequence must be followed by four hexadecimal digits."
                          : "The \\U escape sequence must be followed by eight hexadecimal digits.",
              range(2 + digits));
    } else {
        append_code_point(out, c);
    }
    return 2 + digits;
}

std::string Parser::decode_literal(const Token& token, bool quoted) {
    std::string out;
    out.reserve(token.bytes.size());
    Pos known = token.start;
    for (size_t i = 0; i < token.bytes.size();) {
        std::string_view rest = token.bytes.substr(i);
        if (has_prefix(rest, "$${") || has_prefix(rest, "%%{")) {
            out += rest.substr(1, 2);
            i += 3;
        } else if (quoted && rest[0] == '\\') {
            i += decode_escape(token, i, known, out);
        } else {
            out += rest[0];
            ++i;
        }
    }
    return out;
}

}  // namespace drover::hcl
