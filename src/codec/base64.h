#pragma once
// Base64 with padding, the standard alphabet (RFC 4648 section 4), as Go's JSON writes byte slices.

#include <optional>
#include <string>
#include <string_view>

namespace drover::codec {

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);  // CR and LF are skipped; nothing if malformed
// Where a text that does not decode is malformed, as Go counts: at the first wrong character, or where the last digits
// begin that make no byte.
size_t base64_error_at(std::string_view text);

}  // namespace drover::codec
