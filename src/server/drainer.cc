#include "server/drainer.h"

#include <algorithm>

#include "model/job_rules.h"
#include "model/status.h"

namespace drover::server {
namespace {

using scheduler::DrainFacts;
using scheduler::DrainStep;
using state::Table;

constexpr Duration kBatch = seconds(1);    // what changes meanwhile is looked at together
constexpr Duration kRetry = seconds(5);    // after a commit that failed
constexpr size_t kMarksPerCommand = 4096;  // and those of one job more, so that a log entry stays small

using NodeTree = state::Tree<state::Tables::Object>;

const model::Node& node_of(const state::Tables::Object& row) { return *static_cast<const model::Node*>(row.get()); }

bool runs_plugin(const state::AllocRef& alloc) {
    const model::TaskGroup* group = model::maybe_group(*alloc.job(), alloc.task_group());
    return group && std::any_of(group->Tasks.begin(), group->Tasks.end(),
                                [](const model::Task& task) { return static_cast<bool>(task.CSIPluginConfig); });
}

DrainFacts::Alloc fact_of(const state::AllocRef& alloc) {
    DrainFacts::Alloc fact;
    fact.id = alloc.id();
    fact.ns = alloc.ns(), fact.job = alloc.job_id(), fact.group = alloc.task_group();
    fact.type = alloc.job()->Type;
    fact.name_index = alloc.name_index();
    fact.plugin = runs_plugin(alloc);
    fact.marked = alloc.server_terminal() || alloc.should_migrate();
    return fact;
}

// The turns in which a group's allocations leave; nothing for those that do not take turns.
std::optional<DrainFacts::Group> turns_of(const state::View& view, const DrainFacts::GroupKey& key) {
    const auto& [ns, job_id, name] = key;
    const auto job = view.jobs().find(ns, job_id);
    if (!job || job->Type != model::kJobTypeService) return std::nullopt;
    const model::TaskGroup* group = model::maybe_group(*job, name);
    if (!group || !group->Migrate) return std::nullopt;
    DrainFacts::Group turns{group->Count, group->Migrate->MaxParallel, 0};
    for (const auto& alloc : view.allocs().live_of_job(ns, job_id)) {
        if (alloc.task_group() == name && alloc.healthy() && !alloc.should_migrate()) ++turns.healthy;
    }
    return turns;
}

model::NodeEvent completion(Time now, bool by_deadline) {
    model::NodeEvent event;
    event.Message = "Node drain complete";
    event.Subsystem = "Drain";
    event.Timestamp = now;
    if (by_deadline) event.Details["deadline_reached"] = "true";
    return event;
}

}  // namespace

DrainFacts drain_facts(const state::View& view, const std::set<std::string>& node_ids) {
    DrainFacts facts;
    std::set<DrainFacts::GroupKey> asked;
    for (const std::string& id : node_ids) {
        const auto node = view.nodes().find(id);
        if (!node || !node->DrainStrategy) continue;
        auto& fact = facts.nodes.emplace_back(DrainFacts::Node{id, *node->DrainStrategy, {}});
        for (const auto& alloc : view.allocs().of_node(id)) {
            if (alloc.client_terminal()) continue;
            fact.allocs.push_back(fact_of(alloc));
            const DrainFacts::GroupKey key(alloc.ns(), alloc.job_id(), alloc.task_group());
            if (!asked.insert(key).second) continue;
            if (auto turns = turns_of(view, key)) facts.groups[key] = *turns;
        }
    }
    return facts;
}

Drainer::Drainer(Leader& leader) : leader_(leader), changed_(leader.loop()) {
    leader.store().on_publish([notify = changed_](const state::View& before, const state::View& after) {
        const auto moved = [&](Table table) { return before.table_index(table) != after.table_index(table); };
        if (moved(Table::nodes) || moved(Table::allocs) || moved(Table::jobs)) notify.notify();
    });
}

void Drainer::start() {
    group_ = std::make_unique<net::TaskGroup>(leader_.loop());
    group_->spawn(run());
}

net::Task<> Drainer::stop() {
    if (!group_) co_return;
    group_->cancel();
    co_await group_->join();
    group_.reset();
    draining_.clear();
    seen_ = {};
}

// Whether any node is being drained.
bool Drainer::follow() {
    const state::View now = leader_.view();
    const auto note = [&](const std::string&, const state::Tables::Object* was, const state::Tables::Object* is) {
        if (is && node_of(*is).DrainStrategy) {
            draining_.insert(node_of(*is).ID);
        } else {
            draining_.erase(node_of(is ? *is : *was).ID);
        }
    };
    const bool same_state = seen_ && seen_.version()->epoch == now.version()->epoch;
    if (!same_state) draining_.clear();
    NodeTree::compare(same_state ? seen_.version()->tables[Table::nodes] : NodeTree(),
                      now.version()->tables[Table::nodes], note);
    seen_ = now;
    return !draining_.empty();
}

net::Task<> Drainer::run() {
    const net::CancelToken cancel = group_->token();
    while (!cancel.cancelled()) {
        net::Deadline next = net::Deadline::never();
        if (follow()) {
            const Time now = leader_.now();
            DrainStep step = judge(drain_facts(seen_, draining_), now);
            if (step.again_at) next = leader_.loop().in(std::max(*step.again_at - now, Duration{0}));
            if (auto acted = co_await act(std::move(step)); !acted) {
                log_.error("cannot drain nodes", {{"error", acted.error().message}});
                (void)co_await leader_.loop().sleep(kRetry, cancel);
                continue;
            }
        }
        if (auto paused = co_await leader_.loop().sleep(kBatch, cancel); !paused) co_return;
        (void)co_await changed_.wait({next, cancel});
    }
}

net::Task<Result<>> Drainer::act(DrainStep step) {
    std::map<std::string, bool> done = std::move(step.done);
    if (!step.marks.empty()) {
        if (auto marked = co_await mark(std::move(step)); !marked) co_return marked;
    }
    if (done.empty()) co_return Result<>{};
    co_return co_await complete(std::move(done));
}

// A job's evaluation goes with its marks: of what is marked already nobody asks again.
net::Task<Result<>> Drainer::mark(DrainStep step) {
    const state::View view = leader_.view();
    for (auto next = step.marks.begin(); next != step.marks.end();) {
        state::command::SetDesiredTransitions command;
        for (; next != step.marks.end() && command.Allocs.size() < kMarksPerCommand; ++next) {
            const auto& [ns, id] = next->first;
            for (const auto& [alloc, mark] : next->second) command.Allocs[alloc] = mark;
            const auto job = view.jobs().find(ns, id);
            if (!job) continue;
            command.Evals.push_back(
                std::make_shared<model::Evaluation>(leader_.new_eval(ns, id, job->Type, job->Priority, "node-drain")));
        }
        command.UpdatedAt = leader_.now().unix_ns;
        auto applied = co_await leader_.commit(std::move(command));
        if (!applied) co_return fail(applied.error());
    }
    co_return Result<>{};
}

net::Task<Result<>> Drainer::complete(std::map<std::string, bool> done) {
    const state::View view = leader_.view();
    state::command::SetNodeDrain command;
    command.Complete = true;
    command.UpdatedAt = leader_.now().unix_ns;
    for (const auto& [id, by_deadline] : done) {
        const auto node = view.nodes().find(id);
        if (!node || !node->DrainStrategy) continue;  // ended or gone meanwhile
        command.Updates[id] = {};
        command.NodeEvents[id] = completion(leader_.now(), by_deadline);
        log_.info("node is drained", {{"node_id", id}, {"by_deadline", by_deadline ? "true" : "false"}});
    }
    if (command.Updates.empty()) co_return Result<>{};
    auto applied = co_await leader_.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    co_return Result<>{};
}

}  // namespace drover::server
