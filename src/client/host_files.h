#pragma once
// Small files of the system, read whole. Pure but for the reading.

#include <cstdint>
#include <string>

namespace drover::client {

// Empty if it cannot be read; at most a few megabytes.
std::string read_host_file(const std::string& path);
// The number that a file holds alone, or the fallback.
int64_t read_host_number(const std::string& path, int64_t fallback);

}  // namespace drover::client
