#include "net/connection_limiter.h"

#include <algorithm>

#include "base/assert.h"

namespace drover::net {

namespace {

constexpr double kRefusalsPerSecond = 10;
constexpr double kRefusalBurst = 100;

}  // namespace

bool ConnectionLimiter::enter(const std::string& host) {
    if (max_per_address_ == 0) return true;
    std::lock_guard lock(mutex_);
    size_t& count = counts_[host];
    if (count >= max_per_address_) return false;
    ++count;
    return true;
}

void ConnectionLimiter::leave(const std::string& host) {
    if (max_per_address_ == 0) return;
    std::lock_guard lock(mutex_);
    auto it = counts_.find(host);
    assert_always(it != counts_.end());
    if (--it->second == 0) counts_.erase(it);
}

bool ConnectionLimiter::may_refuse_politely(Duration now) {
    std::lock_guard lock(mutex_);
    tokens_ = std::min(kRefusalBurst, tokens_ + (now - refilled_).seconds() * kRefusalsPerSecond);
    refilled_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
}

}  // namespace drover::net
