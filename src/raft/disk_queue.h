#pragma once
// DiskQueue: what the log wants on disk, in the order in which it was asked, done on a thread that may block while the
// loop goes on. What waits when the disk is free goes as one group: one write and one sync for all entries. On a full
// disk entries keep their places and are tried again; votes and tasks go past them. Belongs to the log's loop.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/log.h"
#include "net/loop.h"
#include "raft/engine.h"
#include "raft/entry_store.h"
#include "raft/term_store.h"

namespace drover::raft {

class DiskQueue {
public:
    struct Events {
        // Entries first.. with these terms are safe.
        std::function<void(uint64_t first, const std::vector<uint64_t>& terms)> appended;
        std::function<void(uint64_t save)> saved;  // the record that save() numbered
        std::function<void(bool full)> full_changed;
        std::function<void(Error)> failed;  // nothing more will be written
    };

    DiskQueue(EntryStore& entries, TermStore& terms, net::Loop& loop, Events events);

    uint64_t save(TermRecord record);  // the number of this save
    void append(uint64_t first, std::vector<LogEntry> entries);
    // Runs in its turn on the blocking thread; then `done` on the loop. Tasks run after a failure, too.
    void task(std::function<void()> work, std::function<void()> done);
    bool full() const { return full_; }

    net::Task<> run(net::CancelToken cancel);  // until cancelled and nothing is under way
    bool idle() const { return waiting_.empty() && !busy_; }

private:
    struct Item {
        enum class Kind { save, append, task } kind;
        TermRecord record;
        uint64_t number = 0;  // of a save, or the first index of an append
        std::vector<LogEntry> entries;
        std::function<void()> work, done;
        bool finished = false;
    };
    using Group = std::vector<Item>;
    // What stopped the items that are not finished.
    static Result<> perform(Group& group, EntryStore& entries, TermStore& terms);
    static Result<> perform_appends(Group& group, size_t begin, size_t end, EntryStore& entries);
    void finish(Group group, const Result<>& outcome);
    void set_full(bool full);

    EntryStore& entries_;
    TermStore& terms_;
    net::Loop& loop_;
    const Events events_;
    std::deque<Item> waiting_;
    net::Notify work_;
    uint64_t saves_ = 0;
    bool busy_ = false;
    bool full_ = false;
    bool failed_ = false;
};

}  // namespace drover::raft
