#include "model/archive.h"

#include <gtest/gtest.h>

#include "model/oracle_test.h"

namespace drover::model {
namespace {

const Time kNow = Time::from_unix_seconds(1'700'000'000);

struct Taken {
    ArchiveMeta meta;
    std::vector<std::pair<uint8_t, std::string>> records;
};

Result<Taken> read(std::string_view bytes, size_t piece = 100) {
    Taken taken;
    ArchiveReader reader(
        [&](const ArchiveMeta& meta) {
            taken.meta = meta;
            return Result<>();
        },
        [&](uint8_t type, std::string_view value) {
            taken.records.emplace_back(type, std::string(value));
            return Result<>();
        });
    for (size_t at = 0; at < bytes.size(); at += piece) {
        if (auto put = reader.put(bytes.substr(at, piece)); !put) return fail(put.error());
    }
    if (auto whole = reader.finish(); !whole) return fail(whole.error());
    return taken;
}

std::string written(std::string_view state, uint64_t size) {
    std::string bytes;
    ArchiveMeta meta;
    meta.Index = 7, meta.Term = 2, meta.Size = size;
    meta.Configuration.Servers.push_back({0, "id", "127.0.0.1:4647"});
    complete(meta, kNow);
    ArchiveWriter writer(meta, kNow, [&](std::string_view piece) {
        bytes += piece;
        return Result<>();
    });
    EXPECT_TRUE(writer.begin());
    EXPECT_TRUE(writer.put(state));
    EXPECT_EQ(writer.finish().has_value(), size == state.size());
    return bytes;
}

std::string state_of(size_t entries) {
    std::string state = "\x80";
    for (size_t i = 0; i < entries; ++i)
        state += '\x02' + codec::to_msgpack(IndexEntry{"table" + std::to_string(i), i});
    return state;
}

std::string unpacked(std::string_view bytes) {
    Gunzip gunzip;
    std::string tar;
    EXPECT_TRUE(gunzip.put(bytes, [&](std::string_view piece) {
        tar += piece;
        return Result<>();
    }));
    return tar;
}

std::string packed(std::string_view tar) {
    Gzip gzip;
    std::string bytes;
    const auto out = [&](std::string_view piece) {
        bytes += piece;
        return Result<>();
    };
    EXPECT_TRUE(gzip.put(tar, out));
    EXPECT_TRUE(gzip.finish(out));
    return bytes;
}

std::string refusal(std::string_view tar) {
    const auto taken = read(packed(tar));
    return taken ? "taken" : taken.error().message;
}

TEST(ArchiveTest, what_is_written_reads_back) {
    const std::string state = state_of(100);
    const std::string bytes = written(state, state.size());
    for (const size_t piece : {1, 37, 1 << 20}) {
        const auto taken = read(bytes, piece);
        ASSERT_TRUE(taken) << taken.error().message;
        EXPECT_EQ(taken->meta.Index, 7u);
        EXPECT_EQ(taken->meta.ID, "2-7-1700000000000");
        EXPECT_EQ(taken->meta.Peers, Bytes(std::string("\x91\xae") + "127.0.0.1:4647"));
        ASSERT_EQ(taken->records.size(), 100u);
        EXPECT_EQ(codec::from_msgpack<IndexEntry>(taken->records[99].second)->Value, 99u);
    }
    const std::string tar = unpacked(bytes);
    EXPECT_EQ(tar.size() % kTarBlock, 0u);
    EXPECT_NE(tar[tar.size() - 2 * kTarBlock - 1 - (kTarBlock - 152)], '\0');  // the sums end where they end
}

TEST(ArchiveTest, recorded_snapshots_are_whole) {
    for (const std::string name : {"cluster", "acl", "csi"}) {
        const std::string bytes = read_file(oracle_folder() / "rpc/raft" / (name + ".snap"));
        if (bytes.empty()) GTEST_SKIP() << "no recorded snapshots at hand";
        const auto taken = read(bytes);
        ASSERT_TRUE(taken) << taken.error().message;
        EXPECT_GT(taken->records.size(), 30u);
    }
}

TEST(ArchiveTest, every_cut_and_every_changed_byte_is_refused) {
    const std::string state = state_of(5);
    const std::string tar = unpacked(written(state, state.size()));
    for (size_t size = 0; size < tar.size(); size += 64) EXPECT_NE(refusal(tar.substr(0, size)), "taken") << size;
    const size_t meta = tar.find("\"Index\":7"), first = tar.find("table0"), sum = tar.find("  meta.json");
    for (const size_t at : {meta + 8, first, sum - 1}) {
        std::string changed = tar;
        changed[at] ^= 1;
        EXPECT_NE(refusal(changed), "taken") << at;
    }
    const std::string bytes = packed(tar);
    EXPECT_FALSE(read(bytes.substr(0, bytes.size() - 4)));
    EXPECT_FALSE(read(bytes + "x"));
    EXPECT_FALSE(read("plain text, and enough of it to be something"));
}

TEST(ArchiveTest, foreign_files_sizes_and_bytes_behind_the_end_are_refused) {
    const std::string state = state_of(5);
    const std::string tar = unpacked(written(state, state.size()));
    EXPECT_EQ(refusal(tar), "taken");
    EXPECT_NE(refusal(tar + std::string(kTarBlock, '\0')), "taken");
    EXPECT_NE(refusal(tar_header({"other.bin", 0}, 1) + tar), "taken");
    EXPECT_NE(refusal(tar.substr(1024)), "taken");  // without meta.json
    EXPECT_NE(refusal(unpacked(written(state, state.size() + 1))), "taken");
    std::string link = tar;
    link.replace(0, kTarBlock, tar_header({"meta.json", 1, '2'}, 1));
    EXPECT_NE(refusal(link), "taken");
}

TEST(ArchiveTest, sizes_beyond_eight_gibibytes_have_two_forms) {
    const auto header = parse_tar_header(tar_header({"state.bin", uint64_t{1} << 35}, 1));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->size, uint64_t{1} << 35);
    EXPECT_EQ(*extended_size("20 size=34359738368\n"), uint64_t{1} << 35);
    EXPECT_EQ(*extended_size("11 path=ab\n"), 0u);
    for (const char* bad : {"x", "0 a", "5 a", "99 size=1\n", "9 size=x\n"}) EXPECT_FALSE(extended_size(bad)) << bad;
    // In place: attributes stand before the file that they are of.
    const std::string state = state_of(5);
    const std::string tar = unpacked(written(state, state.size()));
    std::string attributes = "16 comment=abcd\n";
    attributes = tar_header({"PaxHeaders.0/state.bin", attributes.size(), 'x'}, 1) + attributes;
    attributes.resize(2 * kTarBlock);
    EXPECT_EQ(refusal(tar.substr(0, 1024) + attributes + tar.substr(1024)), "taken");
}

TEST(ArchiveTest, records_of_unknown_types_are_refused_and_old_ones_dropped) {
    const auto decode = [](uint8_t type, std::string_view value) {
        int calls = 0;
        auto done = decode_record(type, value, [&](RecordType, auto) {
            ++calls;
            return Result<>();
        });
        return done ? std::to_string(calls) : done.error().message;
    };
    EXPECT_EQ(decode(5, "\xc0"), "0");
    EXPECT_EQ(decode(8, "\x80"), "0");
    EXPECT_EQ(decode(15, "\x80"), "0");
    EXPECT_EQ(decode(11, "\x80"), "1");
    EXPECT_NE(decode(20, "\x80").find("event sinks"), std::string::npos);
    EXPECT_NE(decode(99, "\x80").find("unknown type of record 99"), std::string::npos);
    EXPECT_NE(decode(11, "\x81"), "1");
}

TEST(ArchiveTest, a_record_that_never_ends_is_refused_before_it_takes_all_memory) {
    RecordSplitter splitter(false, [](uint8_t, std::string_view) { return Result<>(); });
    ASSERT_TRUE(splitter.put(std::string("\x0b\xdb\xff\xff\xff\xf0", 6)));
    const std::string piece(1 << 20, 'x');
    bool refused = false;
    for (size_t i = 0; i < 66 && !refused; ++i) refused = !splitter.put(piece);
    EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace drover::model
