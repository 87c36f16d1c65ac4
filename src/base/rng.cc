#include "base/rng.h"

#include <sys/random.h>

#include <cstring>

#include "base/assert.h"

namespace drover {

void Rng::fill(std::span<uint8_t> bytes) {
    for (size_t at = 0; at < bytes.size(); at += 8) {
        const uint64_t word = next();
        std::memcpy(bytes.data() + at, &word, std::min<size_t>(8, bytes.size() - at));
    }
}

uint64_t SystemRng::next() {
    std::lock_guard lock(mutex_);
    if (left_ == 0) {
        size_t got = 0;
        while (got < sizeof pool_) {
            const ssize_t n = getrandom(reinterpret_cast<char*>(pool_) + got, sizeof pool_ - got, 0);
            assert_always(n > 0 || errno == EINTR);
            if (n > 0) got += static_cast<size_t>(n);
        }
        left_ = std::size(pool_);
    }
    return pool_[--left_];
}

uint64_t SeededRng::next() {
    std::lock_guard lock(mutex_);
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

}  // namespace drover
