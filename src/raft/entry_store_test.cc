#include "raft/entry_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "raft/log_record.h"
#include "raft/memory_disk.h"
#include "raft/segment_scan.h"

namespace drover::raft {
namespace {

// Data that tells its index and term, of any length, with runs of zeros in it.
std::string data_of(uint64_t index, uint64_t term, size_t size) {
    std::string data = std::to_string(index) + "/" + std::to_string(term) + "/";
    data.resize(std::max(data.size(), size), '\0');
    return data;
}

struct EntryStoreTest : testing::Test {
    SeededRng rng{1};
    MemoryDisk disk{rng};
    EntryStoreConfig config{.segment_bytes = 256 << 10, .reserve_bytes = 0};
    std::unique_ptr<EntryStore> store;

    void open() {
        store.reset();
        auto opened = EntryStore::open(disk, rng, config);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
    }

    Result<> add(uint64_t first, uint64_t count, uint64_t term = 1, size_t size = 100) {
        std::vector<std::string> data;
        std::vector<StoredEntry> entries;
        for (uint64_t i = 0; i < count; ++i) data.push_back(data_of(first + i, term, size));
        for (uint64_t i = 0; i < count; ++i) entries.push_back({first + i, term, 3, data[i]});
        return store->append(entries);
    }

    Result<> refill(uint64_t first, uint64_t count, uint64_t term = 1, size_t size = 100) {
        std::vector<std::string> data;
        std::vector<StoredEntry> entries;
        for (uint64_t i = 0; i < count; ++i) data.push_back(data_of(first + i, term, size));
        for (uint64_t i = 0; i < count; ++i) entries.push_back({first + i, term, 3, data[i]});
        return store->fill(entries);
    }

    void expect_entries(uint64_t first, uint64_t last, uint64_t term = 1, size_t size = 100) {
        for (uint64_t index = first; index <= last; ++index) {
            auto entry = store->read(index);
            ASSERT_TRUE(entry) << index << ": " << entry.error().message;
            EXPECT_EQ(entry->index, index);
            EXPECT_EQ(entry->term, term);
            EXPECT_EQ(entry->type, 3);
            EXPECT_EQ(*entry->data, data_of(index, term, size));
            EXPECT_EQ(store->term_of(index), term);
        }
    }

    void expect_range(uint64_t first, uint64_t last) {
        EXPECT_EQ(store->first_index(), first);
        EXPECT_EQ(store->last_index(), last);
    }

    std::vector<std::string> files() { return *disk.list(); }

    // Where the records of a segment lie.
    std::vector<ScannedRecord> records(const std::string& name) {
        auto file = disk.open(name, Disk::Open::existing);
        std::string bytes(kSegmentHeaderBytes, '\0');
        EXPECT_TRUE((*file)->read_at(0, bytes));
        return scan_segment(**file, decode_segment_header(bytes)->header.salt, false)->records;
    }

    ScannedRecord record_of(const std::string& name, uint64_t index) {
        for (const ScannedRecord& record : records(name)) {
            if (record.header.kind == RecordKind::entry && record.header.index == index) return record;
        }
        ADD_FAILURE() << "no entry " << index << " in " << name;
        return {};
    }

    void expect_hole(uint64_t first, uint64_t last) {
        ASSERT_EQ(store->holes().size(), 1u);
        EXPECT_EQ(store->holes()[0].first, first);
        EXPECT_EQ(store->holes()[0].last, last);
        EXPECT_NE(store->holes()[0].where.find("memory:log-"), std::string::npos);
        EXPECT_EQ(store->term_of(first), 0u);
        auto read = store->read(first);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, ErrorCode::not_found);
    }
};

constexpr const char* kFirst = "log-0000000001.seg";
constexpr const char* kSecond = "log-0000000002.seg";

TEST_F(EntryStoreTest, an_empty_disk_is_an_empty_log_and_stays_empty) {
    open();
    expect_range(1, 0);
    EXPECT_TRUE(files().empty());
    EXPECT_EQ(store->term_of(1), 0u);
    EXPECT_EQ(store->read(1).error().code, ErrorCode::not_found);
    EXPECT_TRUE(store->close());
    EXPECT_TRUE(files().empty());
}

TEST_F(EntryStoreTest, what_was_appended_is_read_back_before_and_after_opening_again) {
    open();
    for (size_t size : {0, 1, 7, 8, 9, 500, 5000, 100000}) {
        const uint64_t first = store->last_index() + 1;
        ASSERT_TRUE(add(first, 3, 1, size));
        expect_entries(first, first + 2, 1, size);
    }
    const uint64_t last = store->last_index();
    open();
    expect_range(1, last);
    uint64_t index = 1;
    for (size_t size : {0, 1, 7, 8, 9, 500, 5000, 100000}) {
        expect_entries(index, index + 2, 1, size);
        index += 3;
    }
    EXPECT_TRUE(store->holes().empty());
    EXPECT_TRUE(store->repairs().empty());
}

TEST_F(EntryStoreTest, a_batch_is_one_sync) {
    open();
    ASSERT_TRUE(add(1, 1));
    const uint64_t before = disk.syncs();
    ASSERT_TRUE(add(2, 256));
    EXPECT_EQ(disk.syncs(), before + 1);
    EXPECT_EQ(store->syncs(), disk.syncs());
}

TEST_F(EntryStoreTest, an_idle_log_takes_little_room) {
    open();
    ASSERT_TRUE(add(1, 1));
    EXPECT_LE(disk.contents(kFirst).size(), 64u << 10);
}

TEST_F(EntryStoreTest, read_range_is_bounded_and_ends_before_a_hole) {
    open();
    ASSERT_TRUE(add(1, 100));
    EXPECT_EQ(store->read_range(1, 100, 1000)->size(), 10u);
    EXPECT_EQ(store->read_range(5, 100, 1)->size(), 1u);
    EXPECT_EQ(store->read_range(5, 7, 1 << 20)->size(), 3u);
    EXPECT_EQ(store->read_range(90, 200, 1 << 20)->size(), 11u);
    EXPECT_EQ(store->read_range(101, 200, 1 << 20).error().code, ErrorCode::not_found);
    disk.flip_bit(kFirst, record_of(kFirst, 50).offset + 60, 1);
    open();
    auto entries = store->read_range(40, 60, 1 << 20);
    ASSERT_EQ(entries->size(), 10u);
    EXPECT_EQ(entries->front().index, 40u);
    EXPECT_EQ(store->read_range(50, 60, 1 << 20).error().code, ErrorCode::not_found);
}

TEST_F(EntryStoreTest, refuses_what_does_not_follow_or_is_too_large) {
    config.max_entry_bytes = 1000;
    open();
    ASSERT_TRUE(add(1, 5));
    EXPECT_EQ(add(7, 1).error().code, ErrorCode::bad_request);
    EXPECT_EQ(add(0, 1).error().code, ErrorCode::bad_request);
    EXPECT_EQ(add(6, 1, 1, 1001).error().code, ErrorCode::bad_request);
    EXPECT_EQ(store->append({}).error().code, ErrorCode::bad_request);
    const std::vector<StoredEntry> gap = {{6, 1, 3, "a"}, {8, 1, 3, "b"}};
    EXPECT_EQ(store->append(gap).error().code, ErrorCode::bad_request);
    expect_range(1, 5);
    EXPECT_TRUE(add(6, 1));
}

TEST_F(EntryStoreTest, segments_begin_past_their_size_and_are_given_up_whole) {
    open();
    for (uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(add(1 + 100 * i, 100));
    EXPECT_GT(files().size(), 3u);
    open();
    expect_entries(1, 10000);
    ASSERT_TRUE(store->drop_before(5000));
    expect_range(5000, 10000);
    EXPECT_EQ(store->read(4999).error().code, ErrorCode::not_found);
    EXPECT_EQ(store->term_of(4999), 0u);
    EXPECT_GT(files().front(), kSecond);
    open();
    EXPECT_LE(store->first_index(), 5000u);
    EXPECT_GT(store->first_index(), 3000u);
    EXPECT_EQ(store->last_index(), 10000u);
    expect_entries(store->first_index(), 10000);
}

TEST_F(EntryStoreTest, everything_may_be_dropped_and_the_end_is_still_known) {
    open();
    ASSERT_TRUE(add(1, 10));
    ASSERT_TRUE(store->drop_before(11));
    expect_range(11, 10);
    EXPECT_EQ(store->drop_before(12).error().code, ErrorCode::bad_request);
    EXPECT_EQ(add(10, 1).error().code, ErrorCode::bad_request);
    ASSERT_TRUE(add(11, 1));
    open();
    expect_range(1, 11);
}

TEST_F(EntryStoreTest, an_append_at_an_earlier_index_replaces_what_follows) {
    open();
    ASSERT_TRUE(add(1, 10, 1));
    ASSERT_TRUE(add(6, 2, 2));
    expect_range(1, 7);
    open();
    expect_range(1, 7);
    expect_entries(1, 5, 1);
    expect_entries(6, 7, 2);
    ASSERT_TRUE(add(1, 1, 3));
    open();
    expect_range(1, 1);
    expect_entries(1, 1, 3);
    EXPECT_EQ(files().size(), 1u);
}

TEST_F(EntryStoreTest, replacing_leaves_entries_put_back_beside_the_replaced_ones) {
    open();
    ASSERT_TRUE(add(1, 3000));
    disk.flip_bit(kFirst, record_of(kFirst, 7).offset + 8, 0);
    open();
    expect_hole(7, 7);
    const uint64_t second = store->last_index() + 1;
    ASSERT_TRUE(add(second, 10));
    ASSERT_EQ(files().size(), 2u);
    ASSERT_TRUE(refill(7, 1));
    ASSERT_TRUE(add(second, 1, 2));
    ASSERT_TRUE(add(second - 100, 1, 3));
    open();
    expect_range(1, second - 100);
    EXPECT_TRUE(store->holes().empty());
    expect_entries(1, second - 101);
}

TEST_F(EntryStoreTest, reset_gives_up_everything_and_begins_where_told) {
    open();
    ASSERT_TRUE(add(1, 4000));
    ASSERT_TRUE(store->reset(5000));
    expect_range(5000, 4999);
    open();
    expect_range(5000, 4999);
    ASSERT_TRUE(add(5000, 2));
    open();
    expect_range(5000, 5001);
    ASSERT_TRUE(store->reset(100));
    open();
    expect_range(100, 99);
    EXPECT_EQ(files().size(), 1u);
}

TEST_F(EntryStoreTest, a_flipped_bit_is_a_hole_of_its_entry_alone) {
    open();
    ASSERT_TRUE(add(1, 5));
    ASSERT_TRUE(add(6, 1));
    for (const uint64_t index : {1, 3, 5}) {
        // In each field of the header, its length among them, and in the data.
        for (uint64_t byte = 0; byte < 56 + 100; byte += 4) {
            const uint64_t offset = record_of(kFirst, index).offset + byte;
            disk.flip_bit(kFirst, offset, 6);
            open();
            expect_range(1, 6);
            expect_hole(index, index);
            for (uint64_t other = 1; other <= 6; ++other) {
                if (other != index) expect_entries(other, other);
            }
            disk.flip_bit(kFirst, offset, 6);
        }
    }
}

TEST_F(EntryStoreTest, a_flipped_bit_in_the_last_batch_is_a_hole_too) {
    open();
    ASSERT_TRUE(add(1, 1, 1, 3000));  // data of zeros over whole sectors
    ASSERT_TRUE(add(2, 3, 1, 3000));
    for (const uint64_t index : {2, 3, 4}) {
        for (uint64_t byte = 0; byte < 3000; byte += 92) {
            const uint64_t offset = record_of(kFirst, index).offset + byte;
            disk.flip_bit(kFirst, offset, 0);
            open();
            expect_range(1, 4);
            expect_hole(index, index);
            disk.flip_bit(kFirst, offset, 0);
        }
    }
}

TEST_F(EntryStoreTest, a_flipped_bit_in_a_seal_or_in_unused_room_loses_nothing_and_is_told) {
    open();
    ASSERT_TRUE(add(1, 3));
    const uint64_t seal = records(kFirst).back().offset;
    const std::string whole = disk.contents(kFirst);
    for (uint64_t offset = seal; offset < seal + 600; ++offset) {
        disk.put(kFirst, whole);
        disk.flip_bit(kFirst, offset, 2);
        open();
        expect_range(1, 3);
        EXPECT_TRUE(store->holes().empty());
        expect_entries(1, 3);
        ASSERT_EQ(store->repairs().size(), 1u);
        EXPECT_EQ(store->repairs()[0].ends_with("no entry is lost by that"), offset < seal + kRecordHeaderBytes);
    }
    ASSERT_TRUE(add(4, 1));
    open();
    expect_entries(1, 4);
}

TEST_F(EntryStoreTest, after_a_hole_at_the_end_the_log_goes_on) {
    open();
    ASSERT_TRUE(add(1, 3));
    ASSERT_TRUE(add(4, 1));
    disk.flip_bit(kFirst, record_of(kFirst, 4).offset, 2);
    open();
    expect_hole(4, 4);
    ASSERT_TRUE(add(5, 3));
    open();
    expect_range(1, 7);
    expect_hole(4, 4);
    ASSERT_TRUE(add(4, 1, 2));  // or is replaced
    open();
    expect_range(1, 4);
    EXPECT_TRUE(store->holes().empty());
    expect_entries(4, 4, 2);
}

TEST_F(EntryStoreTest, a_lost_batch_is_a_hole_as_long_as_the_batch) {
    open();
    ASSERT_TRUE(add(1, 2));
    ASSERT_TRUE(add(3, 4));
    ASSERT_TRUE(add(7, 1));
    const auto lost = record_of(kFirst, 3);
    std::string bytes = disk.contents(kFirst);
    bytes.replace(lost.offset, lost.header.batch_bytes, lost.header.batch_bytes, '\xee');
    disk.put(kFirst, bytes);
    open();
    expect_range(1, 7);
    expect_hole(3, 6);
    bytes.replace(lost.offset, lost.header.batch_bytes, lost.header.batch_bytes, '\0');
    disk.put(kFirst, bytes);
    open();
    expect_hole(3, 6);
}

TEST_F(EntryStoreTest, an_end_damaged_beyond_telling_is_an_error_that_changes_nothing) {
    open();
    ASSERT_TRUE(add(1, 2));
    ASSERT_TRUE(add(3, 1));
    const auto lost = record_of(kFirst, 3);
    std::string bytes = disk.contents(kFirst);
    bytes.replace(lost.offset, lost.header.batch_bytes, lost.header.batch_bytes, '\xee');
    disk.put(kFirst, bytes);
    auto opened = EntryStore::open(disk, rng, config);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("memory:log-0000000001.seg"), std::string::npos);
    EXPECT_EQ(disk.contents(kFirst), bytes);
}

TEST_F(EntryStoreTest, a_torn_tail_is_dropped_and_does_not_come_back) {
    open();
    ASSERT_TRUE(add(1, 2));
    ASSERT_TRUE(add(3, 20, 1, 400));
    const auto torn = record_of(kFirst, 3);
    const std::string whole = disk.contents(kFirst);
    const uint64_t end = torn.offset + torn.header.batch_bytes;
    // Each sector of the last batch in turn was not written.
    for (uint64_t sector = torn.offset / 512; sector * 512 < end; ++sector) {
        const uint64_t begin = std::max(torn.offset, sector * 512);
        std::string bytes = whole;
        bytes.replace(begin, (sector + 1) * 512 - begin, (sector + 1) * 512 - begin, '\0');
        disk.put(kFirst, bytes);
        open();
        expect_range(1, 2);
        EXPECT_TRUE(store->holes().empty());
        EXPECT_EQ(store->repairs().size(), 1u);
        ASSERT_TRUE(add(3, 1, 9));
        open();
        expect_range(1, 3);
        expect_entries(3, 3, 9);
        EXPECT_TRUE(store->repairs().empty());
    }
}

TEST_F(EntryStoreTest, a_file_that_ends_within_the_last_batch_is_torn) {
    open();
    ASSERT_TRUE(add(1, 2));
    ASSERT_TRUE(add(3, 20));
    const auto torn = record_of(kFirst, 3);
    const std::string whole = disk.contents(kFirst);
    for (uint64_t size = torn.offset; size < torn.offset + torn.header.batch_bytes; size += 52) {
        disk.put(kFirst, whole.substr(0, size));
        open();
        expect_range(1, 2);
        EXPECT_TRUE(store->holes().empty());
    }
}

TEST_F(EntryStoreTest, after_an_orderly_stop_a_missing_sector_is_a_hole) {
    open();
    ASSERT_TRUE(add(1, 2));
    ASSERT_TRUE(add(3, 20));
    ASSERT_TRUE(store->close());
    ASSERT_TRUE(store->close());
    const uint64_t begin = (record_of(kFirst, 5).offset / 512 + 1) * 512;
    std::string bytes = disk.contents(kFirst);
    bytes.replace(begin, 512, 512, '\0');
    disk.put(kFirst, bytes);
    open();
    expect_range(1, 22);
    ASSERT_EQ(store->holes().size(), 1u);
    EXPECT_LE(store->holes()[0].last - store->holes()[0].first, 5u);
    // The mark is not repeated when nothing was appended since.
    const std::string before = disk.contents(kFirst);
    ASSERT_TRUE(store->close());
    EXPECT_EQ(disk.contents(kFirst), before);
}

TEST_F(EntryStoreTest, a_flipped_bit_in_a_seal_between_batches_loses_nothing_and_is_told) {
    open();
    ASSERT_TRUE(add(1, 3));
    const uint64_t seal = records(kFirst).back().offset;
    ASSERT_TRUE(add(4, 2));
    disk.flip_bit(kFirst, seal + 20, 2);
    open();
    expect_entries(1, 5);
    EXPECT_TRUE(store->holes().empty());
    ASSERT_EQ(store->repairs().size(), 1u);
    EXPECT_NE(store->repairs()[0].find("offset " + std::to_string(seal) + ": 56 bytes are damaged"), std::string::npos);
    disk.flip_bit(kFirst, record_of(kFirst, 3).offset, 2);  // an entry that is lost beside it is told as that
    open();
    expect_hole(3, 3);
    EXPECT_TRUE(store->repairs().empty());
}

TEST_F(EntryStoreTest, a_flipped_bit_in_a_mark_loses_nothing_and_is_told) {
    open();
    ASSERT_TRUE(add(1, 2));
    ASSERT_TRUE(store->close());
    const uint64_t seal = records(kFirst).back().offset;
    for (uint64_t offset = seal - 56; offset < seal + 56; ++offset) {
        disk.flip_bit(kFirst, offset, 3);
        open();
        expect_range(1, 2);
        expect_entries(1, 2);
        EXPECT_TRUE(store->holes().empty());
        EXPECT_EQ(store->repairs().size(), 1u);
        disk.flip_bit(kFirst, offset, 3);
    }
}

TEST_F(EntryStoreTest, entries_put_back_fill_the_hole_for_good) {
    open();
    ASSERT_TRUE(add(1, 10));
    for (const uint64_t index : {4, 5, 6}) disk.flip_bit(kFirst, record_of(kFirst, index).offset + 58, 2);
    open();
    expect_hole(4, 6);
    EXPECT_EQ(refill(3, 1).error().code, ErrorCode::bad_request);
    ASSERT_TRUE(refill(5, 1));
    ASSERT_EQ(store->holes().size(), 2u);
    open();
    ASSERT_EQ(store->holes().size(), 2u);
    ASSERT_TRUE(refill(4, 1));
    ASSERT_TRUE(refill(6, 1));
    EXPECT_TRUE(store->holes().empty());
    expect_entries(1, 10);
    ASSERT_TRUE(add(11, 1));
    open();
    EXPECT_TRUE(store->holes().empty());
    expect_entries(1, 11);
}

TEST_F(EntryStoreTest, damage_met_while_reading_is_a_hole_from_then_on) {
    config.cache_bytes = 0;
    open();
    ASSERT_TRUE(add(1, 10));
    disk.flip_bit(kFirst, record_of(kFirst, 4).offset + 60, 2);
    EXPECT_TRUE(store->holes().empty());
    EXPECT_EQ(store->read(4).error().code, ErrorCode::not_found);
    expect_hole(4, 4);
    expect_entries(5, 10);
    ASSERT_TRUE(refill(4, 1));
    expect_entries(1, 10);
}

TEST_F(EntryStoreTest, one_damaged_copy_of_a_header_is_mended_and_two_are_an_error) {
    open();
    ASSERT_TRUE(add(1, 3));
    for (const uint64_t copy : {0, 2048}) {
        for (uint64_t byte = 0; byte < 64; ++byte) {
            const std::string whole = disk.contents(kFirst);
            disk.flip_bit(kFirst, copy + byte, 5);
            open();
            expect_entries(1, 3);
            EXPECT_EQ(store->repairs().size(), 1u);
            EXPECT_EQ(disk.contents(kFirst), whole);
        }
    }
    disk.flip_bit(kFirst, 20, 5);
    disk.flip_bit(kFirst, 2048 + 20, 5);
    auto opened = EntryStore::open(disk, rng, config);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find(kFirst), std::string::npos);
}

TEST_F(EntryStoreTest, a_missing_segment_between_others_is_an_error) {
    open();
    for (uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(add(1 + 2000 * i, 2000));
    ASSERT_GE(files().size(), 3u);
    const std::string second = disk.contents(kSecond);
    ASSERT_TRUE(disk.remove(kSecond));
    auto opened = EntryStore::open(disk, rng, config);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find(kSecond), std::string::npos);
    // Under another segment's name it is not taken either.
    disk.put(kSecond, disk.contents(kFirst));
    EXPECT_FALSE(EntryStore::open(disk, rng, config));
    disk.put(kSecond, second);
    open();
    expect_entries(1, 8000);
}

TEST_F(EntryStoreTest, a_segment_cut_short_is_a_hole_up_to_the_next) {
    open();
    for (uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(add(1 + 2000 * i, 2000));
    const auto cut = record_of(kSecond, 2500);
    disk.put(kSecond, disk.contents(kSecond).substr(0, cut.offset + 10));
    open();
    expect_range(1, 8000);
    expect_hole(2500, 4000);
    expect_entries(4001, 8000);
}

TEST_F(EntryStoreTest, a_newer_version_is_refused_by_name) {
    open();
    ASSERT_TRUE(add(1, 3));
    SegmentHeader header{1, Salt::from(5), 1, 0};
    std::string bytes = encode_segment_header(header);
    bytes[8] = 2;
    // Its checksum is right: it is another format, not damage.
    for (size_t copy : {0, 2048}) {
        bytes[copy + 8] = 2;
        const uint32_t crc = [&] {
            std::string head = bytes.substr(copy, 60);
            uint32_t value = ~0u;
            for (const char c : head) {
                value ^= static_cast<uint8_t>(c);
                for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0x82f63b78 : 0);
            }
            return ~value;
        }();
        for (int i = 0; i < 4; ++i) bytes[copy + 60 + static_cast<size_t>(i)] = static_cast<char>(crc >> (8 * i));
    }
    disk.put(kFirst, bytes);
    auto opened = EntryStore::open(disk, rng, config);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::not_implemented);
    EXPECT_NE(opened.error().message.find("version 2"), std::string::npos);
}

TEST_F(EntryStoreTest, bytes_of_another_segment_are_never_taken_for_records) {
    open();
    ASSERT_TRUE(add(1, 3));
    // An entry whose data are a segment's records, as they lie and as they would lie, in a batch whose header is lost.
    const auto victim = record_of(kFirst, 3);
    const std::string inside = disk.contents(kFirst).substr(4096, 2048);
    const std::vector<StoredEntry> entries = {{4, 1, 3, inside}, {5, 1, 3, "x"}};
    ASSERT_TRUE(store->append(entries));
    disk.flip_bit(kFirst, record_of(kFirst, 4).offset + 24, 1);
    open();
    expect_range(1, 5);
    expect_hole(4, 4);
    EXPECT_EQ(victim.header.index, 3u);
}

TEST_F(EntryStoreTest, on_a_full_disk_nothing_of_an_append_counts_and_later_ones_succeed) {
    open();
    ASSERT_TRUE(add(1, 10));
    disk.set_capacity(disk.contents(kFirst).size() + 10000);
    uint64_t last = 10;
    while (add(last + 1, 10)) last += 10;
    EXPECT_GT(last, 100u);
    auto refused = add(last + 1, 10);
    EXPECT_EQ(refused.error().code, ErrorCode::too_large);
    EXPECT_NE(refused.error().message.find("is full"), std::string::npos);
    EXPECT_EQ(add(5, 10, 2).error().code, ErrorCode::too_large);
    expect_range(1, last);
    expect_entries(1, last);
    EXPECT_EQ(files().size(), 1u);
    open();
    expect_range(1, last);
    disk.set_capacity(UINT64_MAX);
    ASSERT_TRUE(add(last + 1, 10));
    open();
    expect_entries(1, last + 10);
}

TEST_F(EntryStoreTest, the_reserve_is_left_to_recovery) {
    open();
    ASSERT_TRUE(add(1, 10));
    config.reserve_bytes = 100000;
    open();
    disk.set_capacity(disk.contents(kFirst).size() + 100000);
    uint64_t last = 10;
    while (add(last + 1, 10)) last += 10;
    EXPECT_EQ(*disk.free_bytes(), 100000u);
    EXPECT_EQ(add(1, 1, 2).error().code, ErrorCode::too_large);
    EXPECT_TRUE(store->close());
    ASSERT_TRUE(store->reset(1000));
    ASSERT_TRUE(add(1000, 1));
}

TEST_F(EntryStoreTest, a_failed_sync_is_never_tried_again) {
    open();
    ASSERT_TRUE(add(1, 10));
    disk.fail_syncs(0);
    EXPECT_EQ(add(11, 1).error().code, ErrorCode::internal);
    disk.fail_syncs(MemoryDisk::kNever);
    const uint64_t syncs = disk.syncs();
    EXPECT_EQ(add(11, 1).error().code, ErrorCode::internal);
    EXPECT_EQ(store->read(1).error().code, ErrorCode::internal);
    EXPECT_EQ(store->drop_before(2).error().code, ErrorCode::internal);
    EXPECT_EQ(store->reset(2).error().code, ErrorCode::internal);
    EXPECT_EQ(store->close().error().code, ErrorCode::internal);
    EXPECT_EQ(disk.syncs(), syncs);
    disk.crash();
    open();
    EXPECT_GE(store->last_index(), 10u);
    EXPECT_LE(store->last_index(), 11u);
    expect_entries(1, store->last_index());
}

TEST_F(EntryStoreTest, a_failed_write_ends_the_store) {
    open();
    ASSERT_TRUE(add(1, 10));
    disk.fail_writes(0);
    EXPECT_EQ(add(11, 1).error().code, ErrorCode::internal);
    disk.fail_writes(MemoryDisk::kNever);
    EXPECT_EQ(add(11, 1).error().code, ErrorCode::internal);
}

TEST_F(EntryStoreTest, unfinished_and_superseded_files_are_removed_when_it_is_opened) {
    open();
    ASSERT_TRUE(add(1, 10));
    const std::string old = disk.contents(kFirst);
    ASSERT_TRUE(add(1, 1, 2));
    ASSERT_EQ(files(), std::vector<std::string>{kSecond});
    disk.put(kFirst, old);
    disk.put("log.new", "anything");
    disk.put("other", "kept");
    open();
    EXPECT_EQ(files(), (std::vector<std::string>{kSecond, "other"}));
    EXPECT_EQ(store->repairs().size(), 2u);
    expect_range(1, 1);
    expect_entries(1, 1, 2);
}

TEST(EntryStore, keeps_its_word_on_a_real_disk) {
    const std::string folder = testing::TempDir() + "/drover_entry_store_test/raft";
    std::filesystem::remove_all(folder);
    auto disk = open_disk(folder);
    ASSERT_TRUE(disk) << disk.error().message;
    SeededRng rng(3);
    const EntryStoreConfig config{.segment_bytes = 1 << 20, .reserve_bytes = 0};
    const auto entries_at = [](uint64_t first, uint64_t count, uint64_t term) {
        static const std::string data(1000, 'x');
        std::vector<StoredEntry> entries;
        for (uint64_t i = 0; i < count; ++i) entries.push_back({first + i, term, 1, data});
        return entries;
    };
    {
        auto store = EntryStore::open(**disk, rng, config);
        ASSERT_TRUE(store);
        for (uint64_t i = 0; i < 50; ++i) ASSERT_TRUE((*store)->append(entries_at(1 + 100 * i, 100, 1)));
        ASSERT_TRUE((*store)->append(entries_at(4001, 3, 2)));
        ASSERT_TRUE((*store)->drop_before(2000));
        ASSERT_TRUE((*store)->close());
    }
    auto store = EntryStore::open(**disk, rng, config);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_LE((*store)->first_index(), 2000u);
    EXPECT_EQ((*store)->last_index(), 4003u);
    EXPECT_EQ((*store)->term_of(4000), 1u);
    EXPECT_EQ((*store)->term_of(4001), 2u);
    auto all = (*store)->read_range(2000, 4003, UINT64_MAX);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->size(), 2004u);
    EXPECT_EQ(*all->back().data, std::string(1000, 'x'));
    EXPECT_TRUE((*store)->holes().empty());
    ASSERT_TRUE((*store)->reset(9000));
    EXPECT_EQ((*disk)->list()->size(), 1u);
    std::filesystem::remove_all(testing::TempDir() + "/drover_entry_store_test");
}

}  // namespace
}  // namespace drover::raft
