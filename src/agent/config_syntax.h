#pragma once
// The syntax of agent configuration files: HCL in its first version, and JSON. Both become the same tree: an object is
// a map; a block is a list of the objects that were written under its name; labels are maps between the two
// (`plugin "raw_exec" {}` is {"plugin": [{"raw_exec": [{}]}]}). Pure functions; input is bounded in size and depth.

#include <string_view>

#include "base/result.h"
#include "codec/any.h"

namespace drover::agent {

inline constexpr size_t kMaxConfigBytes = 4u << 20;
inline constexpr int kMaxConfigDepth = 64;

// The error says what is wrong and where: `3:14: expected a value`.
Result<codec::AnyMap> parse_hcl(std::string_view text);

// HCL, or JSON if the first character that is no space is `{`.
Result<codec::AnyMap> parse_config_text(std::string_view text);

}  // namespace drover::agent
