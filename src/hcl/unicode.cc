#include "hcl/unicode.h"

#include <utf8proc.h>

#include <cstdlib>

namespace drover::hcl {

char32_t next_code_point(std::string_view text, size_t& at) {
    auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
        ++at;
        return byte;
    }
    utf8proc_int32_t c = -1;
    utf8proc_ssize_t n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                          static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    if (n <= 0 || c < 0) {
        ++at;
        return 0xFFFD;
    }
    at += static_cast<size_t>(n);
    return static_cast<char32_t>(c);
}

void append_code_point(std::string& out, char32_t c) {
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
    utf8proc_uint8_t buffer[4];
    utf8proc_ssize_t n = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), buffer);
    out.append(reinterpret_cast<const char*>(buffer), static_cast<size_t>(n));
}

std::string normalize(std::string_view text) {
    bool ascii = true;
    for (char c : text) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    if (ascii) return std::string(text);
    utf8proc_uint8_t* composed = nullptr;
    utf8proc_ssize_t n =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                     &composed, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    if (n < 0) {
        free(composed);
        return std::string(text);  // not UTF-8: there is nothing to compose
    }
    std::string out(reinterpret_cast<const char*>(composed), static_cast<size_t>(n));
    free(composed);
    return out;
}

size_t grapheme_length(std::string_view text, size_t at) {
    if (at >= text.size()) return 0;
    size_t end = at;
    char32_t previous = next_code_point(text, end);
    utf8proc_int32_t state = 0;
    while (end < text.size()) {
        size_t next = end;
        char32_t c = next_code_point(text, next);
        if (previous < 0x80 && c < 0x80 && !(previous == '\r' && c == '\n')) break;
        if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(previous), static_cast<utf8proc_int32_t>(c),
                                             &state)) {
            break;
        }
        previous = c;
        end = next;
    }
    return end - at;
}

size_t grapheme_count(std::string_view text) {
    const auto ascii = [&](size_t at) { return at >= text.size() || static_cast<unsigned char>(text[at]) < 0x80; };
    size_t count = 0;
    for (size_t at = 0; at < text.size(); ++count) {
        const bool alone = ascii(at) && text[at] != '\r' && ascii(at + 1);
        at += alone ? 1 : grapheme_length(text, at);
    }
    return count;
}

namespace {

utf8proc_category_t category(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

}  // namespace

bool is_letter(char32_t c) {
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    switch (category(c)) {
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LL:
        case UTF8PROC_CATEGORY_LT:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO: return true;
        default: return false;
    }
}

bool is_digit_or_number(char32_t c) {
    if (c < 0x80) return c >= '0' && c <= '9';
    return category(c) == UTF8PROC_CATEGORY_ND;
}

bool is_id_start(char32_t c) { return is_letter(c) || c == '_' || (c >= 0x80 && category(c) == UTF8PROC_CATEGORY_NL); }

bool is_id_continue(char32_t c) {
    if (is_id_start(c) || c == '-') return true;
    if (c < 0x80) return c >= '0' && c <= '9';
    switch (category(c)) {
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_MC:
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_PC: return true;
        default: return c == 0xB7 || c == 0x387;
    }
}

bool is_identifier(std::string_view text) {
    if (text.empty()) return false;
    size_t at = 0;
    if (!is_id_start(next_code_point(text, at))) return false;
    while (at < text.size()) {
        if (!is_id_continue(next_code_point(text, at))) return false;
    }
    return true;
}

bool is_space(char32_t c) {
    if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
    if (c == 0x85 || c == 0xA0) return true;
    switch (category(c)) {
        case UTF8PROC_CATEGORY_ZS:
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP: return true;
        default: return false;
    }
}

// The sharp s has a capital since 2017, but it is not its simple upper case mapping.
char32_t to_upper(char32_t c) {
    return c == 0xDF ? c : static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c)));
}
char32_t to_lower(char32_t c) { return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))); }
char32_t to_title(char32_t c) {
    return c == 0xDF ? c : static_cast<char32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(c)));
}

}  // namespace drover::hcl
