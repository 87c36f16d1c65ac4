// Files of version 1 of each format, kept as they were written once: they are read, and the same is written today.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "raft/entry_store.h"
#include "raft/memory_disk.h"
#include "raft/snapshot_store.h"
#include "raft/term_store.h"

namespace drover::raft {
namespace {

std::string fixture(const std::string& name) {
    std::ifstream file("src/raft/testdata/" + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

// Up to the end of the last record, which is a multiple of 8.
std::string without_unused_room(std::string bytes) {
    bytes.resize((bytes.find_last_not_of('\0') + 8) / 8 * 8);
    return bytes;
}

constexpr const char* kSegment = "log-0000000001.seg";
const EntryStoreConfig kConfig{.reserve_bytes = 0};

const std::vector<StoredEntry> kEntries = {
    {10, 1, 1, "first"}, {11, 2, 2, std::string_view("\0\0\0\0\0\0\0\0", 8)}, {12, 2, 1, ""}, {13, 3, 1, "last"}};

const TermRecord kTerm{7, 3, "5ff2be4b-9a5c-4ec9-9d43-5a2b1f9a3b11"};

SnapshotInfo snapshot_info() { return {13, 3, 10, "configuration", 0}; }
std::string snapshot_bytes() { return std::string(300000, 's'); }

// Every kind of record: entries in two batches, one of them damaged and put back, and a mark.
void write_log(MemoryDisk& disk, Rng& rng) {
    auto store = EntryStore::open(disk, rng, kConfig);
    ASSERT_TRUE((*store)->reset(10));
    ASSERT_TRUE((*store)->append(std::span(kEntries).first(3)));
    ASSERT_TRUE((*store)->append(std::span(kEntries).last(1)));
    disk.flip_bit(kSegment, 4096 + 56 + 8 + 8, 0);
    store = EntryStore::open(disk, rng, kConfig);
    ASSERT_EQ((*store)->holes().size(), 1u);
    ASSERT_TRUE((*store)->fill(std::span(kEntries).subspan(1, 1)));
    ASSERT_TRUE((*store)->close());
}

TEST(Formats, log_version_1_is_read_and_written) {
    SeededRng rng(1);
    MemoryDisk disk(rng);
    disk.put(kSegment, fixture("log-v1.seg"));
    auto store = EntryStore::open(disk, rng, kConfig);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ((*store)->first_index(), 10u);
    EXPECT_EQ((*store)->last_index(), 13u);
    EXPECT_TRUE((*store)->holes().empty());
    EXPECT_TRUE((*store)->repairs().empty());
    for (const StoredEntry& entry : kEntries) {
        auto read = (*store)->read(entry.index);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(read->term, entry.term);
        EXPECT_EQ(read->type, entry.type);
        EXPECT_EQ(*read->data, entry.data);
    }
    MemoryDisk today(rng);
    SeededRng salts(1);
    write_log(today, salts);
    EXPECT_EQ(without_unused_room(today.contents(kSegment)), fixture("log-v1.seg"));
}

TEST(Formats, term_version_1_is_read_and_written) {
    SeededRng rng(1);
    MemoryDisk disk(rng);
    disk.put("term-1", fixture("term-v1"));
    disk.put("term-2", fixture("term-v1"));
    auto store = TermStore::open(disk);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ((*store)->record().term, kTerm.term);
    EXPECT_EQ((*store)->record().voted_for, kTerm.voted_for);
    EXPECT_EQ((*store)->record().cluster_id, kTerm.cluster_id);
    MemoryDisk today(rng);
    ASSERT_TRUE((*TermStore::open(today))->save(kTerm));
    EXPECT_EQ(today.contents("term-1"), fixture("term-v1"));
}

TEST(Formats, snapshot_version_1_is_read_and_written) {
    SeededRng rng(1);
    MemoryDisk disk(rng);
    disk.put("snapshot", fixture("snapshot-v1"));
    auto store = SnapshotStore::open(disk);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ((*store)->newest()->index, 13u);
    EXPECT_EQ((*store)->newest()->term, 3u);
    EXPECT_EQ((*store)->newest()->configuration_index, 10u);
    EXPECT_EQ((*store)->newest()->configuration, "configuration");
    auto reader = (*store)->reader();
    std::string bytes(400000, '\0');
    size_t size = 0;
    for (size_t count = 1; count > 0; size += count) count = *(*reader)->read(std::span(bytes).subspan(size));
    EXPECT_EQ(bytes.substr(0, size), snapshot_bytes());
    MemoryDisk today(rng);
    auto writing = SnapshotStore::open(today);
    auto writer = (*writing)->create(snapshot_info());
    ASSERT_TRUE((*writer)->write(snapshot_bytes()));
    ASSERT_TRUE((*writer)->commit());
    EXPECT_EQ(today.contents("snapshot"), fixture("snapshot-v1"));
}

}  // namespace
}  // namespace drover::raft
