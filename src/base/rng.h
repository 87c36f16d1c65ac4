#pragma once
// Randomness, passed in. Tests pass a SeededRng.

#include <cstdint>
#include <mutex>
#include <span>

namespace drover {

// Any thread may call an Rng.
class Rng {
public:
    virtual ~Rng() = default;
    virtual uint64_t next() = 0;
    uint64_t below(uint64_t bound) { return bound == 0 ? 0 : next() % bound; }  // in [0, bound)
    void fill(std::span<uint8_t> bytes);
};

// From the kernel; fit for identifiers and secrets.
class SystemRng final : public Rng {
public:
    uint64_t next() override;

private:
    std::mutex mutex_;
    uint64_t pool_[64] = {};
    size_t left_ = 0;
};

// Reproducible (splitmix64). Never for secrets.
class SeededRng final : public Rng {
public:
    explicit SeededRng(uint64_t seed) : state_(seed) {}
    uint64_t next() override;

private:
    std::mutex mutex_;
    uint64_t state_;
};

}  // namespace drover
