#include "raft/member_table.h"

#include <gtest/gtest.h>

namespace drover::raft {
namespace {

using Heard = MemberTable::Heard;
using Verdict = MemberTable::Verdict;

MemberRecord record(const std::string& id, uint64_t incarnation, MemberStatus status = MemberStatus::alive) {
    MemberRecord r;
    r.ID = id;
    r.Name = id + ".global";
    r.Addr = "10.0.0." + id;
    r.Port = 4648;
    r.Tags = {{"role", "nomad"}, {"region", "global"}};
    r.Status = static_cast<uint8_t>(status);
    r.Incarnation = incarnation;
    r.Instance = 7;
    return r;
}

MemberTable table() {
    Member self = to_member(record("0", 5));
    self.instance = 1;
    return MemberTable(self);
}

TEST(MemberTable, the_higher_incarnation_wins_then_left_then_failed) {
    const MemberStatus alive = MemberStatus::alive, failed = MemberStatus::failed, left = MemberStatus::left;
    struct Case {
        MemberStatus before;
        uint64_t incarnation;
        MemberStatus told;
        Verdict expected;
    };
    const Case cases[] = {
        {alive, 3, failed, Verdict::changed}, {alive, 3, left, Verdict::changed},  {alive, 2, left, Verdict::nothing},
        {alive, 3, alive, Verdict::nothing},  {alive, 4, alive, Verdict::changed}, {failed, 3, left, Verdict::changed},
        {failed, 3, alive, Verdict::nothing}, {failed, 4, alive, Verdict::verify}, {left, 3, failed, Verdict::nothing},
        {left, 4, failed, Verdict::changed},  {left, 3, alive, Verdict::nothing},  {left, 4, alive, Verdict::verify},
    };
    for (const Case& c : cases) {
        MemberTable t = table();
        t.merge(record("1", 3), Heard::directly, {});
        if (c.before != alive) t.merge(record("1", 3, c.before), Heard::from_others, {});
        EXPECT_EQ(t.merge(record("1", c.incarnation, c.told), Heard::from_others, {}).verdict, c.expected)
            << to_string(c.before) << " " << c.incarnation << " " << to_string(c.told);
    }
}

TEST(MemberTable, a_stranger_is_listed_once_it_was_heard_itself) {
    MemberTable t = table();
    EXPECT_EQ(t.merge(record("1", 1), Heard::from_others, {}).verdict, Verdict::verify);
    EXPECT_EQ(t.shown().size(), 1u);
    EXPECT_EQ(t.merge(record("1", 1), Heard::directly, {}).verdict, Verdict::changed);
    EXPECT_EQ(t.shown().size(), 2u);
}

TEST(MemberTable, old_news_of_the_gone_is_not_heard_and_the_gone_are_forgotten) {
    MemberTable t = table();
    MemberRecord old = record("1", 1, MemberStatus::failed);
    old.Age = hours(25);
    EXPECT_EQ(t.merge(old, Heard::from_others, hours(100)).verdict, Verdict::nothing);
    old.Age = hours(23);
    EXPECT_EQ(t.merge(old, Heard::from_others, hours(100)).verdict, Verdict::changed);
    EXPECT_EQ(t.told("1", hours(100))->Age, hours(23));
    EXPECT_EQ(t.forget_old(hours(100) + minutes(59)), 0u);
    EXPECT_EQ(t.forget_old(hours(101)), 1u);
}

TEST(MemberTable, this_server_refutes_what_is_wrong_of_it) {
    MemberTable t = table();
    MemberRecord wrong = to_record(t.self(), {});
    EXPECT_EQ(t.merge(wrong, Heard::from_others, {}).verdict, Verdict::nothing);
    wrong.Status = static_cast<uint8_t>(MemberStatus::left);
    const MemberTable::Judgement judgement = t.merge(wrong, Heard::from_others, {});
    EXPECT_EQ(judgement.verdict, Verdict::refuted);
    EXPECT_EQ(judgement.incarnation, 6u);
    wrong.Incarnation = 4;
    EXPECT_EQ(t.merge(wrong, Heard::from_others, {}).verdict, Verdict::nothing);
    MemberRecord tags = to_record(t.self(), {});
    tags.Tags["port"] = "1";
    tags.Incarnation = 9;
    EXPECT_EQ(t.merge(tags, Heard::from_others, {}).incarnation, 10u);
}

TEST(MemberTable, an_address_moves_when_its_holder_is_silent) {
    MemberTable t = table();
    t.merge(record("1", 1), Heard::directly, {});
    MemberRecord moved = record("1", 2);
    moved.Addr = "10.9.9.9";
    EXPECT_EQ(t.merge(moved, Heard::from_others, {}).verdict, Verdict::verify);
    const MemberTable::Judgement asked = t.merge(moved, Heard::directly, {});
    EXPECT_EQ(asked.verdict, Verdict::ask);
    EXPECT_EQ(asked.holder.address, "10.0.0.1");
    EXPECT_EQ(asked.reason, RefusalReason::cloned);
    EXPECT_EQ(t.merge(moved, Heard::directly, {}, false, MemberTable::Holder::silent).verdict, Verdict::changed);
    EXPECT_EQ(t.find("1")->member.address, "10.9.9.9");
}

TEST(MemberTable, a_name_passes_on_when_its_holder_is_gone) {
    MemberTable t = table();
    t.merge(record("1", 1), Heard::directly, {});
    MemberRecord newcomer = record("2", 1);
    newcomer.Name = "1.global";
    EXPECT_EQ(t.merge(newcomer, Heard::directly, {}).verdict, Verdict::ask);
    t.mark_failed("1", {});
    EXPECT_EQ(t.merge(newcomer, Heard::directly, {}).verdict, Verdict::changed);
    EXPECT_EQ(t.find("1")->member.status, MemberStatus::left);
    // The old one must not come back under the name.
    EXPECT_EQ(t.merge(record("1", 2), Heard::directly, {}).verdict, Verdict::ask);
    newcomer.ID = "3";
    newcomer.Name = "0.global";
    EXPECT_EQ(t.merge(newcomer, Heard::directly, {}).verdict, Verdict::refused);
}

TEST(MemberTable, a_region_has_one_cluster) {
    MemberTable t = table();
    MemberRecord first = record("1", 1), second = record("2", 1);
    first.Tags[std::string(kClusterTag)] = "one";
    second.Tags[std::string(kClusterTag)] = "two";
    EXPECT_EQ(t.merge(first, Heard::directly, {}).verdict, Verdict::changed);
    const MemberTable::Judgement judgement = t.merge(second, Heard::directly, {});
    EXPECT_EQ(judgement.verdict, Verdict::refused);
    EXPECT_EQ(judgement.reason, RefusalReason::cluster);
    for (const char* told : {"one", "two", "10.0.0.2:4648", "10.0.0.0:4648"})
        EXPECT_NE(judgement.text.find(told), std::string::npos) << judgement.text;
}

TEST(MemberTable, a_new_region_needs_somebody_who_wants_it) {
    MemberTable t = table();
    MemberRecord far = record("1", 1);
    far.Tags["region"] = "eu";
    EXPECT_EQ(t.merge(far, Heard::directly, {}).reason, RefusalReason::region);
    EXPECT_EQ(t.merge(far, Heard::directly, {}, true).verdict, Verdict::changed);
    far.ID = "2", far.Name = "2.eu";
    EXPECT_EQ(t.merge(far, Heard::directly, {}).verdict, Verdict::changed);
}

TEST(MemberTable, what_is_only_remembered_is_told_to_nobody) {
    MemberTable t = table();
    t.remember({record("1", 3)}, {{"eu", "two"}}, {});
    EXPECT_EQ(t.shown()[1].status, MemberStatus::failed);
    EXPECT_EQ(t.told(Duration{}).size(), 1u);
    EXPECT_EQ(t.view_of("1"), MemberView());
    EXPECT_EQ(t.clusters().at("eu"), "two");
    EXPECT_EQ(t.merge(record("1", 3), Heard::directly, {}).verdict, Verdict::changed);
    EXPECT_EQ(t.shown()[1].status, MemberStatus::alive);
    // Even if its disk went back: it is here, and nobody else was told of more.
    t.remember({record("2", 9)}, {}, {});
    EXPECT_EQ(t.merge(record("2", 4), Heard::from_others, {}).verdict, Verdict::nothing);
    EXPECT_EQ(t.merge(record("2", 4), Heard::directly, {}).verdict, Verdict::changed);
}

TEST(MemberTable, only_servers_enter_and_not_too_many) {
    MemberTable t = table();
    MemberRecord other = record("1", 1);
    other.Tags["role"] = "consul";
    EXPECT_EQ(t.merge(other, Heard::directly, {}).verdict, Verdict::refused);
    for (size_t i = 1; i < kMaxMembers; ++i)
        ASSERT_EQ(t.merge(record(std::to_string(i), 1), Heard::directly, {}).verdict, Verdict::changed);
    EXPECT_EQ(t.merge(record("x", 1), Heard::directly, {}).reason, RefusalReason::full);
}

TEST(MemberTable, who_was_leaving_has_left_when_it_falls_silent) {
    MemberTable t = table();
    t.merge(record("1", 1, MemberStatus::leaving), Heard::directly, {});
    t.mark_failed("1", {});
    EXPECT_EQ(t.find("1")->member.status, MemberStatus::left);
    EXPECT_FALSE(t.mark_failed("1", {}));
    EXPECT_TRUE(t.mark_left("1", true, {}));
    EXPECT_EQ(t.shown().size(), 1u);
    EXPECT_TRUE(t.told("1", {})->Pruned);
}

}  // namespace
}  // namespace drover::raft
