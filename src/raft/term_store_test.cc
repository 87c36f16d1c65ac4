#include "raft/term_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "raft/memory_disk.h"

namespace drover::raft {

static bool operator==(const TermRecord& a, const TermRecord& b) {
    return a.term == b.term && a.voted_for == b.voted_for && a.cluster_id == b.cluster_id;
}

namespace {

struct TermStoreTest : testing::Test {
    SeededRng rng{1};
    MemoryDisk disk{rng};
    std::unique_ptr<TermStore> store;

    void open() {
        auto opened = TermStore::open(disk);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
    }
};

TermRecord sample(uint64_t term) { return {term, term % 3, "cluster-" + std::to_string(term)}; }

TEST_F(TermStoreTest, a_new_disk_has_a_zero_record) {
    open();
    EXPECT_EQ(store->record(), TermRecord());
    open();
    EXPECT_EQ(store->record(), TermRecord());
    EXPECT_TRUE(store->repairs().empty());
}

TEST_F(TermStoreTest, what_was_saved_lasts) {
    open();
    for (uint64_t term = 1; term < 20; ++term) {
        ASSERT_TRUE(store->save(sample(term)));
        EXPECT_EQ(store->record(), sample(term));
        disk.crash();
        open();
        EXPECT_EQ(store->record(), sample(term));
    }
}

TEST_F(TermStoreTest, any_damage_to_one_file_loses_nothing) {
    open();
    ASSERT_TRUE(store->save(sample(5)));
    for (const char* name : {"term-1", "term-2"}) {
        for (uint64_t offset = 0; offset < 4096; offset += 5) {
            const std::string whole = disk.contents(name);
            disk.flip_bit(name, offset, offset % 8);
            open();
            ASSERT_EQ(store->record(), sample(5));
            ASSERT_EQ(store->repairs().size(), 1u);
            ASSERT_EQ(disk.contents(name), whole);
        }
        ASSERT_TRUE(disk.remove(name));
        open();
        EXPECT_EQ(store->record(), sample(5));
        disk.put(name, "short");
        open();
        EXPECT_EQ(store->record(), sample(5));
        EXPECT_EQ(disk.contents(name).size(), 4096u);
    }
}

TEST_F(TermStoreTest, where_both_are_damaged_it_is_an_error_that_names_them) {
    open();
    ASSERT_TRUE(store->save(sample(5)));
    disk.flip_bit("term-1", 30, 1);
    disk.flip_bit("term-2", 3000, 1);
    auto opened = TermStore::open(disk);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("memory:term-1"), std::string::npos);
    EXPECT_NE(opened.error().message.find("memory:term-2"), std::string::npos);
    ASSERT_TRUE(disk.remove("term-1"));
    EXPECT_FALSE(TermStore::open(disk));
}

TEST_F(TermStoreTest, saves_on_a_full_disk) {
    open();
    ASSERT_TRUE(store->save(sample(1)));
    disk.set_capacity(0);
    ASSERT_TRUE(store->save(sample(30)));
    open();
    EXPECT_EQ(store->record(), sample(30));
}

TEST_F(TermStoreTest, refuses_a_term_that_goes_back_and_texts_over_their_limit) {
    open();
    ASSERT_TRUE(store->save(sample(5)));
    EXPECT_EQ(store->save(sample(4)).error().code, ErrorCode::bad_request);
    TermRecord large = sample(6);
    large.cluster_id = std::string(257, 'c');
    EXPECT_EQ(store->save(large).error().code, ErrorCode::bad_request);
    large = {6, 1, std::string(256, 'c')};
    ASSERT_TRUE(store->save(large));
    open();
    EXPECT_EQ(store->record(), large);
}

TEST_F(TermStoreTest, a_failed_sync_ends_it) {
    open();
    ASSERT_TRUE(store->save(sample(5)));
    disk.fail_syncs(0);
    EXPECT_EQ(store->save(sample(6)).error().code, ErrorCode::internal);
    disk.fail_syncs(MemoryDisk::kNever);
    EXPECT_EQ(store->save(sample(6)).error().code, ErrorCode::internal);
    EXPECT_EQ(store->record(), sample(5));
}

// Whatever moment the machine stops at, what is found is what was saved last, or what was being saved.
TEST(TermStore, never_goes_back) {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        SeededRng rng(seed);
        MemoryDisk disk(rng);
        uint64_t saved = 0, tried = 0;
        for (int round = 0; round < 10; ++round) {
            auto store = TermStore::open(disk);
            ASSERT_TRUE(store) << store.error().message;
            const TermRecord found = (*store)->record();
            ASSERT_TRUE(found.term == saved || found.term == tried);
            ASSERT_EQ(found, found.term == 0 ? TermRecord() : sample(found.term));
            saved = found.term;
            if (rng.below(2)) disk.fail_syncs(rng.below(6));
            if (rng.below(4) == 0) disk.fail_writes(rng.below(6));
            for (uint64_t term = saved + 1; term < saved + 100; ++term) {
                tried = term;
                if (!(*store)->save(sample(term)) || rng.below(4) == 0) break;
            }
            saved = (*store)->record().term;
            store->reset();
            disk.crash();
            // Bits rot while nobody looks, in one file.
            if (rng.below(3) == 0 && saved == tried && saved > 0) {
                disk.flip_bit(rng.below(2) ? "term-1" : "term-2", rng.below(4096), 3);
            }
        }
    }
}

TEST(TermStore, keeps_its_word_on_a_real_disk) {
    const std::string folder = testing::TempDir() + "/drover_term_store_test";
    std::filesystem::remove_all(folder);
    auto disk = open_disk(folder);
    ASSERT_TRUE(disk);
    {
        auto store = TermStore::open(**disk);
        ASSERT_TRUE(store) << store.error().message;
        ASSERT_TRUE((*store)->save(sample(9)));
    }
    auto store = TermStore::open(**disk);
    ASSERT_TRUE(store);
    EXPECT_EQ((*store)->record(), sample(9));
    EXPECT_EQ(std::filesystem::status(folder + "/term-1").permissions(), std::filesystem::perms(0600));
    EXPECT_EQ(std::filesystem::status(folder).permissions(), std::filesystem::perms(0700));
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace drover::raft
