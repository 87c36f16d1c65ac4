#include "raft/single_log.h"

#include <gtest/gtest.h>

#include <future>

namespace drover::raft {
namespace {

struct Note : Command {
    explicit Note(std::string t) : text(std::move(t)) {}
    std::string encode() const override { return text; }
    std::string text;
};

// Remembers what it applied; "bad" is refused.
struct Recorder : StateMachine {
    std::vector<Outcome> apply(std::span<const Entry> entries) override {
        std::vector<Outcome> outcomes;
        for (const Entry& entry : entries) {
            const std::string& text = dynamic_cast<const Note&>(*entry.maybe_command).text;
            if (text == "bad") {
                outcomes.push_back(fail(Error::internal("refused")));
                continue;
            }
            indexes.push_back(entry.index);
            texts.push_back(text);
            outcomes.push_back(std::any(entry.index));
        }
        return outcomes;
    }
    std::function<Result<>(const Sink&)> snapshot() override {
        return [](const Sink&) { return Result<>(); };
    }
    Result<> restore(const Source&) override { return {}; }
    std::vector<uint64_t> indexes;
    std::vector<std::string> texts;
};

TEST(SingleLog, applies_in_order_and_answers_each) {
    Recorder machine;
    SingleLog log({"s1", "", 100, 4}, machine);
    std::vector<uint64_t> answers;
    for (int i = 0; i < 20; ++i) {
        log.propose(std::make_shared<Note>(std::to_string(i)),
                    [&](Outcome o) { answers.push_back(std::any_cast<uint64_t>(*o)); });
    }
    ASSERT_TRUE(log.start());
    std::promise<uint64_t> reached;
    log.barrier([&](Result<uint64_t> index) { reached.set_value(index.value_or(0)); });
    const uint64_t index = reached.get_future().get();
    log.stop();
    EXPECT_EQ(answers, machine.indexes);
    EXPECT_EQ(machine.texts.front(), "0");
    EXPECT_EQ(machine.texts.back(), "19");
    EXPECT_EQ(index, machine.indexes.back());
    EXPECT_EQ(log.stats().applied_index, index);
    EXPECT_GE(log.stats().batches, 5u);  // no batch is larger than asked
}

TEST(SingleLog, a_refusal_is_its_proposers_only) {
    Recorder machine;
    SingleLog log({"s1", ""}, machine);
    ASSERT_TRUE(log.start());
    std::promise<Outcome> bad, good;
    log.propose(std::make_shared<Note>("bad"), [&](Outcome o) { bad.set_value(std::move(o)); });
    log.propose(std::make_shared<Note>("good"), [&](Outcome o) { good.set_value(std::move(o)); });
    EXPECT_EQ(bad.get_future().get().error().message, "refused");
    EXPECT_TRUE(good.get_future().get());
}

TEST(SingleLog, what_waits_is_bounded_and_a_stopped_log_refuses) {
    Recorder machine;
    SingleLog log({"s1", "", 2, 1}, machine);
    int refused = 0, applied = 0;
    const auto count = [&](Outcome o) { ++(o ? applied : refused); };
    for (int i = 0; i < 5; ++i) log.propose(std::make_shared<Note>("x"), count);
    EXPECT_EQ(refused, 3);
    ASSERT_TRUE(log.start());
    log.stop();
    EXPECT_EQ(applied, 2);
    log.propose(std::make_shared<Note>("late"), count);
    EXPECT_EQ(refused, 4);
}

TEST(SingleLog, leads_from_the_start) {
    Recorder machine;
    SingleLog log({"s1", ""}, machine);
    std::promise<Leadership> seen;
    log.observe_leadership([&](const Leadership& l) { seen.set_value(l); });
    ASSERT_TRUE(log.start());
    EXPECT_TRUE(seen.get_future().get().is_leader);
    EXPECT_EQ(log.leadership().leader_id, "s1");
}

}  // namespace
}  // namespace drover::raft
