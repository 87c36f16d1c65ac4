#include "hcl/lexer.h"

#include "base/strings.h"
#include "hcl/unicode.h"

namespace drover::hcl {

using T = TokenType;

Lexer::Lexer(std::string_view text, LexMode mode, Pos from)
    : text_(text), at_(from.byte), begin_(from.byte), mark_(from), pos_(from) {
    states_.push_back({mode == LexMode::config ? Mode::normal : Mode::bare_template, 0, {}, false});
    if (at_ != 0 || text_.substr(0, 3) != "\xEF\xBB\xBF") return;
    at_ = begin_ = 3;
    pos_.byte = mark_.byte = 3;
}

Token Lexer::next() {
    if (ready_at_ == ready_.size()) {
        ready_.clear();
        ready_at_ = 0;
    }
    while (ready_.empty()) {
        if (at_ >= text_.size()) {
            emit(T::end_of_file);
            break;
        }
        switch (states_.back().mode) {
            case Mode::normal: normal(); break;
            case Mode::quoted: quoted(); break;
            case Mode::heredoc: heredoc(); break;
            case Mode::bare_template: bare_template(); break;
        }
    }
    return ready_[ready_at_++];
}

// Moves the position over the bytes from begin_ to at_ and makes them a token.
void Lexer::emit(T type) {
    advance();
    ready_.push_back({type, mark_, pos_, text_.substr(begin_, at_ - begin_)});
    skip();
}

void Lexer::emit(T type, size_t length) {
    at_ += length;
    emit(type);
}

void Lexer::skip() {
    begin_ = at_;
    mark_ = pos_;
}

void Lexer::advance() {
    size_t i = pos_.byte;
    while (i < at_) {
        auto c = static_cast<unsigned char>(text_[i]);
        size_t length = 1;
        bool plain =
            c < 0x80 && c != '\r' && (i + 1 >= text_.size() || static_cast<unsigned char>(text_[i + 1]) < 0x80);
        if (!plain) length = grapheme_length(text_.substr(0, at_), i);
        i += length;
        if (c == '\n' || (c == '\r' && length == 2)) {
            ++pos_.line;
            pos_.column = 1;
        } else {
            ++pos_.column;
        }
    }
    pos_.byte = static_cast<uint32_t>(at_);
}

void Lexer::blanks() {
    while (peek() == ' ' || peek() == '\t') ++at_;
    if (at_ == begin_) return;
    advance();
    skip();
}

void Lexer::normal() {
    blanks();
    if (at_ >= text_.size()) return;
    char c = peek();
    if (c == '\n') return emit(T::newline, 1);
    if (starts("\r\n")) return emit(T::newline, 2);
    if (c == '#' || starts("//")) return line_comment();
    if (starts("/*") && !open_comment_) {
        size_t close = text_.find("*/", at_ + 2);
        if (close != std::string_view::npos) return emit(T::comment, close + 2 - at_);
        open_comment_ = true;
    }
    if (c >= '0' && c <= '9') return number();
    if (c == '"') {
        emit(T::open_quote, 1);
        states_.push_back({Mode::quoted, 0, {}, false});
        return;
    }
    if (c == '{' || c == '}' || (c == '~' && peek(1) == '}' && states_.size() > 1 && states_.back().braces == 0)) {
        return brace();
    }
    if (starts("<<") && open_heredoc()) return;
    if (identifier()) return;
    operators();
}

void Lexer::line_comment() {
    size_t end = text_.find('\n', at_);
    emit(T::comment, end == std::string_view::npos ? text_.size() - at_ : end + 1 - at_);
}

void Lexer::number() {
    auto digits = [&] {
        while (peek() >= '0' && peek() <= '9') ++at_;
    };
    auto is_digit = [&](size_t offset) { return peek(offset) >= '0' && peek(offset) <= '9'; };
    digits();
    if (peek() == '.' && is_digit(1)) {
        ++at_;
        digits();
    }
    if (peek() == 'e' || peek() == 'E') {
        size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
        if (is_digit(1 + sign)) {
            at_ += 1 + sign;
            digits();
        }
    }
    emit(T::number);
}

void Lexer::brace() {
    State& state = states_.back();
    if (peek() == '{') {
        ++state.braces;
        return emit(T::open_brace, 1);
    }
    if (states_.size() > 1 && state.braces == 0) {
        emit(T::template_end, peek() == '~' ? 2 : 1);
        states_.pop_back();
        return;
    }
    if (state.braces > 0) --state.braces;
    emit(T::close_brace, 1);
}

bool Lexer::identifier() {
    size_t end = at_;
    if (!is_id_start(next_code_point(text_, end))) return false;
    while (end < text_.size()) {
        size_t next = end;
        if (!is_id_continue(next_code_point(text_, next))) break;
        end = next;
    }
    emit(T::identifier, end - at_);
    return true;
}

bool Lexer::open_heredoc() {
    size_t end = at_ + 2;
    if (end < text_.size() && text_[end] == '-') ++end;
    size_t name = end;
    if (end >= text_.size() || !is_id_start(next_code_point(text_, end))) return false;
    while (end < text_.size()) {
        size_t next = end;
        if (!is_id_continue(next_code_point(text_, next))) break;
        end = next;
    }
    std::string_view marker = text_.substr(name, end - name);
    if (end < text_.size() && text_[end] == '\r') ++end;
    if (end >= text_.size() || text_[end] != '\n') return false;
    emit(T::open_heredoc, end + 1 - at_);
    states_.push_back({Mode::heredoc, 0, marker, true});
    return true;
}

void Lexer::operators() {
    struct Spelling {
        std::string_view text;
        T type;
    };
    static constexpr Spelling kSpellings[] = {
        {"...", T::ellipsis},     {"==", T::equal_op},   {"!=", T::not_equal},   {"<=", T::less_equal},
        {">=", T::greater_equal}, {"&&", T::and_op},     {"||", T::or_op},       {"=>", T::fat_arrow},
        {"::", T::double_colon},  {"**", T::star_star},  {"[", T::open_bracket}, {"]", T::close_bracket},
        {"(", T::open_paren},     {")", T::close_paren}, {"*", T::star},         {"/", T::slash},
        {"+", T::plus},           {"-", T::minus},       {"%", T::percent},      {"=", T::equal},
        {"<", T::less},           {">", T::greater},     {"!", T::bang},         {".", T::dot},
        {",", T::comma},          {"?", T::question},    {":", T::colon},        {"&", T::bitwise_and},
        {"|", T::bitwise_or},     {"^", T::bitwise_xor}, {"~", T::bitwise_not},  {"'", T::apostrophe},
        {"`", T::backtick},       {";", T::semicolon},
    };
    for (const Spelling& s : kSpellings) {
        if (starts(s.text)) return emit(s.type, s.text.size());
    }
    size_t end = at_;
    char32_t c = next_code_point(text_, end);
    bool broken = c == 0xFFFD && end - at_ == 1;
    emit(broken ? T::bad_utf8 : T::invalid, end - at_);
}

// At `${` or `%{`: emits the opening and goes into the sequence.
bool Lexer::template_sequence() {
    if (!starts("${") && !starts("%{")) return false;
    T type = peek() == '$' ? T::template_interp : T::template_control;
    emit(type, peek(2) == '~' ? 3 : 2);
    states_.push_back({Mode::normal, 0, {}, false});
    return true;
}

void Lexer::quoted() {
    while (at_ < text_.size()) {
        char c = peek();
        bool sequence = starts("${") || starts("%{");
        if (c == '"' || c == '\n' || starts("\r\n") || sequence) {
            if (at_ > begin_) emit(T::quoted_literal);
            if (sequence) {
                template_sequence();
            } else if (c == '"') {
                emit(T::close_quote, 1);
                states_.pop_back();
            } else {
                emit(T::quoted_newline, c == '\n' ? 1 : 2);
                continue;
            }
            return;
        }
        // A backslash keeps the next character from meaning anything, except the end of the line.
        bool escape = c == '\\' && at_ + 1 < text_.size() && peek(1) != '\n' && peek(1) != '\r';
        at_ += escape ? 2 : literal_step();
    }
    if (at_ > begin_) emit(T::quoted_literal);
}

void Lexer::heredoc() {
    // The new line may reallocate states_, hence no reference is kept over template_sequence.
    if (states_.back().line_start) {
        size_t end = text_.find('\n', at_);
        if (end != std::string_view::npos && trim(text_.substr(at_, end - at_)) == states_.back().marker) {
            size_t length = end - at_;
            if (length > 0 && text_[end - 1] == '\r') --length;
            emit(T::close_heredoc, length);
            states_.pop_back();
            return;
        }
    }
    while (at_ < text_.size()) {
        if (starts("${") || starts("%{")) {
            if (at_ > begin_) emit(T::string_literal);
            states_.back().line_start = false;
            template_sequence();
            return;
        }
        if (peek() == '\n') {
            emit(T::string_literal, 1);
            states_.back().line_start = true;
            return;
        }
        at_ += literal_step();
    }
    if (at_ > begin_) emit(T::string_literal);
}

void Lexer::bare_template() {
    while (at_ < text_.size()) {
        if (starts("${") || starts("%{")) {
            if (at_ > begin_) emit(T::string_literal);
            template_sequence();
            return;
        }
        at_ += literal_step();
    }
    if (at_ > begin_) emit(T::string_literal);
}

std::vector<Token> lex(const Source& source, LexMode mode, Pos from, Pos to) {
    Lexer lexer(std::string_view(source.text).substr(0, to.byte), mode, from);
    std::vector<Token> tokens;
    do {
        tokens.push_back(lexer.next());
    } while (tokens.back().type != T::end_of_file);
    return tokens;
}

namespace {

void report_bitwise(const Token& token, const Range& range, Diagnostics& diags) {
    std::string hint;
    if (token.type == T::bitwise_and) hint = " Did you mean boolean AND (\"&&\")?";
    if (token.type == T::bitwise_or) hint = " Did you mean boolean OR (\"||\")?";
    if (token.type == T::bitwise_not) hint = " Did you mean boolean NOT (\"!\")?";
    diags.error("Unsupported operator", "Bitwise operators are not supported." + hint, range);
}

void report_invalid(const Token& token, const Range& range, Diagnostics& diags) {
    if (token.bytes == "\u201C" || token.bytes == "\u201D") {
        diags.error(
            "Invalid character",
            "\"Curly quotes\" are not valid here. These can sometimes be inadvertently introduced when sharing code "
            "via documents or discussion forums. It might help to replace the character with a \"straight quote\".",
            range);
        return;
    }
    diags.error("Invalid character", "This character is not used within the language.", range);
}

}  // namespace

void TokenChecks::check(const Token& token, const Shared<Source>& source, Diagnostics& diags) {
    if (token.type < T::bitwise_and) return;
    auto once = [](bool& told) { return !std::exchange(told, true); };
    Range range{source, token.start, token.end};
    switch (token.type) {
        case T::bitwise_and:
        case T::bitwise_or:
        case T::bitwise_xor:
        case T::bitwise_not:
            if (once(told_bitwise_)) report_bitwise(token, range, diags);
            break;
        case T::star_star:
            if (once(told_power_)) {
                diags.error("Unsupported operator",
                            "\"**\" is not a supported operator. Exponentiation is not supported as an operator.",
                            range);
            }
            break;
        case T::apostrophe:
            if (once(told_apostrophe_)) {
                diags.error("Invalid character",
                            "Single quotes are not valid. Use double quotes (\") to enclose strings.", range);
            }
            break;
        case T::backtick:
            if (once(told_backtick_)) {
                diags.error(
                    "Invalid character",
                    "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" syntax, "
                    "like \"<<EOT\".",
                    range);
            }
            break;
        case T::semicolon:
            if (once(told_semicolon_)) {
                diags.error(
                    "Invalid character",
                    "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas "
                    "to separate items in collection values.",
                    range);
            }
            break;
        case T::quoted_newline:
            diags.error(
                "Invalid multi-line string",
                "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use "
                "the \\n escape to represent a newline character or use the \"heredoc\" multi-line template "
                "syntax.",
                range);
            break;
        case T::bad_utf8:
            if (once(told_utf8_)) {
                diags.error(
                    "Invalid character encoding",
                    "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.",
                    range);
            }
            break;
        case T::invalid: report_invalid(token, range, diags); break;
        default: break;
    }
}

}  // namespace drover::hcl
