#include "raft/disk_queue.h"

namespace drover::raft {
namespace {

constexpr Duration kRetryFull = milliseconds(500);
constexpr size_t kMaxGroup = 4096;

}  // namespace

DiskQueue::DiskQueue(EntryStore& entries, TermStore& terms, net::Loop& loop, Events events)
    : entries_(entries), terms_(terms), loop_(loop), events_(std::move(events)), work_(loop) {}

uint64_t DiskQueue::save(TermRecord record) {
    waiting_.push_back({Item::Kind::save, std::move(record), ++saves_, {}, nullptr, nullptr, false});
    work_.notify();
    return saves_;
}

void DiskQueue::append(uint64_t first, std::vector<LogEntry> entries) {
    waiting_.push_back({Item::Kind::append, {}, first, std::move(entries), nullptr, nullptr, false});
    work_.notify();
}

void DiskQueue::task(std::function<void()> work, std::function<void()> done) {
    waiting_.push_back({Item::Kind::task, {}, 0, {}, std::move(work), std::move(done), false});
    work_.notify();
}

net::Task<> DiskQueue::run(net::CancelToken cancel) {
    while (true) {
        // Nothing waits in vain for a task, whatever became of the disk.
        if (failed_ || (full_ && cancel.cancelled()))
            std::erase_if(waiting_, [](const Item& item) { return item.kind != Item::Kind::task; });
        if (waiting_.empty()) {
            if (cancel.cancelled()) co_return;
            (void)co_await work_.wait({net::Deadline::never(), cancel});
            continue;
        }
        Group group;
        while (!waiting_.empty() && group.size() < kMaxGroup) {
            group.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
        busy_ = true;
        auto shared = std::make_shared<Group>(std::move(group));
        auto outcome = co_await net::run_blocking(
            loop_, [shared, &entries = entries_, &terms = terms_] { return perform(*shared, entries, terms); });
        busy_ = false;
        finish(std::move(*shared), outcome);  // where the pool was full nothing is finished: once more
        if (full_ && !cancel.cancelled()) (void)co_await loop_.sleep(kRetryFull, cancel);
    }
}

Result<> DiskQueue::perform(Group& group, EntryStore& entries, TermStore& terms) {
    Result<> full;
    size_t i = 0;
    while (i < group.size()) {
        const size_t begin = i++;
        Item& item = group[begin];
        if (item.kind == Item::Kind::task) {
            item.work();
            item.finished = true;
            continue;
        }
        if (item.kind == Item::Kind::save) {
            if (auto saved = terms.save(item.record); !saved) return saved;
            item.finished = true;
            continue;
        }
        if (!full) continue;
        uint64_t next = item.number + item.entries.size();
        while (i < group.size() && group[i].kind == Item::Kind::append && group[i].number == next)
            next += group[i++].entries.size();
        Result<> appended = perform_appends(group, begin, i, entries);
        if (!appended && appended.error().code != ErrorCode::too_large) return appended;
        if (!appended) full = std::move(appended);
    }
    return full;
}

// Appends that follow each other, as one.
Result<> DiskQueue::perform_appends(Group& group, size_t begin, size_t end, EntryStore& entries) {
    std::vector<StoredEntry> stored;
    uint64_t index = group[begin].number;
    for (size_t i = begin; i < end; ++i) {
        for (const LogEntry& entry : group[i].entries) stored.push_back({index++, entry.term, entry.type, entry.data});
    }
    if (auto appended = entries.append(stored); !appended) return appended;
    for (size_t i = begin; i < end; ++i) group[i].finished = true;
    return {};
}

void DiskQueue::finish(Group group, const Result<>& outcome) {
    for (size_t i = group.size(); i > 0; --i) {
        if (!group[i - 1].finished) waiting_.push_front(std::move(group[i - 1]));
    }
    for (Item& item : group) {
        if (!item.finished) continue;
        if (item.kind == Item::Kind::save) events_.saved(item.number);
        if (item.kind == Item::Kind::task && item.done) item.done();
        if (item.kind == Item::Kind::append) {
            std::vector<uint64_t> terms;
            terms.reserve(item.entries.size());
            for (const LogEntry& entry : item.entries) terms.push_back(entry.term);
            events_.appended(item.number, terms);
        }
    }
    set_full(!outcome && outcome.error().code == ErrorCode::too_large);
    if (!outcome && !full_ && outcome.error().code != ErrorCode::unavailable) {
        failed_ = true;
        events_.failed(outcome.error());
    }
}

void DiskQueue::set_full(bool full) {
    if (full_ == full) return;
    full_ = full;
    events_.full_changed(full);
}

}  // namespace drover::raft
