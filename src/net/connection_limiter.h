#pragma once
// Counts connections by source address, and paces the refusals. Any thread; shared by servers on several loops.

#include <mutex>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace drover::net {

class ConnectionLimiter {
public:
    explicit ConnectionLimiter(size_t max_per_address) : max_per_address_(max_per_address) {}  // 0: no limit

    bool enter(const std::string& host);
    void leave(const std::string& host);
    bool may_refuse_politely(Duration now);  // at most 10/s, 100 at once; else the connection is just closed

private:
    const size_t max_per_address_;
    std::mutex mutex_;
    std::unordered_map<std::string, size_t> counts_;
    double tokens_ = 100;
    Duration refilled_;
};

}  // namespace drover::net
