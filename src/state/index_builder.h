#pragma once
// IndexBuilder: builds indexes from very many entries that come in no order. They are put in many at a time and in
// their order: one after the other they would each meet another part of a tree that is far larger than the processor's
// cache. Once there are many, a thread of its own does that, while the caller reads on.
//
// Belongs to one thread.

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "state/tables.h"
#include "state/txn.h"

namespace drover::state {

class IndexBuilder {
public:
    // `edit`: that of the transaction which gets the indexes.
    explicit IndexBuilder(uint64_t edit) : edit_(edit) {}
    ~IndexBuilder();
    IndexBuilder(const IndexBuilder&) = delete;

    void add(Index index, std::string_view key);
    // Brings all that was added into the transaction. The builder is used up.
    void finish(Txn& txn);

private:
    static constexpr size_t kMany = 131072;  // entries that are put in together
    static constexpr size_t kMostWaiting = 2;

    // Entries of one index.
    struct Part {
        std::string bytes;
        std::vector<std::pair<size_t, uint32_t>> places;  // in the bytes: where, and how long
    };
    using Work = std::pair<size_t, Part>;  // the number of the index

    void hand_over(size_t index);
    void build(size_t index, Part part);
    void run();
    void end_thread();

    const uint64_t edit_;
    std::array<Part, kIndexes> parts_;

    // The thread's while there is one.
    std::array<Tree<Nothing>, kIndexes> trees_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Work> waiting_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace drover::state
