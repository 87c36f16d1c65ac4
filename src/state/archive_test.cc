#include "state/archive.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/rng.h"
#include "codec/json.h"
#include "codec/msgpack.h"
#include "model/archive.h"
#include "state/restore.h"
#include "state/snapshot.h"
#include "state/store.h"

namespace drover::state {
namespace {

struct Record {
    uint8_t type;
    std::string value;
};
struct Archive {
    model::ArchiveMeta meta;
    std::vector<Record> records;
};

std::string recorded(const std::string& name) {
    const char* given = std::getenv("DROVER_ORACLE");
    std::ifstream in(std::filesystem::path(given ? given : "../shared/oracle") / "rpc/raft" / (name + ".snap"),
                     std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Result<Archive> read(std::string_view bytes, size_t piece = 1000) {
    Archive archive;
    model::ArchiveReader reader(
        [&](const model::ArchiveMeta& meta) {
            archive.meta = meta;
            return Result<>();
        },
        [&](uint8_t type, std::string_view value) {
            archive.records.push_back({type, std::string(value)});
            return Result<>();
        });
    for (size_t at = 0; at < bytes.size(); at += piece) {
        if (auto taken = reader.put(bytes.substr(at, piece)); !taken) return fail(taken.error());
    }
    if (auto whole = reader.finish(); !whole) return fail(whole.error());
    return archive;
}

Result<> restore(Store& store, uint64_t& log_index, const Archive& archive, size_t part_bytes = 1000) {
    std::string records;
    for (const Record& record : archive.records) records += static_cast<char>(record.type) + record.value;
    const std::string id = "8a1f6d0e-4c1e-0d0e-6a4f-000000000001";
    auto done = store.apply(++log_index, command::BeginRestore{id, archive.meta.Index});
    uint64_t number = 0;
    for (size_t at = 0; done && at < records.size(); at += part_bytes) {
        done = store.apply(++log_index, command::AddRestorePart{id, number++, Bytes(records.substr(at, part_bytes))});
    }
    if (done) done = store.apply(++log_index, command::CommitRestore{id, number});
    if (!done) return fail(done.error());
    return {};
}

std::vector<Record> records_of(const View& view) {
    std::vector<Record> records;
    model::RecordSplitter splitter(true, [&](uint8_t type, std::string_view value) {
        records.push_back({type, std::string(value)});
        return Result<>();
    });
    EXPECT_TRUE(write_records(view, [&](std::string_view piece) { return splitter.put(piece); }));
    EXPECT_TRUE(splitter.finish());
    return records;
}

// As text in which a time of one instant is one text, whatever zone it was written for.
std::string shown(const Record& record) {
    codec::Any any;
    EXPECT_TRUE(codec::read_msgpack(record.value, any));
    const auto strip = [](auto&& self, codec::Any& value) -> void {
        const auto as_text = [&](const std::string& text) {
            if (text.size() == 15 && text[0] == 1) value = codec::Any("time " + codec::to_json(text.substr(0, 13)));
        };
        if (auto* bytes = value.as<Bytes>()) return as_text(std::string(*bytes));
        if (auto* text = value.as<std::string>()) return as_text(std::string(*text));
        if (auto* list = value.as<codec::AnyList>()) {
            for (auto& item : *list) self(self, item);
        }
        if (auto* map = value.as<codec::AnyMap>()) {
            for (auto& [key, item] : *map) self(self, item);
        }
    };
    strip(strip, any);
    return std::string(model::record_name(record.type)) + " " + codec::to_json(any);
}

std::vector<std::string> shown(const std::vector<Record>& records) {
    std::vector<std::string> all;
    for (const Record& record : records) all.push_back(shown(record));
    std::sort(all.begin(), all.end());
    return all;
}

class Recorded : public testing::TestWithParam<const char*> {};

TEST_P(Recorded, everything_of_a_nomad_snapshot_is_there_after_its_restore) {
    const std::string bytes = recorded(GetParam());
    if (bytes.empty()) GTEST_SKIP() << "no recorded snapshots at hand";
    const auto archive = read(bytes);
    ASSERT_TRUE(archive) << archive.error().message;
    Store store;
    uint64_t log_index = 7;
    const auto restored = restore(store, log_index, *archive);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_GT(store.view().index(), archive->meta.Index);
    const auto want = shown(archive->records), got = shown(records_of(store.view()));
    std::vector<std::string> missing, extra;
    std::set_difference(want.begin(), want.end(), got.begin(), got.end(), std::back_inserter(missing));
    std::set_difference(got.begin(), got.end(), want.begin(), want.end(), std::back_inserter(extra));
    for (const auto& line : missing) ADD_FAILURE() << "missing: " << line;
    for (const auto& line : extra) ADD_FAILURE() << "extra: " << line;
}

TEST_P(Recorded, our_own_snapshot_of_a_restored_state_reads_back_equal) {
    const std::string bytes = recorded(GetParam());
    if (bytes.empty()) GTEST_SKIP() << "no recorded snapshots at hand";
    const auto archive = read(bytes);
    ASSERT_TRUE(archive);
    Store store, other;
    uint64_t log_index = 7;
    ASSERT_TRUE(restore(store, log_index, *archive));
    std::string stream;
    ASSERT_TRUE(write_snapshot(store.view(), [&](std::string_view piece) {
        stream += piece;
        return Result<>();
    }));
    size_t at = 0;
    auto version = read_snapshot([&](char* buffer, size_t size) -> Result<size_t> {
        const size_t n = stream.copy(buffer, size, at);
        at += n;
        return n;
    });
    ASSERT_TRUE(version) << version.error().message;
    other.replace(*version);
    EXPECT_EQ(shown(records_of(other.view())), shown(records_of(store.view())));
    // Both count on in the same way.
    ASSERT_TRUE(store.apply(log_index + 1, command::DeleteEvals{}));
    ASSERT_TRUE(other.apply(log_index + 1, command::DeleteEvals{}));
    EXPECT_EQ(other.view().index(), store.view().index());
    EXPECT_EQ(other.view().restored_at(), store.view().restored_at());
}

INSTANTIATE_TEST_SUITE_P(Snapshots, Recorded, testing::Values("cluster", "acl", "csi"));

Record index_entry(std::string key, uint64_t value) {
    return {2, codec::to_msgpack(model::IndexEntry{std::move(key), value})};
}
Record policy(const std::string& name) {
    model::ACLPolicy row;
    row.Name = name;
    return {11, codec::to_msgpack(row)};
}

class RestoreTest : public testing::Test {
protected:
    Result<Applied> apply(Command command) { return store.apply(++log_index, command); }
    size_t policies() const { return store.view().rows<model::ACLPolicy>().size(); }

    Store store;
    uint64_t log_index = 3;
    const std::string id = "8a1f6d0e-4c1e-0d0e-6a4f-0000000000aa";
    const Archive archive = [] {
        Archive made;
        made.meta.Index = 1000;
        made.records = {index_entry("acl_policy", 900), policy("p")};
        return made;
    }();
};

TEST_F(RestoreTest, state_indexes_go_on_from_beyond_the_archive_and_the_log) {
    ASSERT_TRUE(restore(store, log_index, archive));
    EXPECT_EQ(store.view().index(), 1001u);
    EXPECT_EQ(store.view().table_index(Table::acl_policies), 900u);
    const auto applied = apply(command::DeleteEvals{});
    ASSERT_TRUE(applied);
    EXPECT_EQ(applied->Index, 1002u);
    // An older archive later: indexes never go back.
    Archive older = archive;
    older.meta.Index = 10;
    older.records = {policy("q")};
    ASSERT_TRUE(restore(store, log_index, older));
    EXPECT_GT(store.view().index(), 1002u);
    EXPECT_EQ(store.view().index(), log_index + store.view().version()->index_offset);
}

TEST_F(RestoreTest, nothing_changes_until_the_commit_and_then_every_watcher_wakes) {
    WatchSet watched;
    watched.add_key(Table::jobs, "nothing");
    int woken = 0;
    const auto watch = store.watch(watched, store.view(), [&] { ++woken; });
    const uint64_t epoch = store.view().version()->epoch;
    ASSERT_TRUE(apply(command::BeginRestore{id, 1000}));
    ASSERT_TRUE(apply(command::AddRestorePart{id, 0, Bytes(std::string(1, 11) + policy("p").value)}));
    EXPECT_TRUE(store.restoring());
    EXPECT_EQ(policies(), 0u);
    EXPECT_EQ(woken, 0);
    ASSERT_TRUE(apply(command::CommitRestore{id, 1}));
    EXPECT_FALSE(store.restoring());
    EXPECT_EQ(policies(), 1u);
    EXPECT_EQ(woken, 1);
    EXPECT_NE(store.view().version()->epoch, epoch);
    // What every cluster has is there even if the archive did not have it.
    EXPECT_TRUE(store.view().namespaces().find("default"));
}

TEST_F(RestoreTest, commands_behind_the_commit_in_one_batch_meet_the_new_state) {
    const Command begin = command::BeginRestore{id, 1000}, commit = command::CommitRestore{id, 0},
                  after = command::SetSchedulerConfig{};
    const IndexedCommand batch[] = {{10, &begin}, {11, &commit}, {12, &after}};
    const auto results = store.apply_batch(batch);
    ASSERT_TRUE(results[1] && results[2]);
    EXPECT_EQ(results[1]->Index, 1001u);
    EXPECT_EQ(results[2]->Index, 1002u);
    EXPECT_EQ(store.view().scheduler_config()->ModifyIndex, 1002u);
}

TEST_F(RestoreTest, a_begin_drops_what_was_under_way_and_parts_must_fit) {
    ASSERT_TRUE(apply(command::BeginRestore{id, 1}));
    ASSERT_TRUE(apply(command::AddRestorePart{id, 0, Bytes(std::string(1, 11) + policy("p").value)}));
    EXPECT_FALSE(apply(command::AddRestorePart{id, 2, Bytes()}));  // one is missing
    EXPECT_FALSE(apply(command::CommitRestore{"another", 1}));
    const std::string second = "8a1f6d0e-4c1e-0d0e-6a4f-0000000000bb";
    ASSERT_TRUE(apply(command::BeginRestore{second, 1}));
    EXPECT_FALSE(apply(command::AddRestorePart{id, 1, Bytes()}));
    ASSERT_TRUE(apply(command::CommitRestore{second, 0}));
    EXPECT_EQ(policies(), 0u);
}

TEST_F(RestoreTest, a_part_that_cannot_be_read_ends_the_restore_and_leaves_the_state) {
    ASSERT_TRUE(apply(command::BeginRestore{id, 1}));
    EXPECT_FALSE(apply(command::AddRestorePart{id, 0, Bytes(std::string("\x14\x80", 2))}));
    EXPECT_FALSE(store.restoring());
    ASSERT_TRUE(apply(command::BeginRestore{id, 1}));
    ASSERT_TRUE(apply(command::AddRestorePart{id, 0, Bytes(std::string("\x0b\x81", 2))}));  // cut
    EXPECT_FALSE(apply(command::CommitRestore{id, 1}));
    EXPECT_FALSE(store.restoring());
    EXPECT_EQ(store.view().restored_at(), 0u);
}

TEST_F(RestoreTest, an_abort_without_identifier_ends_whichever_is_under_way) {
    ASSERT_TRUE(apply(command::BeginRestore{id, 1}));
    ASSERT_TRUE(apply(command::AbortRestore{}));
    EXPECT_FALSE(store.restoring());
    EXPECT_FALSE(apply(command::AbortRestore{})->changed);
}

TEST_F(RestoreTest, a_plan_for_the_state_before_is_refused) {
    ASSERT_TRUE(restore(store, log_index, archive));
    EXPECT_FALSE(apply(command::ApplyPlan{}));
    command::ApplyPlan plan;
    plan.RestoredAt = store.view().restored_at();
    EXPECT_TRUE(apply(plan));
}

TEST_F(RestoreTest, rows_of_older_programs_are_filled_in) {
    model::Node node;
    node.ID = id;
    Archive old = archive;
    model::RootKeyMeta key;
    key.KeyID = id;
    old.records = {{0, codec::to_msgpack(node)}, {24, codec::to_msgpack(key)}, {5, "\xc0"}};
    ASSERT_TRUE(restore(store, log_index, old));
    EXPECT_EQ(store.view().nodes().find(id)->NodePool, "default");
    EXPECT_EQ(store.view().nodes().find(id)->SchedulingEligibility, "eligible");
    EXPECT_EQ(store.view().rows<model::RootKey>().size(), 1u);
}

}  // namespace
}  // namespace drover::state
