#include "raft/messages.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace drover::raft {
namespace {

Result<Frame> decode(const std::string& frame) {
    Result<size_t> size = frame_size(frame);
    if (!size) return fail(size.error());
    EXPECT_EQ(*size, frame.size() - kFrameHead);
    return decode_frame(std::make_shared<const std::string>(frame.substr(kFrameHead)));
}

LogEntry entry(uint64_t term, uint8_t type, std::string text) {
    auto owner = std::make_shared<const std::string>(std::move(text));
    return {term, type, *owner, owner, nullptr};
}

std::string some_append() {
    raft_append_entries append{};
    append.term = 7, append.prev_log_index = 41, append.prev_log_term = 6, append.leader_commit = 40;
    const std::string configuration =
        encode_configuration({{"11111111-0000-4000-8000-000000000000", "10.0.0.1:4647", Suffrage::voter}});
    const LogEntry entries[] = {entry(7, RAFT_COMMAND, "one"), entry(7, RAFT_CHANGE, configuration),
                                entry(7, RAFT_BARRIER, "")};
    return encode_append(append, entries);
}

TEST(Messages, an_append_comes_back_with_its_entries) {
    auto frame = decode(some_append());
    ASSERT_TRUE(frame);
    const auto& received = std::get<ReceivedMessage>(*frame);
    EXPECT_EQ(received.message.append_entries.prev_log_index, 41u);
    ASSERT_EQ(received.entries.size(), 3u);
    EXPECT_EQ(received.entries[0].data, "one");
    EXPECT_EQ(received.entries[1].type, RAFT_CHANGE);
    EXPECT_EQ(received.entries[2].data, "");
}

TEST(Messages, a_hello_tells_who_speaks) {
    auto frame = decode(encode(Hello{Hello::Purpose::snapshot, "cluster", "server", "10.0.0.1:4647", 99}));
    ASSERT_TRUE(frame);
    const auto& hello = std::get<Hello>(*frame);
    EXPECT_EQ(hello.purpose, Hello::Purpose::snapshot);
    EXPECT_EQ(hello.cluster_id, "cluster");
    EXPECT_EQ(hello.address, "10.0.0.1:4647");
    EXPECT_EQ(hello.instance, 99u);
}

TEST(Messages, what_is_cut_short_or_has_more_is_refused) {
    const std::string whole = some_append().substr(kFrameHead);
    for (size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(decode_frame(std::make_shared<const std::string>(whole.substr(0, size)))) << size;
    EXPECT_FALSE(decode_frame(std::make_shared<const std::string>(whole + "x")));
}

TEST(Messages, a_configuration_that_cannot_be_read_is_refused_with_its_frame) {
    const LogEntry entries[] = {entry(1, RAFT_CHANGE, "nonsense")};
    EXPECT_FALSE(decode(encode_append({}, entries)));
}

TEST(Messages, any_bytes_are_read_or_refused) {
    SeededRng rng(1);
    const std::string whole = some_append().substr(kFrameHead);
    for (int i = 0; i < 20000; ++i) {
        std::string bytes = whole;
        for (uint64_t n = rng.below(4) + 1; n > 0; --n) bytes[rng.below(bytes.size())] = static_cast<char>(rng.next());
        (void)decode_frame(std::make_shared<const std::string>(bytes));
    }
}

TEST(Messages, a_length_beyond_the_limit_is_refused) {
    EXPECT_FALSE(frame_size(std::string("\xff\xff\xff\xff", 4)));
    EXPECT_FALSE(frame_size(std::string(4, '\0')));
}

}  // namespace
}  // namespace drover::raft
