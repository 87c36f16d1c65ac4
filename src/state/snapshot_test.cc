// Snapshots: what they bring back, those by programs with other layouts, and rows that are not as they should be.
#include "state/snapshot.h"

#include <cstring>

#include "codec/json.h"
#include "codec/msgpack.h"
#include "state/snapshot_allocs.h"
#include "state/store_fixture.h"

namespace drover::state {
namespace {

struct SnapshotTest : StoreFixture {
    std::string alloc_id;

    std::string written() {
        EXPECT_TRUE(apply(registration(job("j", 2))));
        alloc_id = place(alloc(store.view().jobs().find("default", "j"), 0));
        EXPECT_TRUE(report(alloc_id, "running"));
        std::string bytes;
        EXPECT_TRUE(write_snapshot(store.view(),
                                   [&](std::string_view piece) -> Result<> { return bytes += piece, Result<>(); }));
        return bytes;
    }
    static Result<std::shared_ptr<const Version>> read(const std::string& bytes) {
        size_t at = 0;
        return read_snapshot([&](char* buffer, size_t size) -> Result<size_t> {
            const size_t n = bytes.copy(buffer, size, at);
            at += n;
            return n;
        });
    }
    // The same rows, those of that kind as `change` makes them; empty: without them.
    static std::string changed(const std::string& bytes, uint8_t kind,
                               const std::function<std::string(std::string_view)>& change) {
        std::string out = bytes.substr(0, 8);
        size_t at = 8;
        while (static_cast<uint8_t>(bytes[at]) != 255) {
            uint32_t size = 0;
            std::memcpy(&size, bytes.data() + at + 1, sizeof size);
            const std::string_view row = std::string_view(bytes).substr(at, 5 + size);
            at += row.size();
            if (static_cast<uint8_t>(row[0]) != kind) {
                out += row;
                continue;
            }
            const std::string body = change(row.substr(5));
            if (body.empty()) continue;
            const auto length = static_cast<uint32_t>(body.size());
            out += row[0];
            out.append(reinterpret_cast<const char*>(&length), sizeof length);
            out += body;
        }
        return out + bytes.substr(at);
    }
    static std::string with_layout(const std::string& bytes, const std::function<void(Layout&)>& change) {
        return changed(bytes, kLayoutRow, [&](std::string_view body) {
            Layout layout = *codec::from_msgpack<Layout>(body);
            change(layout);
            return codec::to_msgpack(layout);
        });
    }
};

TEST_F(SnapshotTest, everything_comes_back) {
    const std::string bytes = written();
    const View view = store.view();
    auto restored = read(bytes);
    ASSERT_TRUE(restored) << restored.error().message;
    Store other;
    other.replace(*restored);
    EXPECT_EQ(other.view().index(), view.index());
    EXPECT_EQ(other.view().table_index(Table::allocs), view.table_index(Table::allocs));
    ASSERT_TRUE(other.view().allocs().full(alloc_id));
    // The job's status at the time of the placement is not kept apart from the version's.
    model::Allocation mine = *view.allocs().full(alloc_id), theirs = *other.view().allocs().full(alloc_id);
    EXPECT_EQ(theirs.Job->JobModifyIndex, mine.Job->JobModifyIndex);
    mine.Job = theirs.Job = nullptr;
    EXPECT_EQ(codec::to_json(mine), codec::to_json(theirs));
    EXPECT_TRUE(other.view().job_versions().find("default", "j", 0));
    for (size_t n : {size_t{0}, size_t{5}, bytes.size() / 2, bytes.size() - 1}) {
        EXPECT_FALSE(read(bytes.substr(0, n))) << n;
    }
}

TEST_F(SnapshotTest, another_layout_is_read_by_the_names_of_its_members) {
    const std::string bytes = written();
    auto other = read(with_layout(bytes, [](Layout& layout) { layout.Types.emplace_back(); }));
    ASSERT_TRUE(other) << other.error().message;
    Store restored;
    restored.replace(*other);
    Store own;
    own.replace(*read(bytes));
    EXPECT_EQ(codec::to_json(*restored.view().allocs().full(alloc_id)),
              codec::to_json(*own.view().allocs().full(alloc_id)));
}

TEST_F(SnapshotTest, a_member_that_this_program_does_not_have_is_left_out) {
    bool renamed = false;
    auto other = read(with_layout(written(), [&](Layout& layout) {
        for (LayoutType& type : layout.Types) {
            for (LayoutField& field : type.Fields) {
                if (field.Name == "TaskStates") field.Name = "Gone", renamed = true;
            }
        }
    }));
    ASSERT_TRUE(renamed);
    ASSERT_TRUE(other) << other.error().message;
    Store restored;
    restored.replace(*other);
    const auto alloc = restored.view().allocs().full(alloc_id);
    ASSERT_TRUE(alloc);
    EXPECT_EQ(alloc->ClientStatus, "running");
    EXPECT_TRUE(alloc->TaskStates.empty());
    EXPECT_FALSE(store.view().allocs().full(alloc_id)->TaskStates.empty());
}

TEST_F(SnapshotTest, packed_values_without_a_sound_layout_are_refused) {
    const std::string bytes = written();
    EXPECT_FALSE(read(changed(bytes, kLayoutRow, [](std::string_view) { return std::string(); })));
    EXPECT_FALSE(read(with_layout(bytes, [](Layout& layout) { layout.Types.resize(2); })));
    EXPECT_FALSE(read(with_layout(bytes, [](Layout& layout) { layout.Types[0].Fields[0].Type = 100000; })));
    EXPECT_FALSE(read(changed(bytes, kGroupRow, [](std::string_view) { return std::string(); })));
}

}  // namespace
}  // namespace drover::state
