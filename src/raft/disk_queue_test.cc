#include "raft/disk_queue.h"

#include <gtest/gtest.h>

#include "net/virtual_loop.h"
#include "raft/memory_disk.h"

namespace drover::raft {
namespace {

struct DiskQueueTest : testing::Test {
    SeededRng rng{1};
    MemoryDisk disk{rng};
    net::VirtualLoop loop;
    net::TaskGroup group{loop};
    std::unique_ptr<EntryStore> entries = *EntryStore::open(disk, rng, {});
    std::unique_ptr<TermStore> terms = *TermStore::open(disk);
    std::vector<uint64_t> appended;
    std::string failure;
    DiskQueue queue{*entries, *terms, loop,
                    DiskQueue::Events{.appended = [this](uint64_t first, const auto&) { appended.push_back(first); },
                                      .saved = [](uint64_t) {},
                                      .full_changed = [](bool) {},
                                      .failed = [this](Error error) { failure = error.message; }}};

    void SetUp() override { group.spawn(queue.run(group.token())); }
    void append(uint64_t index) {
        auto data = std::make_shared<const std::string>("entry");
        queue.append(index, {LogEntry{1, RAFT_COMMAND, *data, data, nullptr}});
    }
    void end() {
        group.cancel(Error::canceled("the end"));
        net::run(loop, group.join());
    }
};

TEST_F(DiskQueueTest, what_waits_goes_in_order) {
    bool done = false;
    append(1);
    append(2);
    queue.task([] {}, [&] { done = appended == std::vector<uint64_t>{1, 2}; });
    loop.settle();
    EXPECT_TRUE(done);
    EXPECT_TRUE(queue.idle());
    end();
}

TEST_F(DiskQueueTest, a_task_behind_a_failure_ends) {
    bool done = false;
    disk.fail_syncs(0);
    append(1);
    queue.task([] {}, [&] { done = true; });
    loop.settle();
    EXPECT_FALSE(failure.empty());
    EXPECT_TRUE(appended.empty());
    EXPECT_TRUE(done);
    end();
}

TEST_F(DiskQueueTest, a_task_ends_though_the_disk_stays_full) {
    disk.set_capacity(0);
    append(1);
    loop.settle();
    EXPECT_TRUE(queue.full());
    bool done = false;
    queue.task([] {}, [&] { done = true; });
    end();
    EXPECT_TRUE(done);
    EXPECT_TRUE(appended.empty());
}

}  // namespace
}  // namespace drover::raft
