#include "server/namespace_hash.h"

#include <array>
#include <bit>
#include <cstring>

namespace drover::server {
namespace {

// BLAKE2b with a digest of 32 bytes and no key (RFC 7693).
class Blake2b {
public:
    void add(std::string_view bytes) {
        for (const char c : bytes) {
            if (used_ == block_.size()) compress(false);
            block_[used_++] = static_cast<uint8_t>(c);
        }
    }
    std::string finish() {
        compress(true);
        return {reinterpret_cast<const char*>(state_.data()), 32};
    }

private:
    static constexpr std::array<uint64_t, 8> kStart = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                                       0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                                       0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
    static constexpr uint8_t kOrder[12][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
        {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
        {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
        {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3}};

    void compress(bool last) {
        std::fill(block_.begin() + static_cast<std::ptrdiff_t>(used_), block_.end(), uint8_t{0});
        total_ += used_;
        used_ = 0;
        std::array<uint64_t, 16> m, v;
        std::memcpy(m.data(), block_.data(), block_.size());
        for (size_t i = 0; i < 8; ++i) v[i] = state_[i], v[i + 8] = kStart[i];
        v[12] ^= total_;
        if (last) v[14] = ~v[14];
        const auto mix = [&](size_t a, size_t b, size_t c, size_t d, uint64_t x, uint64_t y) {
            v[a] += v[b] + x, v[d] = std::rotr(v[d] ^ v[a], 32);
            v[c] += v[d], v[b] = std::rotr(v[b] ^ v[c], 24);
            v[a] += v[b] + y, v[d] = std::rotr(v[d] ^ v[a], 16);
            v[c] += v[d], v[b] = std::rotr(v[b] ^ v[c], 63);
        };
        for (const auto& s : kOrder) {
            for (size_t i = 0; i < 4; ++i) mix(i, i + 4, i + 8, i + 12, m[s[2 * i]], m[s[2 * i + 1]]);
            for (size_t i = 0; i < 4; ++i)
                mix(i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12, m[s[8 + 2 * i]], m[s[9 + 2 * i]]);
        }
        for (size_t i = 0; i < 8; ++i) state_[i] ^= v[i] ^ v[i + 8];
    }

    std::array<uint64_t, 8> state_ = [] {
        auto state = kStart;
        state[0] ^= 0x01010000 ^ 32;
        return state;
    }();
    std::array<uint8_t, 128> block_{};
    size_t used_ = 0;
    uint64_t total_ = 0;
};

}  // namespace

Bytes namespace_hash(const model::Namespace& ns) {
    Blake2b hash;
    hash.add(ns.Name);
    hash.add(ns.Description);
    hash.add(ns.Quota);
    if (ns.Capabilities) {
        for (const auto* list : {&ns.Capabilities->EnabledTaskDrivers, &ns.Capabilities->DisabledTaskDrivers,
                                 &ns.Capabilities->EnabledNetworkModes, &ns.Capabilities->DisabledNetworkModes}) {
            for (const std::string& item : *list) hash.add(item);
        }
    }
    for (const auto& [key, value] : ns.Meta) hash.add(key), hash.add(value);
    return Bytes(hash.finish());
}

}  // namespace drover::server
