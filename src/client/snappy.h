#pragma once
// Snappy's block format, reading only: the payload of a dispatched job is kept so. Pure; the output is bounded.

#include <string>
#include <string_view>

#include "base/result.h"

namespace drover::client {

inline constexpr size_t kMaxPayload = 16 << 20;

Result<std::string> snappy_decode(std::string_view in, size_t most = kMaxPayload);

}  // namespace drover::client
