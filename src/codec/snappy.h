#pragma once
// Snappy's block format: the payload of a dispatched job is kept so. Pure; what is read is bounded. Any thread.

#include <string>
#include <string_view>

#include "base/result.h"

namespace drover::codec {

inline constexpr size_t kMaxSnappyOutput = 16 << 20;

// Input of up to 4 GiB.
std::string snappy_encode(std::string_view in);
Result<std::string> snappy_decode(std::string_view in, size_t most = kMaxSnappyOutput);

}  // namespace drover::codec
