#pragma once
// Many callers who each do the same thing again and again, and what is to be said of it afterwards. One loop.

#include <functional>
#include <string>
#include <vector>

#include "codec/json.h"
#include "net/loop.h"

namespace drover::load {

// The operation of that number: they count from 0, across all callers.
using Operation = std::function<net::Task<Result<>>(int number)>;

struct Tally {
    Duration span;
    uint64_t done = 0;
    uint64_t failed = 0;
    std::string first_error;
    std::vector<int64_t> latencies_ns;
    // The longest times in which nothing was done, with when they began.
    struct Gap {
        Duration length, since_begin;
    };
    std::vector<Gap> gaps;

    double rate() const { return span.ns > 0 ? static_cast<double>(done) / span.seconds() : 0; }
    void write(codec::JsonWriter& json);  // its members, into an open object
};

// `limit` operations, or with 0 as many as are begun within `seconds`.
net::Task<Tally> call_again_and_again(net::Loop& loop, int callers, int limit, double seconds, Operation operation);

}  // namespace drover::load
