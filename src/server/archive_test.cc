#include "server/archive.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "base/uuid.h"
#include "server/keyring.h"
#include "server/state_machine.h"
#include "state/archive.h"

namespace drover::server {
namespace {

// Every command goes through its bytes, as on a server that did not propose it.
class EncodedCommitter final : public Committer {
public:
    explicit EncodedCommitter(state::Store& store) : store_(store) {}

    void propose(state::Command command, std::function<void(Result<state::Applied>)> done) override {
        const std::string bytes = state::encode(command);
        ++commands;
        largest = std::max(largest, bytes.size());
        auto decoded = state::decode(bytes);
        done(decoded ? store_.apply(++index_, *decoded) : Result<state::Applied>(fail(decoded.error())));
    }

    size_t commands = 0, largest = 0;

private:
    state::Store& store_;
    uint64_t index_ = 5;
};

class ArchiveTest : public testing::Test {
protected:
    std::string id() { return random_id(rng_); }

    std::string save(const state::View& view) {
        std::string bytes;
        const raft::Configuration configuration{1, {{id(), "127.0.0.1:4647", raft::Suffrage::voter}}};
        EXPECT_TRUE(save_archive(view, configuration, 3, Time::from_unix_seconds(1'700'000'000), [&](auto piece) {
            bytes += piece;
            return Result<>();
        }));
        return bytes;
    }
    Result<uint64_t> restore(const std::string& bytes, bool force = false) {
        const auto source = [&](uint64_t offset, char* buffer, size_t size) -> Result<size_t> {
            return offset < bytes.size() ? bytes.copy(buffer, size, offset) : 0;
        };
        return restore_archive(source, other_committer_, id(), force);
    }
    static std::string records(const state::View& view) {
        std::string bytes;
        EXPECT_TRUE(state::write_records(view, [&](auto piece) {
            bytes += piece;
            return Result<>();
        }));
        return bytes;
    }
    void add_key(bool can_be_opened) {
        auto key = *make_root_key(rng_, Time::from_unix_seconds(1));
        if (!can_be_opened) key.WrappedKeys[0].KeyEncryptionKey = Bytes();
        key_id_ = key.KeyID;
        ASSERT_TRUE(committer_.commit(state::command::UpsertRootKey{std::make_shared<model::RootKey>(key)}));
    }
    void add_pools(size_t count, size_t description_bytes) {
        state::command::UpsertNodePools command;
        for (size_t i = 0; i < count; ++i) {
            auto pool = std::make_shared<model::NodePool>();
            pool->Name = "pool" + std::to_string(i);
            pool->Description = std::string(description_bytes, 'x');
            pool->NodeIdentityTTL = hours(24);
            command.NodePools.push_back(std::move(pool));
        }
        ASSERT_TRUE(committer_.commit(std::move(command)));
    }

    SeededRng rng_{1};
    state::Store store_, other_;
    EncodedCommitter committer_{store_}, other_committer_{other_};
    std::string key_id_;
};

TEST_F(ArchiveTest, what_was_saved_is_the_state_after_its_restore) {
    add_key(true);
    add_pools(3, 10);
    const auto index = restore(save(store_.view()));
    ASSERT_TRUE(index) << index.error().message;
    EXPECT_GT(*index, store_.view().index());
    EXPECT_EQ(other_.view().index(), *index);
    // Saved once more it is the same, record by record. The pools that every cluster has get their lifetime on the way.
    EXPECT_EQ(other_.view().node_pools().find("pool2")->Description, "xxxxxxxxxx");
    ASSERT_TRUE(restore(save(other_.view())));
    const std::string again = records(other_.view());
    ASSERT_TRUE(restore(save(other_.view())));
    EXPECT_EQ(records(other_.view()), again);
}

TEST_F(ArchiveTest, no_command_of_a_restore_is_larger_than_a_mebibyte) {
    add_pools(6, 700'000);
    ASSERT_TRUE(restore(save(store_.view())));
    EXPECT_LE(other_committer_.largest, 1u << 20);
    EXPECT_GT(other_committer_.commands, 5u);
    EXPECT_EQ(other_.view().node_pools().find("pool5")->Description.size(), 700'000u);
}

TEST_F(ArchiveTest, a_key_that_cannot_be_opened_refuses_the_restore_by_name_unless_forced) {
    add_key(false);
    const std::string bytes = save(store_.view());
    const auto refused = restore(bytes);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find(key_id_), std::string::npos);
    EXPECT_EQ(other_committer_.commands, 0u);
    ASSERT_TRUE(restore(bytes, true));
    EXPECT_EQ(other_.view().root_keys().active()->KeyID, key_id_);
}

TEST_F(ArchiveTest, of_a_damaged_archive_nothing_reaches_the_log) {
    add_pools(3, 1000);
    const std::string bytes = save(store_.view());
    for (const size_t size : {size_t{0}, size_t{10}, bytes.size() / 2, bytes.size() - 1})
        EXPECT_FALSE(restore(bytes.substr(0, size)));
    EXPECT_FALSE(restore(bytes + "x"));
    EXPECT_EQ(other_committer_.commands, 0u);
}

TEST_F(ArchiveTest, no_snapshot_is_taken_while_a_restore_is_under_way) {
    StateMachine machine(other_);
    EXPECT_TRUE(machine.snapshot());
    ASSERT_TRUE(other_committer_.commit(state::command::BeginRestore{id(), 1}));
    EXPECT_FALSE(machine.snapshot());
    ASSERT_TRUE(other_committer_.commit(state::command::AbortRestore{}));
    EXPECT_TRUE(machine.snapshot());
}

}  // namespace
}  // namespace drover::server
