#pragma once
// Large answers to reads, kept for as long as the state is the very same: a read is a function of the state and the
// request, so that many who ask the same are given the same bytes. An index must name one state only: who puts another
// state in its place needs another cache. Bounded; belongs to the loop of the HTTP interface.

#include <cstdint>
#include <list>
#include <string>
#include <string_view>

#include "net/http.h"

namespace drover::agent {

class ResponseCache {
public:
    static constexpr size_t kLeastBody = 16 << 10;  // smaller ones cost no more to make than to find
    static constexpr size_t kMostBytes = 16 << 20;  // of all together

    // The answer to `request` (all of it that the answer depends on) at that index of the state, or null. Valid until
    // the next put.
    const net::Response* find(std::string_view request, uint64_t index);
    // Turns the response's body into a shared one and keeps it, where it is large enough and not too large.
    void put(std::string request, uint64_t index, net::Response& response);

private:
    struct Entry {
        std::string request;
        uint64_t index;
        net::Response response;
    };
    void forget_others(uint64_t index);

    std::list<Entry> entries_;  // the latest first, all of one index
    size_t bytes_ = 0;
};

}  // namespace drover::agent
