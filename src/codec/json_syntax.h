#pragma once
// Says what is wrong with text that is not JSON, in the words of Go's encoding/json, which clients show to people.

#include <string>
#include <string_view>

namespace drover::codec {

// `text` is known to be malformed: "EOF", "unexpected EOF" or "invalid character 'x' looking for beginning of value".
std::string explain_json_error(std::string_view text);

}  // namespace drover::codec
