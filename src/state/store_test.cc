#include "state/store.h"

#include <thread>

#include "state/store_fixture.h"

namespace drover::state {
namespace {

class StoreTest : public StoreFixture {};

TEST_F(StoreTest, a_registration_makes_job_version_summary_and_evaluation_at_one_index) {
    const auto command = registration(job("j"));
    const auto applied = apply(command);
    ASSERT_TRUE(applied) << applied.error().message;
    const View view = store.view();
    const auto stored = view.jobs().find("default", "j");
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->Version, 0u);
    EXPECT_EQ(stored->JobModifyIndex, applied->Index);
    EXPECT_EQ(stored->Status, "pending");
    EXPECT_EQ(view.evals().find(command.Eval->ID)->JobModifyIndex, applied->Index);
    EXPECT_EQ(view.evals().find(command.Eval->ID)->CreateIndex, applied->Index);
    EXPECT_EQ(view.table_index(Table::jobs), applied->Index);
    EXPECT_EQ(view.table_index(Table::nodes), 0u);
    EXPECT_EQ(counts("j").Running, 0);
}

TEST_F(StoreTest, only_a_changed_specification_is_a_new_version) {
    ASSERT_TRUE(apply(registration(job("j"))));
    const auto first = store.view().jobs().find("default", "j");
    ASSERT_TRUE(apply(registration(job("j"))));
    EXPECT_EQ(store.view().jobs().find("default", "j")->JobModifyIndex, first->JobModifyIndex);
    ASSERT_TRUE(apply(registration(job("j", 2))));
    const auto second = store.view().jobs().find("default", "j");
    EXPECT_EQ(second->Version, 1u);
    EXPECT_EQ(second->CreateIndex, first->CreateIndex);
    EXPECT_EQ(second->JobModifyIndex, index);
}

TEST_F(StoreTest, six_versions_are_kept_and_tagged_ones_stay) {
    ASSERT_TRUE(apply(registration(job("j", 1))));
    command::TagJobVersion tag;
    tag.Namespace = "default", tag.JobID = "j", tag.Name = "gold";
    tag.Tag.make().Name = "gold";
    ASSERT_TRUE(apply(tag));
    for (int count = 2; count < 12; ++count) ASSERT_TRUE(apply(registration(job("j", count))));
    std::vector<uint64_t> versions;
    for (const auto& v : store.view().job_versions().of("default", "j")) versions.push_back(v->Version);
    EXPECT_EQ(versions.size(), 6u);
    EXPECT_EQ(versions.front(), 10u);
    EXPECT_EQ(versions.back(), 0u);
    EXPECT_TRUE(store.view().job_versions().tagged("default", "j", "gold"));
}

TEST_F(StoreTest, an_enforced_index_must_match) {
    auto command = registration(job("j"));
    command.EnforceIndex = true, command.JobModifyIndex = 7;
    EXPECT_EQ(apply(command).error().message, "Enforcing job modify index 7: job does not exist");
    command.JobModifyIndex = 0;
    ASSERT_TRUE(apply(command));
    EXPECT_EQ(apply(command).error().message, "Enforcing job modify index 0: job already exists");
}

TEST_F(StoreTest, placing_and_reporting_move_counts_and_status) {
    ASSERT_TRUE(apply(registration(job("j", 2))));
    const auto stored = store.view().jobs().find("default", "j");
    const std::string a = place(alloc(stored, 0)), b = place(alloc(stored, 1));
    EXPECT_EQ(counts("j").Starting, 2);
    EXPECT_EQ(store.view().jobs().find("default", "j")->Status, "running");
    ASSERT_TRUE(report(a, "running"));
    EXPECT_EQ(counts("j").Running, 1);
    ASSERT_TRUE(report(a, "complete"));
    ASSERT_TRUE(report(b, "failed"));
    EXPECT_EQ(counts("j").Complete, 1);
    EXPECT_EQ(counts("j").Failed, 1);
    EXPECT_EQ(counts("j").Running, 0);
    const auto full = store.view().allocs().full(a);
    ASSERT_TRUE(full);
    EXPECT_EQ(full->Name, "j.g[0]");
    EXPECT_EQ(full->ClientStatus, "complete");
    EXPECT_EQ(full->TaskStates.get("t")->State, "running");
    EXPECT_EQ(full->AllocatedResources->Tasks.get("t")->Memory.MemoryMB, 64);
    EXPECT_EQ(full->Job->ID, "j");
    EXPECT_EQ(full->CreateTime, 1000);
    EXPECT_EQ(full->ModifyTime, 2000);
}

TEST_F(StoreTest, an_evaluation_ends_with_its_plan_only_if_that_was_applied) {
    const auto open = registration(job("a"));
    ASSERT_TRUE(apply(open));
    const auto stored = store.view().evals().find(open.Eval->ID);
    model::Evaluation ended = *stored;
    ended.Status = "complete";
    command::UpsertEvals ending;
    ending.Evals.push_back(std::make_shared<model::Evaluation>(ended));
    ending.PlannedAfter = stored->ModifyIndex;
    EXPECT_FALSE(apply(ending));
    EXPECT_EQ(store.view().evals().find(ended.ID)->Status, "pending");
    model::Allocation placed = alloc(store.view().jobs().find("default", "a"), 0);
    placed.EvalID = ended.ID;
    PlanRows rows;
    rows.plan().EvalID = ended.ID;
    rows.place(placed);
    rows.plan().UpdatedAt = 1000;
    ASSERT_TRUE(apply(std::move(rows).take()));
    EXPECT_TRUE(apply(ending));
    EXPECT_EQ(store.view().evals().find(ended.ID)->Status, "complete");
}

TEST_F(StoreTest, summaries_are_counted_anew_from_what_is_there) {
    ASSERT_TRUE(apply(registration(job("a", 3))));
    const auto stored = store.view().jobs().find("default", "a");
    std::vector<std::string> allocs;
    for (int i = 0; i < 3; ++i) allocs.push_back(place(alloc(stored, i)));
    ASSERT_TRUE(report(allocs[0], "complete"));
    ASSERT_TRUE(report(allocs[1], "running"));
    model::Evaluation ended = eval("a", "complete");
    ended.QueuedAllocations["g"] = 2;
    command::UpsertEvals upsert;
    upsert.Evals.push_back(std::make_shared<model::Evaluation>(ended));
    ASSERT_TRUE(apply(upsert));

    command::RecountSummaries recount;
    recount.Jobs = {{.ID = "a", .Namespace = "default"}, {.ID = "gone", .Namespace = "default"}};
    const uint64_t before = store.view().job_summaries().find("default", "a")->ModifyIndex;
    ASSERT_TRUE(apply(recount));
    EXPECT_EQ(store.view().job_summaries().find("default", "a")->ModifyIndex, before);

    command::DeleteEvals removal;  // which the counts do not follow
    removal.Allocs.push_back(allocs[0]);
    ASSERT_TRUE(apply(removal));
    EXPECT_EQ(counts("a").Complete, 1);
    ASSERT_TRUE(apply(recount));
    EXPECT_EQ(counts("a").Complete, 0);
    EXPECT_EQ(counts("a").Running, 1);
    EXPECT_EQ(counts("a").Starting, 1);
    EXPECT_EQ(counts("a").Queued, 2);
    EXPECT_EQ(store.view().job_summaries().find("default", "gone"), nullptr);
}

TEST_F(StoreTest, allocations_of_one_group_share_job_and_resources) {
    ASSERT_TRUE(apply(registration(job("j", 2))));
    const auto stored = store.view().jobs().find("default", "j");
    const auto first = alloc(stored, 0);
    auto second = alloc(stored, 1);
    second.AllocatedResources = first.AllocatedResources;
    PlanRows rows;
    rows.place(first), rows.place(second);
    ASSERT_TRUE(apply(std::move(rows).take()));
    const auto a = store.view().allocs().find(first.ID), b = store.view().allocs().find(second.ID);
    EXPECT_EQ(a.row().group, b.row().group);
    EXPECT_EQ(a.row().resources, b.row().resources);
    EXPECT_EQ(a.usage().cpu_shares, 100);
}

TEST_F(StoreTest, a_stop_keeps_the_clients_word_and_a_replacement_is_linked) {
    ASSERT_TRUE(apply(registration(job("j"))));
    const auto stored = store.view().jobs().find("default", "j");
    auto first = alloc(stored, 0);
    place(first);
    ASSERT_TRUE(report(first.ID, "failed"));
    PlanRows rows;
    first.DesiredDescription = "replaced";
    rows.stop(first);
    auto next = alloc(stored, 0);
    next.PreviousAllocation = first.ID;
    rows.place(next);
    ASSERT_TRUE(apply(std::move(rows).take()));
    const auto before = store.view().allocs().full(first.ID);
    EXPECT_EQ(before->DesiredStatus, "stop");
    EXPECT_EQ(before->ClientStatus, "failed");
    EXPECT_EQ(before->DesiredDescription, "replaced");
    EXPECT_EQ(before->NextAllocation, next.ID);
    EXPECT_EQ(store.view().allocs().full(next.ID)->PreviousAllocation, first.ID);
}

TEST_F(StoreTest, a_complete_evaluation_cancels_the_blocked_ones_of_its_job) {
    ASSERT_TRUE(apply(registration(job("j"))));
    const auto blocked = eval("j", "blocked"), done = eval("j", "complete");
    command::UpsertEvals upsert;
    upsert.Evals.push_back(std::make_shared<model::Evaluation>(blocked));
    ASSERT_TRUE(apply(upsert));
    upsert.Evals = {std::make_shared<model::Evaluation>(done)};
    ASSERT_TRUE(apply(upsert));
    const auto after = store.view().evals().find(blocked.ID);
    EXPECT_EQ(after->Status, "canceled");
    EXPECT_EQ(after->StatusDescription, "evaluation \"" + done.ID + "\" successful");
}

TEST_F(StoreTest, purging_leaves_nothing_but_closed_evaluations) {
    const auto command = registration(job("j"));
    ASSERT_TRUE(apply(command));
    const std::string a = place(alloc(store.view().jobs().find("default", "j"), 0));
    command::DeregisterJob purge;
    purge.Namespace = "default", purge.JobID = "j", purge.Purge = true;
    ASSERT_TRUE(apply(purge));
    EXPECT_EQ(store.view().allocs_erased_at(), store.view().index());
    EXPECT_FALSE(store.view().jobs().find("default", "j"));
    EXPECT_FALSE(store.view().job_summaries().find("default", "j"));
    EXPECT_FALSE(store.view().allocs().find(a));
    EXPECT_EQ(store.view().evals().find(command.Eval->ID)->Status, "complete");
    EXPECT_EQ(store.view().evals().find(command.Eval->ID)->StatusDescription, "job j deleted");
}

TEST_F(StoreTest, a_refused_command_changes_nothing_but_the_index) {
    const View before = store.view();
    command::DeleteNamespaces erase;
    erase.Names = {"default"};
    EXPECT_FALSE(apply(erase));
    EXPECT_TRUE(store.view().namespaces().find("default"));
    EXPECT_EQ(store.view().index(), index);
    EXPECT_EQ(store.view().table_index(Table::namespaces), before.table_index(Table::namespaces));
}

TEST_F(StoreTest, a_view_never_changes_and_a_preview_touches_nothing) {
    const View before = store.view();
    auto expected = store.preview(before, 99, Command(registration(job("j"))));
    ASSERT_TRUE(expected);
    EXPECT_TRUE(expected->jobs().find("default", "j"));
    EXPECT_FALSE(store.view().jobs().find("default", "j"));
    ASSERT_TRUE(apply(registration(job("j"))));
    EXPECT_FALSE(before.jobs().find("default", "j"));
}

TEST_F(StoreTest, a_watch_wakes_for_its_own_key_only) {
    ASSERT_TRUE(apply(registration(job("a"))));
    ASSERT_TRUE(apply(registration(job("b"))));
    WatchSet set;
    const View view = store.view();
    (void)view.tracked(set).jobs().find("default", "a");
    int woken = 0;
    auto watch = store.watch(set, view, [&] { ++woken; });
    ASSERT_TRUE(watch);
    ASSERT_TRUE(apply(registration(job("b", 5))));
    EXPECT_EQ(woken, 0);
    ASSERT_TRUE(apply(registration(job("a", 5))));
    EXPECT_EQ(woken, 1);
    EXPECT_FALSE(store.watch(set, view, [&] { ++woken; }));  // the view is no longer the newest
}

TEST_F(StoreTest, commands_survive_the_log) {
    const Command command = registration(job("j", 3));
    auto back = decode(encode(command));
    ASSERT_TRUE(back) << back.error().message;
    const auto& read = std::get<command::RegisterJob>(*back);
    const auto& written = std::get<command::RegisterJob>(command);
    EXPECT_TRUE(codec::equal(codec::type_of<command::RegisterJob>(), &read, &written));
    EXPECT_FALSE(decode(""));
    EXPECT_FALSE(decode("\xff"));
    EXPECT_FALSE(decode(encode(command) + "x"));
}

TEST_F(StoreTest, readers_are_not_disturbed_by_the_writer) {
    ASSERT_TRUE(apply(registration(job("j"))));
    std::atomic<bool> stop = false;
    std::thread reader([&] {
        while (!stop) {
            const View view = store.view();
            size_t jobs = 0;
            for (const auto& j : view.jobs().all()) jobs += !j->ID.empty();
            EXPECT_GE(jobs, 1u);
        }
    });
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(apply(registration(job("j" + std::to_string(i)))));
    stop = true;
    reader.join();
    EXPECT_EQ(store.view().jobs().size(), 301u);
}

}  // namespace
}  // namespace drover::state
