#include "transcript.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "base/strings.h"
#include "base/uuid.h"
#include "build.h"
#include "model/alloc_rules.h"
#include "model/job_rules.h"
#include "scheduler/explain.h"
#include "scheduler/group_resources.h"
#include "scheduler/reconcile.h"

namespace drover::scheduler::cases {
namespace {

model::Evaluation eval_of(const std::string& job, const Options& options) {
    model::Evaluation eval;
    eval.Namespace = "default";
    eval.JobID = job;
    eval.TriggeredBy = options.text("trigger", "job-register");
    eval.Status = options.text("status", "pending");
    eval.Priority = 50;
    return eval;
}

}  // namespace

std::string Transcript::run(const std::string& line) {
    const Words words = words_of(line);
    const std::string& verb = words[0];
    if (verb == "advance") return now_ = now_ + duration_of(words.at(1)), "";
    if (verb == "show") return show(words), "";
    if (verb == "config") return configure(Options(words, 1)), "";
    if (verb == "fleet") return add_nodes(Options(words, 1)), "";
    if (verb == "before") return put_before(words), "";
    if (verb == "promote") return promote(words.at(1)), "";
    const Options options(words, 2);
    if (verb == "pool") return put_pool(words.at(1), options), "";
    if (verb == "node") return change_node(words.at(1), options), "";
    if (verb == "job") return put_job(words.at(1), options, false), "";
    if (verb == "change") return put_job(words.at(1), options, true), "";
    if (verb == "purge") return cluster_.remove_job("default", words.at(1)), "";
    if (verb == "alloc") return change_allocs(words.at(1), options), "";
    if (verb == "deployment") return put_deployment(words.at(1), options), "";
    if (verb == "evaluate") return evaluate(words.at(1), options);
    if (verb == "explain") return explain(words.at(1), options);
    throw std::runtime_error("no such step: " + line);
}

void Transcript::configure(const Options& options) {
    model::SchedulerConfiguration config;
    config.SchedulerAlgorithm = options.text("algorithm", "binpack");
    config.MemoryOversubscriptionEnabled = options.flag("oversubscription");
    const auto types = list_of(options.text("preempt", "system"));
    const auto has = [&](const char* type) { return std::find(types.begin(), types.end(), type) != types.end(); };
    config.PreemptionConfig.SystemSchedulerEnabled = has("system");
    config.PreemptionConfig.ServiceSchedulerEnabled = has("service");
    config.PreemptionConfig.BatchSchedulerEnabled = has("batch");
    config.PreemptionConfig.SysBatchSchedulerEnabled = has("sysbatch");
    cluster_.set_config(config);
}

void Transcript::put_pool(const std::string& name, const Options& options) {
    auto pool = std::make_shared<model::NodePool>();
    pool->Name = name;
    auto& config = pool->SchedulerConfiguration.make();
    config.SchedulerAlgorithm = options.text("algorithm");
    if (options.has("oversubscription")) config.MemoryOversubscriptionEnabled = options.flag("oversubscription");
    cluster_.put(Shared<model::NodePool>(pool));
}

void Transcript::put_node(const std::string& name) {
    const KnownNode& known = nodes_.at(name);
    auto node = std::make_shared<model::Node>(node_from(known.options, known.index));
    node->Name = name;
    node->ID = known.id;
    cluster_.put(Shared<model::Node>(node));
}

void Transcript::add_nodes(const Options& options) {
    for (size_t i = 0; i < static_cast<size_t>(options.number("count", 1)); ++i) {
        const std::string name = options.text("name", "n") + std::to_string(nodes_.size());
        nodes_[name] = {random_id(rng_), i, options};
        put_node(name);
    }
}

void Transcript::change_node(const std::string& name, const Options& options) {
    if (options.flag("gone")) return cluster_.remove_node(nodes_.at(name).id);
    nodes_.at(name).options.add(options);
    put_node(name);
}

// An unchanged job is no new version, as at registration.
void Transcript::put_job(const std::string& id, const Options& options, bool change) {
    if (change) {
        jobs_.at(id).add(options);
    } else {
        jobs_[id] = options;
    }
    auto job = std::make_shared<model::Job>(job_from(id, jobs_[id]));
    const auto before = cluster_.job("default", id);
    job->CreateIndex = before ? before->CreateIndex : cluster_.index();
    job->Version = before ? before->Version + 1 : 0;
    job->ModifyIndex = job->JobModifyIndex = cluster_.index() + 1;
    if (before && !model::specification_changed(*before, *job)) return;
    cluster_.put(Shared<model::Job>(job));
}

Shared<model::Deployment> Transcript::deployment_of(const std::string& job, uint64_t version) const {
    for (const auto& deployment : cluster_.deployments_of_job("default", job)) {
        if (deployment->JobVersion == version) return deployment;
    }
    return nullptr;
}

// "before web.g[0,1,2] node=n0,n1,n2 v=0 client=running": allocations that are simply there.
void Transcript::put_before(const Words& words) {
    const Options options(words, 2);
    const size_t dot = words.at(1).rfind('.'), bracket = words[1].rfind('[');
    const std::string job_id = words[1].substr(0, dot), group = words[1].substr(dot + 1, bracket - dot - 1);
    const auto newest = cluster_.job("default", job_id);
    const auto version = static_cast<uint64_t>(options.number("v", static_cast<int64_t>(newest->Version)));
    const auto job = cluster_.job_version("default", job_id, version);
    const auto places = list_of(options.text("node", "n0"));
    const auto indexes = split(words[1].substr(bracket + 1, words[1].size() - bracket - 2), ',');
    for (size_t i = 0; i < indexes.size(); ++i) {
        auto alloc = std::make_shared<model::Allocation>();
        alloc->ID = options.text("id", random_id(rng_));
        alloc->Namespace = "default";
        alloc->Name =
            model::alloc_name(model::is_system_like(*job) ? job->Name : job_id, group, *parse_uint(indexes[i]));
        alloc->JobID = job_id;
        alloc->Job = job;
        alloc->TaskGroup = group;
        alloc->NodeID = nodes_.at(places[i % places.size()]).id;
        alloc->AllocatedResources = GroupResources(*model::maybe_group(*job, group), false).common();
        alloc->ClientStatus = "running";
        alloc->DesiredStatus = "run";
        alloc->CreateIndex = alloc->ModifyIndex = cluster_.index();
        const auto deployment = deployment_of(job_id, version);
        if (deployment && options.text("deployment") != "none") alloc->DeploymentID = deployment->ID;
        alloc->PreviousAllocation = options.text("previous");
        cases::change(*alloc, options, now_);
        cluster_.put(Shared<model::Allocation>(alloc));
    }
}

// Those of that name, and of that version, node, client status, identifier if named: the live ones, or all if none is
// live.
std::vector<Shared<model::Allocation>> Transcript::find(const std::string& name, const Options& options) const {
    std::vector<Shared<model::Allocation>> live, all;
    for (const auto& [id, alloc] : cluster_.allocs()) {
        if (!glob_match(name, alloc->Name)) continue;
        if (options.has("v") && static_cast<int64_t>(alloc->Job->Version) != options.number("v", 0)) continue;
        if (options.has("on") && alloc->NodeID != nodes_.at(options.text("on")).id) continue;
        if (options.has("id") && id != options.text("id")) continue;
        if (options.has("is") && alloc->ClientStatus != options.text("is")) continue;
        all.push_back(alloc);
        if (!model::terminal(*alloc)) live.push_back(alloc);
    }
    if (all.empty()) throw std::runtime_error("no such allocation: " + name);
    return live.empty() ? all : live;
}

void Transcript::change_allocs(const std::string& name, const Options& options) {
    for (const auto& alloc : find(name, options)) {
        auto copy = std::make_shared<model::Allocation>(*alloc);
        cases::change(*copy, options, now_);
        cluster_.put(Shared<model::Allocation>(copy));
    }
    count_in_deployments();
}

// "deployment web v=0 status=successful total=3 canaries=1 promoted".
void Transcript::put_deployment(const std::string& job_id, const Options& options) {
    const auto newest = cluster_.job("default", job_id);
    const auto version = static_cast<uint64_t>(options.number("v", static_cast<int64_t>(newest->Version)));
    const auto job = cluster_.job_version("default", job_id, version);
    const auto known = deployment_of(job_id, version);
    auto deployment = std::make_shared<model::Deployment>();
    if (known) *deployment = *known;
    if (!known) {
        deployment->ID = random_id(rng_);
        deployment->Namespace = "default";
        deployment->JobID = job_id;
        deployment->JobVersion = version;
        deployment->JobCreateIndex = job->CreateIndex;
        deployment->Status = "running";
    }
    deployment->Status = options.text("status", deployment->Status);
    for (const model::TaskGroup& group : job->TaskGroups) {
        if (!group.Update || (options.has("group") && options.text("group") != group.Name)) continue;
        const Options own = options.of(group.Name, ':');
        model::DeploymentState& state = deployment->TaskGroups[group.Name];
        state.DesiredTotal = own.number("total", known ? state.DesiredTotal : group.Count);
        state.DesiredCanaries = own.number("canaries", state.DesiredCanaries);
        state.HealthyAllocs = own.number("healthy", state.HealthyAllocs);
        state.Promoted = own.flag("promoted", state.Promoted);
    }
    cluster_.put(Shared<model::Deployment>(deployment));
}

void Transcript::promote(const std::string& job) {
    auto copy = std::make_shared<model::Deployment>(*cluster_.deployments_of_job("default", job).at(0));
    for (auto& [group, state] : copy->TaskGroups) {
        state.Promoted = true;
        for (const std::string& id : state.PlacedCanaries) {
            auto alloc = std::make_shared<model::Allocation>(*cluster_.alloc(id));
            alloc->DeploymentStatus->Canary = false;
            cluster_.put(Shared<model::Allocation>(alloc));
        }
    }
    copy->StatusDescription = "Deployment is running";
    cluster_.put(Shared<model::Deployment>(copy));
}

// What the state store counts as allocations come and report.
void Transcript::count_in_deployments() {
    std::map<std::string, model::Deployment> counted;
    for (const auto& [id, alloc] : cluster_.allocs()) {
        if (alloc->DeploymentID.empty()) continue;
        auto& deployment = counted[alloc->DeploymentID];
        model::DeploymentState& state = deployment.TaskGroups[alloc->TaskGroup];
        ++state.PlacedAllocs;
        if (!alloc->DeploymentStatus) continue;
        if (alloc->DeploymentStatus->Canary) state.PlacedCanaries.push_back(id);
        if (!alloc->DeploymentStatus->Healthy) continue;
        ++(*alloc->DeploymentStatus->Healthy ? state.HealthyAllocs : state.UnhealthyAllocs);
    }
    std::set<std::string> jobs;
    for (const auto& [id, options] : jobs_) jobs.insert(id);
    for (const std::string& job : jobs) {
        for (const auto& deployment : cluster_.deployments_of_job("default", job)) {
            const auto found = counted.find(deployment->ID);
            if (found == counted.end()) continue;
            auto copy = std::make_shared<model::Deployment>(*deployment);
            for (const auto& [group, state] : found->second.TaskGroups) {
                model::DeploymentState& own = copy->TaskGroups[group];
                own.PlacedAllocs = state.PlacedAllocs;
                own.HealthyAllocs = state.HealthyAllocs;
                own.UnhealthyAllocs = state.UnhealthyAllocs;
                if (own.PlacedCanaries.size() < state.PlacedCanaries.size()) own.PlacedCanaries = state.PlacedCanaries;
            }
            cluster_.put(Shared<model::Deployment>(copy));
        }
    }
}

void Transcript::show(const Words& words) {
    for (size_t i = 1; i < words.size(); ++i) {
        const bool place = words[i] == "none" || words[i] == "class" || words[i] == "dc" || words[i] == "node" ||
                           has_prefix(words[i], "meta.");
        if (place) {
            shown_.place = words[i] == "node" ? "" : words[i];
        } else {
            shown_.more.insert(words[i]);
        }
    }
}

std::string Transcript::evaluate(const std::string& job_id, const Options& options) {
    count_in_deployments();
    model::Evaluation eval = eval_of(job_id, options);
    if (options.has("follow_up")) {  // the one that was made for later: `follow_up`, or `follow_up=2`
        const auto number = options.flag("follow_up") ? 1 : options.number("follow_up", 1);
        eval = follow_ups_.at(static_cast<size_t>(number - 1));
    } else {
        eval.ID = random_id(rng_);
    }
    const auto job = cluster_.job("default", job_id);
    eval.Type = options.text("type", job ? job->Type : eval.Type.empty() ? "service" : eval.Type);
    if (options.has("node")) eval.NodeID = nodes_.at(options.text("node")).id;
    const auto outcome = schedule(cluster_, eval, now_, rng_);
    if (!outcome) return "  refused: " + outcome.error().message + "\n";
    const std::string text = text_of(*outcome, cluster_, now_, shown_);
    eval.Status = "complete";
    cluster_.put(std::make_shared<const model::Evaluation>(eval));
    for (const model::Evaluation& later : outcome->follow_ups)
        cluster_.put(std::make_shared<const model::Evaluation>(later));
    cluster_.apply(outcome->plan, now_);
    if (!outcome->follow_ups.empty()) follow_ups_ = outcome->follow_ups;
    latest_ = *outcome;
    return text;
}

// Why an evaluation of the job would be decided as it would be now; `stored`: what is left of the latest one.
std::string Transcript::explain(const std::string& job_id, const Options& options) {
    model::Evaluation eval = eval_of(job_id, options);
    eval.ID = random_id(rng_);
    eval.Type = cluster_.job("default", job_id)->Type;
    const int64_t max_priority = options.number("max_priority", 100);
    if (options.flag("stored")) {
        eval.FailedTGAllocs = latest_.FailedTGAllocs;
        return text_of(explain_stored(cluster_, eval, {}, max_priority));
    }
    const auto explanation = scheduler::explain(cluster_, eval, now_, rng_.next(), max_priority);
    return explanation ? text_of(*explanation) : "  refused: " + explanation.error().message + "\n";
}

}  // namespace drover::scheduler::cases
