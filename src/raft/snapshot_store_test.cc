#include "raft/snapshot_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "raft/memory_disk.h"

namespace drover::raft {
namespace {

std::string some_bytes(uint64_t seed, size_t size) {
    SeededRng rng(seed);
    std::string bytes(size, '\0');
    rng.fill({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
    return bytes;
}

SnapshotInfo info_of(uint64_t index) { return {index, 3, index - 1, "configuration " + std::to_string(index), 0}; }

Result<std::string> read_all(SnapshotReader& reader) {
    std::string all, piece(50000, '\0');
    for (;;) {
        auto count = reader.read(piece);
        if (!count) return tl::unexpected(count.error());
        if (*count == 0) return all;
        all.append(piece, 0, *count);
    }
}

struct SnapshotStoreTest : testing::Test {
    SeededRng rng{1};
    MemoryDisk disk{rng};
    std::unique_ptr<SnapshotStore> store;

    void open() {
        store.reset();
        auto opened = SnapshotStore::open(disk);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
    }

    Result<SnapshotInfo> write(uint64_t index, size_t size) {
        auto writer = store->create(info_of(index));
        if (!writer) return tl::unexpected(writer.error());
        const std::string bytes = some_bytes(index, size);
        for (size_t at = 0; at < size; at += 70000) {
            auto written = (*writer)->write(std::string_view(bytes).substr(at, 70000));
            if (!written) return tl::unexpected(written.error());
        }
        return (*writer)->commit();
    }

    void expect_newest(uint64_t index, size_t size) {
        ASSERT_TRUE(store->newest());
        EXPECT_EQ(store->newest()->index, index);
        EXPECT_EQ(store->newest()->term, 3u);
        EXPECT_EQ(store->newest()->configuration_index, index - 1);
        EXPECT_EQ(store->newest()->configuration, info_of(index).configuration);
        EXPECT_EQ(store->newest()->bytes, disk.contents("snapshot").size());
        auto reader = store->reader();
        ASSERT_TRUE(reader);
        auto bytes = read_all(**reader);
        ASSERT_TRUE(bytes) << bytes.error().message;
        EXPECT_EQ(*bytes, some_bytes(index, size));
    }

    // The newest snapshot's file, as another server gets it.
    std::string sent() {
        auto file = store->open_newest();
        std::string bytes((*file)->info().bytes, '\0');
        EXPECT_EQ(*(*file)->read_at(0, bytes), bytes.size());
        return bytes;
    }

    Result<SnapshotInfo> receive(std::string_view bytes) {
        auto receiver = store->receive();
        if (!receiver) return tl::unexpected(receiver.error());
        for (size_t at = 0; at < bytes.size(); at += 9000) {
            auto written = (*receiver)->write(bytes.substr(at, 9000));
            if (!written) return tl::unexpected(written.error());
        }
        EXPECT_EQ((*receiver)->received(), bytes.size());
        return (*receiver)->commit();
    }
};

TEST_F(SnapshotStoreTest, a_new_disk_has_none) {
    open();
    EXPECT_FALSE(store->newest());
    EXPECT_EQ(store->reader().error().code, ErrorCode::not_found);
    EXPECT_EQ(store->open_newest().error().code, ErrorCode::not_found);
}

TEST_F(SnapshotStoreTest, reads_back_what_was_written_and_keeps_the_newest_alone) {
    open();
    uint64_t index = 10;
    for (size_t size : {0, 1, 1000, 256 << 10, (256 << 10) + 1, 3000000}) {
        auto info = write(++index, size);
        ASSERT_TRUE(info) << info.error().message;
        expect_newest(index, size);
        open();
        expect_newest(index, size);
        EXPECT_EQ(disk.list()->size(), 1u);
    }
}

TEST_F(SnapshotStoreTest, one_that_is_not_finished_leaves_nothing) {
    open();
    ASSERT_TRUE(write(5, 1000));
    {
        auto writer = store->create(info_of(6));
        ASSERT_TRUE((*writer)->write(some_bytes(1, 600000)));
        EXPECT_EQ(store->create(info_of(7)).error().code, ErrorCode::conflict);
        auto receiver = store->receive();
        ASSERT_TRUE((*receiver)->write("bytes"));
        EXPECT_EQ(store->receive().error().code, ErrorCode::conflict);
        EXPECT_EQ(disk.list()->size(), 3u);
    }
    EXPECT_EQ(disk.list()->size(), 1u);
    expect_newest(5, 1000);
    ASSERT_TRUE(write(6, 1000));
    disk.put("snapshot.new", "rest");
    disk.put("snapshot.received", "rest");
    open();
    EXPECT_EQ(disk.list()->size(), 1u);
}

TEST_F(SnapshotStoreTest, stays_readable_when_it_is_replaced) {
    open();
    ASSERT_TRUE(write(5, 700000));
    auto reader = store->reader();
    auto file = store->open_newest();
    const std::string before = disk.contents("snapshot");
    ASSERT_TRUE(write(6, 10));
    EXPECT_EQ((*reader)->info().index, 5u);
    EXPECT_EQ(*read_all(**reader), some_bytes(5, 700000));
    std::string bytes((*file)->info().bytes, '\0');
    ASSERT_TRUE((*file)->read_at(0, bytes));
    EXPECT_EQ(bytes, before);
}

TEST_F(SnapshotStoreTest, an_older_one_does_not_replace_a_newer) {
    open();
    auto slow = store->create(info_of(5));
    ASSERT_TRUE(slow);
    EXPECT_EQ(write(5, 0).error().code, ErrorCode::conflict);
    SeededRng other_rng(2);
    MemoryDisk other_disk(other_rng);
    auto other = SnapshotStore::open(other_disk);
    ASSERT_TRUE((*(*other)->create(info_of(9)))->commit());
    ASSERT_TRUE(receive(other_disk.contents("snapshot")));
    EXPECT_EQ((*slow)->commit().error().code, ErrorCode::conflict);
    EXPECT_EQ((*slow)->commit().error().code, ErrorCode::internal);
    EXPECT_EQ(store->newest()->index, 9u);
    EXPECT_EQ(disk.list()->size(), 1u);
}

TEST_F(SnapshotStoreTest, what_is_received_is_the_sent_file) {
    open();
    ASSERT_TRUE(write(5, 1000000));
    const std::string bytes = sent();
    SeededRng other_rng(2);
    MemoryDisk other_disk(other_rng);
    auto other = SnapshotStore::open(other_disk);
    auto receiver = (*other)->receive();
    ASSERT_TRUE((*receiver)->write(bytes));
    auto info = (*receiver)->commit();
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->index, 5u);
    EXPECT_EQ(info->configuration, "configuration 5");
    EXPECT_EQ(info->bytes, bytes.size());
    EXPECT_EQ(other_disk.contents("snapshot"), bytes);
}

TEST_F(SnapshotStoreTest, a_received_file_is_checked_before_it_takes_its_place) {
    open();
    ASSERT_TRUE(write(6, 600000));
    const std::string bytes = sent();
    ASSERT_TRUE(write(7, 100));
    for (size_t at = 0; at < bytes.size(); at += 997) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 16);
        ASSERT_FALSE(receive(damaged)) << at;
    }
    EXPECT_FALSE(receive(bytes.substr(0, bytes.size() - 1)));
    EXPECT_FALSE(receive(bytes.substr(0, bytes.size() - 8)));
    EXPECT_FALSE(receive(bytes + "x"));
    EXPECT_FALSE(receive(""));
    EXPECT_EQ(disk.list()->size(), 1u);
    expect_newest(7, 100);
}

TEST_F(SnapshotStoreTest, blocks_belong_to_their_file_and_place) {
    open();
    ASSERT_TRUE(write(6, 2 * (256 << 10)));
    std::string bytes = sent();
    const size_t block = 8 + (256 << 10);
    const size_t first = bytes.size() - 8 - 2 * block;
    const std::string swapped = bytes.substr(0, first) + bytes.substr(first + block, block) +
                                bytes.substr(first, block) + bytes.substr(first + 2 * block);
    ASSERT_EQ(swapped.size(), bytes.size());
    EXPECT_FALSE(receive(swapped));
    EXPECT_FALSE(receive(bytes.substr(0, first + block) + bytes.substr(first + 2 * block)));
    bytes[16] = 7;  // another index
    EXPECT_FALSE(receive(bytes));
    EXPECT_TRUE(receive(sent()));
}

TEST_F(SnapshotStoreTest, damage_is_an_error_that_names_file_and_offset) {
    open();
    ASSERT_TRUE(write(6, 600000));
    disk.flip_bit("snapshot", 400000, 1);
    open();
    EXPECT_EQ(store->newest()->index, 6u);
    auto reader = store->reader();
    auto bytes = read_all(**reader);
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, ErrorCode::internal);
    EXPECT_NE(bytes.error().message.find("memory:snapshot, offset 2622"), std::string::npos) << bytes.error().message;
    disk.flip_bit("snapshot", 20, 1);
    auto opened = SnapshotStore::open(disk);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("memory:snapshot"), std::string::npos);
}

TEST_F(SnapshotStoreTest, on_a_full_disk_the_newest_stays) {
    open();
    ASSERT_TRUE(write(6, 600000));
    disk.set_capacity(disk.contents("snapshot").size() + 300000);
    EXPECT_EQ(write(7, 600000).error().code, ErrorCode::too_large);
    EXPECT_EQ(receive(disk.contents("snapshot")).error().code, ErrorCode::too_large);
    EXPECT_EQ(disk.list()->size(), 1u);
    expect_newest(6, 600000);
    disk.set_capacity(UINT64_MAX);
    EXPECT_TRUE(write(7, 600000));
}

TEST_F(SnapshotStoreTest, refuses_a_configuration_over_its_limit) {
    open();
    SnapshotInfo info = info_of(4);
    info.configuration = std::string((1 << 20) + 1, 'c');
    EXPECT_EQ(store->create(info).error().code, ErrorCode::bad_request);
    info.configuration = std::string(1 << 20, 'c');
    ASSERT_TRUE((*store->create(info))->commit());
    open();
    EXPECT_EQ(store->newest()->configuration, info.configuration);
}

// Whatever moment the machine stops at, there is a whole snapshot: the last that was committed, or the one on its way.
TEST(SnapshotStore, there_is_always_a_whole_one) {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        SeededRng rng(seed);
        MemoryDisk disk(rng);
        uint64_t committed = 0;
        for (int round = 0; round < 8; ++round) {
            auto store = SnapshotStore::open(disk);
            ASSERT_TRUE(store) << store.error().message;
            const uint64_t found = (*store)->newest() ? (*store)->newest()->index : 0;
            ASSERT_TRUE(found == committed || found == committed + 10) << found << " " << committed;
            committed = found;
            if (found != 0) {
                auto bytes = read_all(**(*store)->reader());
                ASSERT_TRUE(bytes) << bytes.error().message;
                ASSERT_EQ(*bytes, some_bytes(found, found * 100));
            }
            if (rng.below(2)) disk.fail_syncs(rng.below(3));
            auto writer = (*store)->create(info_of(committed + 10));
            if (writer && (*writer)->write(some_bytes(committed + 10, (committed + 10) * 100)) && rng.below(4) != 0 &&
                (*writer)->commit()) {
                committed += 10;
            }
            disk.crash();
        }
    }
}

TEST(SnapshotStore, keeps_its_word_on_a_real_disk) {
    const std::string folder = testing::TempDir() + "/drover_snapshot_store_test";
    std::filesystem::remove_all(folder);
    auto disk = open_disk(folder);
    ASSERT_TRUE(disk);
    const std::string bytes = some_bytes(1, 20 << 20);
    {
        auto store = SnapshotStore::open(**disk);
        ASSERT_TRUE(store);
        auto writer = (*store)->create(info_of(5));
        ASSERT_TRUE((*writer)->write(bytes));
        ASSERT_TRUE((*writer)->commit());
    }
    auto store = SnapshotStore::open(**disk);
    ASSERT_TRUE(store);
    EXPECT_EQ(*read_all(**(*store)->reader()), bytes);
    EXPECT_EQ((*disk)->list(), std::vector<std::string>{"snapshot"});
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace drover::raft
