#include "state/index_builder.h"

#include <algorithm>

namespace drover::state {

IndexBuilder::~IndexBuilder() {
    {
        std::lock_guard lock(mutex_);
        waiting_.clear();
    }
    end_thread();
}

void IndexBuilder::add(Index index, std::string_view key) {
    Part& part = parts_[static_cast<size_t>(index)];
    part.places.emplace_back(part.bytes.size(), static_cast<uint32_t>(key.size()));
    part.bytes += key;
    if (part.places.size() >= kMany) hand_over(static_cast<size_t>(index));
}

void IndexBuilder::hand_over(size_t index) {
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_.size() < kMostWaiting; });
        waiting_.emplace_back(index, std::exchange(parts_[index], {}));
    }
    changed_.notify_all();
}

void IndexBuilder::build(size_t index, Part part) {
    const auto key = [&](const auto& place) { return std::string_view(part.bytes).substr(place.first, place.second); };
    std::sort(part.places.begin(), part.places.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
    for (const auto& place : part.places) trees_[index].put(edit_, key(place), {});
}

void IndexBuilder::run() {
    while (true) {
        Work work;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            work = std::move(waiting_.front());
            waiting_.pop_front();
        }
        changed_.notify_all();
        build(work.first, std::move(work.second));
    }
}

// After all that waits is done.
void IndexBuilder::end_thread() {
    if (!thread_.joinable()) return;
    {
        std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void IndexBuilder::finish(Txn& txn) {
    end_thread();
    for (size_t i = 0; i < kIndexes; ++i) {
        build(i, std::move(parts_[i]));
        txn.put_entries(static_cast<Index>(i), std::move(trees_[i]));
    }
}

}  // namespace drover::state
