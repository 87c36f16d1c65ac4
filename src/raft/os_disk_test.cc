#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/rng.h"
#include "base/uuid.h"
#include "raft/disk.h"

namespace drover::raft {
namespace {

namespace fs = std::filesystem;

// Files under that folder that this process holds open though they have no name any more.
size_t held_without_a_name(const fs::path& folder) {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
        std::error_code gone;  // the descriptor of this very listing
        const std::string target = fs::read_symlink(entry.path(), gone).string();
        count += target.starts_with(folder.string()) && target.ends_with(" (deleted)");
    }
    return count;
}

TEST(OsDisk, closes_what_was_removed_or_replaced) {
    SystemRng rng;
    const fs::path folder = fs::temp_directory_path() / ("drover-disk-" + random_id(rng));
    {
        auto disk = open_disk(folder.string());
        ASSERT_TRUE(disk) << disk.error().message;
        std::unique_ptr<File> still_open;
        for (const char* name : {"removed", "replaced", "new"}) {
            auto file = (*disk)->open(name, Disk::Open::create);
            ASSERT_TRUE(file) << file.error().message;
            ASSERT_TRUE((*file)->write_at(0, name));
            still_open = std::move(*file);
        }
        ASSERT_TRUE((*disk)->remove("removed"));
        ASSERT_TRUE((*disk)->rename("new", "replaced"));
        EXPECT_EQ(*(*disk)->list(), std::vector<std::string>{"replaced"});
        char text[3];
        ASSERT_EQ(*still_open->read_at(0, text), sizeof text);
        EXPECT_EQ(std::string_view(text, sizeof text), "new");
    }
    EXPECT_EQ(held_without_a_name(folder), 0U);
    fs::remove_all(folder);
}

TEST(OsDisk, keeps_what_another_reads_from_a_file_that_is_gone) {
    SystemRng rng;
    const fs::path folder = fs::temp_directory_path() / ("drover-disk-" + random_id(rng));
    {
        auto disk = open_disk(folder.string());
        ASSERT_TRUE(disk);
        auto file = (*disk)->open("snapshot", Disk::Open::create);
        ASSERT_TRUE(file && (*file)->write_at(0, "kept"));
        ASSERT_TRUE((*disk)->remove("snapshot"));
        disk->reset();  // after the last closer has done its work
        char text[4];
        ASSERT_EQ(*(*file)->read_at(0, text), sizeof text);
        EXPECT_EQ(std::string_view(text, sizeof text), "kept");
    }
    fs::remove_all(folder);
}

// Room is given back from the end of a file; a reader of the removed file must not lose it.
TEST(OsDisk, gives_back_the_room_of_a_large_file_once_nobody_reads_it) {
    SystemRng rng;
    const fs::path folder = fs::temp_directory_path() / ("drover-disk-" + random_id(rng));
    {
        auto disk = open_disk(folder.string());
        ASSERT_TRUE(disk);
        constexpr uint64_t kSize = 12 << 20;
        auto file = (*disk)->open("segment", Disk::Open::create);
        ASSERT_TRUE(file && (*file)->allocate(kSize) && (*file)->write_at(kSize - 4, "kept"));
        ASSERT_TRUE((*disk)->remove("segment"));
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        char text[4];
        ASSERT_EQ(*(*file)->read_at(kSize - 4, text), sizeof text);
        EXPECT_EQ(std::string_view(text, sizeof text), "kept");
        file->reset();
        for (int i = 0; i < 500 && held_without_a_name(folder) > 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        EXPECT_EQ(held_without_a_name(folder), 0U);
    }
    fs::remove_all(folder);
}

TEST(OsDisk, leaves_a_removed_file_whole_that_has_another_name) {
    SystemRng rng;
    const fs::path folder = fs::temp_directory_path() / ("drover-disk-" + random_id(rng));
    const fs::path copy = folder.string() + "-copy";
    {
        auto disk = open_disk(folder.string());
        ASSERT_TRUE(disk);
        ASSERT_TRUE(
            (*disk)->open("segment", Disk::Open::create).and_then([](auto file) { return file->allocate(12 << 20); }));
        fs::create_hard_link(folder / "segment", copy);
        ASSERT_TRUE((*disk)->remove("segment"));
        for (int i = 0; i < 500 && held_without_a_name(folder) > 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(fs::file_size(copy), uint64_t{12} << 20);
    fs::remove(copy);
    fs::remove_all(folder);
}

}  // namespace
}  // namespace drover::raft
