#pragma once
// CRC-32C (Castagnoli), the checksum of everything that the log's storage writes. Uses the processor's instruction
// where it has one. Any thread.

#include <cstdint>
#include <string_view>

namespace drover::raft {

// Of `bytes` after what `before` is the checksum of (0: nothing).
uint32_t crc32c(std::string_view bytes, uint32_t before = 0);

// The same by tables, on any processor.
uint32_t crc32c_portable(std::string_view bytes, uint32_t before = 0);

}  // namespace drover::raft
