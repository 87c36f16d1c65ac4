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

// `from`..`to` of the source's text. The last token is always end_of_file.
std::vector<Token> lex(const Source& source, LexMode mode, Pos from, Pos to);

void check_tokens(const std::vector<Token>& tokens, const Shared<Source>& source, Diagnostics& diags);

}  // namespace drover::hcl
