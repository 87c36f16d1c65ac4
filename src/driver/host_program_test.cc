#include "driver/host_program.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "driver/signals.h"

namespace drover::driver {
namespace {

TEST(FindProgram, searches_local_then_task_directory_then_path_and_makes_executable) {
    char pattern[] = "/tmp/drover-test-XXXXXX";
    const std::string task = ::mkdtemp(pattern), local = task + "/local";
    std::filesystem::create_directory(local);
    std::ofstream(task + "/tool") << "#!/bin/sh\n";
    EXPECT_EQ(*find_program("tool", local, task, "/usr/bin:/bin"), task + "/tool");
    std::ofstream(local + "/tool") << "#!/bin/sh\n";
    ::chmod((local + "/tool").c_str(), 0644);
    EXPECT_EQ(*find_program("tool", local, task, "/usr/bin:/bin"), local + "/tool");
    struct stat found{};
    ::stat((local + "/tool").c_str(), &found);
    EXPECT_EQ(found.st_mode & 0777, 0755u);
    EXPECT_EQ(*find_program("/bin/sh", local, task, ""), "/bin/sh");
    EXPECT_EQ(*find_program("env", local, task, "/nowhere:/usr/bin"), "/usr/bin/env");
    EXPECT_FALSE(find_program("no-such-tool", local, task, "/usr/bin"));
    std::filesystem::remove_all(task);
}

TEST(IdRanges, single_numbers_and_spans) {
    EXPECT_TRUE(check_id_ranges("0,10-15"));
    EXPECT_TRUE(check_id_ranges(""));
    EXPECT_FALSE(check_id_ranges("15-10"));
    EXPECT_FALSE(check_id_ranges("a"));
    EXPECT_TRUE(id_in_ranges(12, "0,10-15"));
    EXPECT_FALSE(id_in_ranges(9, "0,10-15"));
}

TEST(FindUser, by_name_and_number) {
    EXPECT_EQ(find_user("root")->uid, 0u);
    EXPECT_EQ(find_user("0")->gid, 0u);
    EXPECT_FALSE(find_user("no-such-user"));
}

TEST(Signals, by_name) {
    EXPECT_EQ(signal_number("SIGHUP"), 1);
    EXPECT_EQ(signal_number("term"), 15);
    EXPECT_EQ(signal_number("SIGWAT"), std::nullopt);
    EXPECT_NE(signal_names().find("SIGWINCH"), std::string::npos);
}

}  // namespace
}  // namespace drover::driver
