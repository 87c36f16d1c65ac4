#include "client/state_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "client/fake_servers.h"

namespace drover::client {
namespace {

const std::string kAlloc = "11111111-2222-3333-4444-555555555555";

struct StateStoreTest : testing::Test {
    std::filesystem::path directory;
    std::string path;

    void SetUp() override {
        char pattern[] = "/tmp/drover-test-XXXXXX";
        directory = ::mkdtemp(pattern);
        path = directory / "state.db";
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    void run(const std::string& sql) {
        sqlite3* db = nullptr;
        sqlite3_open(path.c_str(), &db);
        EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(db);
    }
};

TEST_F(StateStoreTest, keeps_allocations_states_handles_and_values) {
    {
        auto store = *open_state_file(path);
        ASSERT_TRUE(store->put_alloc(TestJob().alloc(kAlloc)));
        model::TaskState state;
        state.State = "running";
        ASSERT_TRUE(store->put_task_state(kAlloc, "web", state));
        StoredHandle handle;
        handle.Handle.ID = "a/b/c";
        handle.Handle.State = codec::AnyMap{{"shim_pid", 7}};
        handle.StateDir = "/somewhere";
        ASSERT_TRUE(store->put_handle(kAlloc, "web", &handle));
        state.State = "dead";
        ASSERT_TRUE(store->put_task_state(kAlloc, "web", state));
        ASSERT_TRUE(store->put_value("key", "value"));
    }
    auto store = *open_state_file(path);
    std::vector<std::string> damaged;
    auto found = store->load(damaged);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1u);
    EXPECT_EQ(found->front().alloc.Job->ID, "example");
    const auto& task = found->front().tasks.at("web");
    EXPECT_EQ(task.state.State, "dead");
    ASSERT_TRUE(task.handle);
    EXPECT_EQ(task.handle->StateDir, "/somewhere");
    EXPECT_EQ(*task.handle->Handle.State.member("shim_pid")->as<int64_t>(), 7);
    EXPECT_EQ(store->get_value("key")->value(), "value");
    EXPECT_FALSE(*store->get_value("other"));

    ASSERT_TRUE(store->put_handle(kAlloc, "web", nullptr));
    EXPECT_FALSE(store->load(damaged)->front().tasks.at("web").handle);
    ASSERT_TRUE(store->remove_alloc(kAlloc));
    EXPECT_TRUE(store->load(damaged)->empty());
    EXPECT_TRUE(damaged.empty());
}

TEST_F(StateStoreTest, a_damaged_allocation_costs_only_itself) {
    {
        auto store = *open_state_file(path);
        ASSERT_TRUE(store->put_alloc(TestJob().alloc(kAlloc)));
        ASSERT_TRUE(store->put_alloc(TestJob().alloc("22222222-2222-3333-4444-555555555555")));
    }
    run("UPDATE allocs SET alloc = x'c1ff' WHERE id = '" + kAlloc + "'");
    auto store = *open_state_file(path);
    std::vector<std::string> damaged;
    auto found = store->load(damaged);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->size(), 1u);
    EXPECT_EQ(damaged, std::vector<std::string>{kAlloc});
}

TEST_F(StateStoreTest, refuses_newer_formats_and_other_files) {
    {
        auto store = *open_state_file(path);
    }
    run("PRAGMA user_version = 99");
    auto newer = open_state_file(path);
    ASSERT_FALSE(newer);
    EXPECT_NE(newer.error().message.find("has format 99"), std::string::npos);
    std::ofstream(path, std::ios::trunc) << "no database at all, just some text that is long enough";
    EXPECT_FALSE(open_state_file(path));
}

}  // namespace
}  // namespace drover::client
