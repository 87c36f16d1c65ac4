#pragma once
// Splits a source text into tokens that cover it without gaps other than blanks, so that the formatter can put it
// together again. Never fails: what is not in the language becomes tokens that check_tokens reports.

#include <vector>

#include "hcl/diagnostics.h"

namespace drover::hcl {

enum class TokenType : uint8_t {
    open_brace,
    close_brace,
    open_bracket,
    close_bracket,
    open_paren,
    close_paren,
    open_quote,
    close_quote,
    open_heredoc,
    close_heredoc,
    star,
    slash,
    plus,
    minus,
    percent,
    equal,
    equal_op,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    and_op,
    or_op,
    bang,
    dot,
    comma,
    ellipsis,
    fat_arrow,
    question,
    colon,
    double_colon,
    template_interp,
    template_control,
    template_end,
    quoted_literal,
    string_literal,
    number,
    identifier,
    comment,
    newline,
    end_of_file,
    // Not in the language, but common enough for an error of their own.
    bitwise_and,
    bitwise_or,
    bitwise_xor,
    bitwise_not,
    star_star,
    apostrophe,
    backtick,
    semicolon,
    quoted_newline,
    invalid,
    bad_utf8
};

struct Token {
    TokenType type = TokenType::end_of_file;
    Pos start;
    Pos end;
    std::string_view bytes;
};

enum class LexMode : uint8_t { config, template_text };

// One token after the other, so that a large text costs no more memory than a small one.
class Lexer {
public:
    Lexer(std::string_view text, LexMode mode, Pos from);
    Token next();  // end_of_file again and again at the end

private:
    enum class Mode : uint8_t { normal, quoted, heredoc, bare_template };
    struct State {
        Mode mode;
        int braces;  // open within this interpolation
        std::string_view marker;
        bool line_start;
    };

    char peek(size_t offset = 0) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }
    bool starts(std::string_view prefix) const { return text_.substr(at_, prefix.size()) == prefix; }
    size_t literal_step() const { return starts("$${") || starts("%%{") ? 3 : 1; }
    void emit(TokenType type);
    void emit(TokenType type, size_t length);
    void skip();
    void advance();
    void blanks();
    void normal();
    void line_comment();
    void number();
    void brace();
    bool identifier();
    bool open_heredoc();
    void operators();
    bool template_sequence();
    void quoted();
    void heredoc();
    void bare_template();

    std::string_view text_;
    size_t at_;     // the next byte to look at
    size_t begin_;  // where the token under way began
    Pos mark_;      // the position of begin_
    Pos pos_;       // the position of the last byte that advance() has seen
    std::vector<State> states_;
    bool open_comment_ = false;  // no block comment ends behind this
    std::vector<Token> ready_;   // made, but not taken yet
    size_t ready_at_ = 0;
};

// `from`..`to` of the source's text. The last token is always end_of_file.
std::vector<Token> lex(const Source& source, LexMode mode, Pos from, Pos to);

// Reports what is not in the language; most of it once for a source.
class TokenChecks {
public:
    void check(const Token& token, const Shared<Source>& source, Diagnostics& diags);

private:
    bool told_bitwise_ = false, told_apostrophe_ = false, told_backtick_ = false, told_semicolon_ = false,
         told_utf8_ = false, told_power_ = false;
};

}  // namespace drover::hcl
