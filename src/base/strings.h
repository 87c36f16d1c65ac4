#pragma once
// Text as Go's strconv and strings write and read it, because Nomad's messages and formats are made by them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drover {

// 1 t T TRUE true True / 0 f F FALSE false False.
std::optional<bool> parse_bool(std::string_view text);

// Decimal, whole text, no sign for the unsigned one. Nothing on overflow or garbage.
std::optional<int64_t> parse_int(std::string_view text);
std::optional<uint64_t> parse_uint(std::string_view text);
std::optional<double> parse_float(std::string_view text);

// Double-quoted with Go's escapes (strconv.Quote, fmt's %q).
std::string quote(std::string_view text);

// The shortest digits that read back the same; exponent form below 1e-6 and from 1e21 on. `2` for 2.0.
std::string format_float(double value);

bool has_prefix(std::string_view text, std::string_view prefix);
bool has_suffix(std::string_view text, std::string_view suffix);
std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text);
bool equal_fold(std::string_view a, std::string_view b);  // ASCII

std::vector<std::string> split(std::string_view text, char separator);  // "a,,b" has three parts; "" has one
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// Whether text matches pattern, in which * stands for any run of characters.
bool glob_match(std::string_view pattern, std::string_view text);

// Valid UTF-8, with every byte that is not part of a valid sequence replaced by U+FFFD (as Go does).
std::string to_valid_utf8(std::string_view text);
bool is_valid_utf8(std::string_view text);

}  // namespace drover
