#pragma once
// What HCL asks of Unicode: normal form C, grapheme clusters (columns, string lengths), identifier characters and the
// case of single code points. Pure functions over UTF-8; invalid bytes count as one U+FFFD each.

#include <cstdint>
#include <string>
#include <string_view>

namespace drover::hcl {

// Decodes the code point at `at` and moves `at` behind it.
char32_t next_code_point(std::string_view text, size_t& at);
void append_code_point(std::string& out, char32_t c);

std::string normalize(std::string_view text);

// Length in bytes of the grapheme cluster at `at`; 0 at the end.
size_t grapheme_length(std::string_view text, size_t at);
size_t grapheme_count(std::string_view text);

bool is_id_start(char32_t c);
bool is_id_continue(char32_t c);  // with '-', which HCL allows inside names
bool is_identifier(std::string_view text);
bool is_letter(char32_t c);
bool is_digit_or_number(char32_t c);
bool is_space(char32_t c);

char32_t to_upper(char32_t c);
char32_t to_lower(char32_t c);
char32_t to_title(char32_t c);

}  // namespace drover::hcl
