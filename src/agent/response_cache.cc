#include "agent/response_cache.h"

#include <memory>

namespace drover::agent {

const net::Response* ResponseCache::find(std::string_view request, uint64_t index) {
    forget_others(index);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->request != request) continue;
        entries_.splice(entries_.begin(), entries_, entry);
        return &entries_.front().response;
    }
    return nullptr;
}

void ResponseCache::put(std::string request, uint64_t index, net::Response& response) {
    const size_t size = response.body.size();
    if (size < kLeastBody || size > kMostBytes) return;
    forget_others(index);
    response.shared_body = std::make_shared<const std::string>(std::move(response.body));
    response.body.clear();
    entries_.push_front({std::move(request), index, response});
    bytes_ += size;
    while (bytes_ > kMostBytes) {
        bytes_ -= entries_.back().response.shared_body->size();
        entries_.pop_back();
    }
}

void ResponseCache::forget_others(uint64_t index) {
    if (entries_.empty() || entries_.front().index == index) return;
    entries_.clear();
    bytes_ = 0;
}

}  // namespace drover::agent
