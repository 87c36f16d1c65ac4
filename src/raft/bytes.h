#pragma once
// Little-endian integers in the bytes of the storage formats. The caller has made sure that there is room.

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace drover::raft {

static_assert(std::endian::native == std::endian::little, "the formats on disk are read and written as they lie");

template <std::unsigned_integral T>
inline T get(const char* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

template <std::unsigned_integral T>
inline void put(char* at, T value) {
    std::memcpy(at, &value, sizeof value);
}

}  // namespace drover::raft
