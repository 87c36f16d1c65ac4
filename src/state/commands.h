#pragma once
// What can happen to the cluster's state. A command is a described struct; everything that varies (times, identifiers,
// follow-up evaluations) is inside, put there by the leader that proposes it, so that applying it is a function of the
// state and the command alone. Numbers of the enumeration and names of members are the log's format: they are only
// added to (docs/formats/commands.md).

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/containers.h"
#include "base/result.h"
#include "codec/type.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/eval.h"
#include "model/job.h"
#include "model/keyring.h"
#include "model/namespace.h"
#include "model/node.h"
#include "model/operator.h"
#include "model/plan.h"
#include "model/rpc_node.h"

namespace drover::state {

enum class CommandType : uint8_t {
    register_job = 1,
    deregister_job = 2,
    deregister_jobs = 3,
    set_job_stability = 4,
    tag_job_version = 5,
    register_scaling_event = 7,
    recount_summaries = 8,
    upsert_evals = 10,
    delete_evals = 11,
    apply_plan = 20,
    update_allocs_from_client = 21,
    set_desired_transitions = 22,
    register_node = 30,
    deregister_nodes = 31,
    set_node_status = 32,
    set_node_eligibility = 33,
    set_node_drain = 34,
    add_node_events = 35,
    upsert_node_pools = 36,
    delete_node_pools = 37,
    upsert_namespaces = 40,
    delete_namespaces = 41,
    set_scheduler_config = 42,
    set_autopilot_config = 43,
    set_deployment_status = 50,
    promote_deployment = 51,
    set_deployment_health = 52,
    delete_deployments = 53,
    upsert_root_key = 60,
    begin_restore = 70,
    add_restore_part = 71,
    commit_restore = 72,
    abort_restore = 73,
};

namespace command {

// A new job, or a new version of one, with the evaluation it needs (its JobModifyIndex and indexes are filled in on
// apply). With EnforceIndex the stored JobModifyIndex must equal JobModifyIndex; 0: there must be no such job. A child
// that carries the time at which its periodic parent launched it notes that with the parent. A child whose parent has
// another one of the same idempotency token is not registered: a compare-and-set that did not match.
struct RegisterJob {
    static constexpr CommandType kType = CommandType::register_job;
    Shared<model::Job> Job;
    Shared<model::JobSubmission> Submission;
    Shared<model::Evaluation> Eval;
    bool EnforceIndex = false;
    uint64_t JobModifyIndex = 0;
    bool PreserveCounts = false;
    bool PreserveResources = false;
    Time Launch;
    int64_t TrackedVersions = 0;  // how many versions are kept; 0: as many as ever before
};
DECLARE_TYPE(RegisterJob);

// Stops a job, or with Purge removes it with its versions, allocations, deployments and summary. An unknown job is no
// error: its evaluation is stored all the same.
struct DeregisterJob {
    static constexpr CommandType kType = CommandType::deregister_job;
    std::string Namespace;
    std::string JobID;
    bool Purge = false;
    bool NoShutdownDelay = false;
    Shared<model::Evaluation> Eval;
    int64_t SubmitTime = 0;
    int64_t TrackedVersions = 0;  // as above
    uint64_t ModifyIndex = 0;     // not 0: nothing happens to a job that has changed since
};
DECLARE_TYPE(DeregisterJob);

struct DeregisterJobs {
    static constexpr CommandType kType = CommandType::deregister_jobs;
    List<DeregisterJob> Jobs;
};
DECLARE_TYPE(DeregisterJobs);

struct SetJobStability {
    static constexpr CommandType kType = CommandType::set_job_stability;
    std::string Namespace;
    std::string JobID;
    uint64_t JobVersion = 0;
    bool Stable = false;
};
DECLARE_TYPE(SetJobStability);

// Without a tag: takes the tag of that name away.
struct TagJobVersion {
    static constexpr CommandType kType = CommandType::tag_job_version;
    std::string Namespace;
    std::string JobID;
    std::string Name;
    Box<model::JobVersionTag> Tag;
    uint64_t Version = 0;
    bool Latest = false;
};
DECLARE_TYPE(TagJobVersion);

// Counts the summaries of those jobs anew, from their allocations, evaluations and children. Jobs that are gone are
// passed over.
struct RecountSummaries {
    static constexpr CommandType kType = CommandType::recount_summaries;
    List<model::NamespacedID> Jobs;
};
DECLARE_TYPE(RecountSummaries);

// What was done to a group's count, or said about it. The newest few of each group are kept.
struct RegisterScalingEvent {
    static constexpr CommandType kType = CommandType::register_scaling_event;
    std::string Namespace;
    std::string JobID;
    std::string TaskGroup;
    model::ScalingEvent Event;
};
DECLARE_TYPE(RegisterScalingEvent);

struct UpsertEvals {
    static constexpr CommandType kType = CommandType::upsert_evals;
    List<Shared<model::Evaluation>> Evals;
    // Not 0: they end with a plan that stands before them in the log, and count only if it was applied: the first one
    // must have been touched after this index.
    uint64_t PlannedAfter = 0;
};
DECLARE_TYPE(UpsertEvals);

struct DeleteEvals {
    static constexpr CommandType kType = CommandType::delete_evals;
    List<std::string> Evals;
    List<std::string> Allocs;
};
DECLARE_TYPE(DeleteEvals);

// One allocation that a plan places or changes. Numbers that name something of the plan count from 1; 0 is none.
struct PlacedAlloc {
    std::string ID;
    std::string EvalID;
    std::string Name;
    std::string NodeID;
    std::string NodeName;
    std::string TaskGroup;
    uint32_t Job = 0;        // of ApplyPlan::Jobs; 0: keeps the job that it has
    uint32_t Resources = 0;  // of ApplyPlan::Resources
    uint32_t Metrics = 0;    // of ApplyPlan::Metrics
    std::string DesiredStatus;
    std::string DesiredDescription;
    std::string ClientStatus;  // honoured for new allocations, and where it is lost or unknown
    std::string ClientDescription;
    model::DesiredTransition DesiredTransition;
    std::string PreviousAllocation;
    std::string DeploymentID;
    Box<model::AllocDeploymentStatus> DeploymentStatus;
    Box<model::RescheduleTracker> RescheduleTracker;
    std::string FollowupEvalID;
    List<std::string> PreemptedAllocations;
    List<model::AllocState> AllocStates;
    Map<std::string> SignedIdentities;
    std::string SigningKeyID;
    int64_t CreateTime = 0;  // 0: the plan's UpdatedAt
};
DECLARE_TYPE(PlacedAlloc);

struct StoppedAlloc {
    std::string ID;
    std::string DesiredDescription;
    std::string ClientStatus;  // empty: stays
    std::string ClientDescription;
    std::string FollowupEvalID;
    Box<model::RescheduleTracker> RescheduleTracker;
    List<model::AllocState> AllocStates;
    int64_t ModifyTime = 0;  // 0: the plan's UpdatedAt
};
DECLARE_TYPE(StoppedAlloc);

struct PreemptedAlloc {
    std::string ID;
    std::string PreemptedByAllocation;
};
DECLARE_TYPE(PreemptedAlloc);

// What the plan applier found to fit. Job versions, resources and metrics are there once, however many allocations
// share them.
struct ApplyPlan {
    static constexpr CommandType kType = CommandType::apply_plan;
    std::string EvalID;
    List<Shared<model::Job>> Jobs;
    List<Shared<model::AllocatedResources>> Resources;
    List<Shared<model::AllocMetric>> Metrics;
    List<PlacedAlloc> Placed;
    List<StoppedAlloc> Stopped;
    List<PreemptedAlloc> Preempted;
    Shared<model::Deployment> Deployment;
    List<model::DeploymentStatusUpdate> DeploymentUpdates;
    List<Shared<model::Evaluation>> PreemptionEvals;
    List<std::string> IneligibleNodes;
    int64_t UpdatedAt = 0;
    uint64_t RestoredAt = 0;  // of the state that it was made for: a plan for another, since replaced, is refused
};
DECLARE_TYPE(ApplyPlan);

// What clients report of their allocations: client status and description, task states, network status, deployment
// health. The rest of each allocation is ignored.
struct UpdateAllocsFromClient {
    static constexpr CommandType kType = CommandType::update_allocs_from_client;
    List<Shared<model::Allocation>> Allocs;
    List<Shared<model::Evaluation>> Evals;
    int64_t UpdatedAt = 0;
};
DECLARE_TYPE(UpdateAllocsFromClient);

struct SetDesiredTransitions {
    static constexpr CommandType kType = CommandType::set_desired_transitions;
    Map<model::DesiredTransition> Allocs;  // by allocation; members that are absent stay
    List<Shared<model::Evaluation>> Evals;
    int64_t UpdatedAt = 0;
};
DECLARE_TYPE(SetDesiredTransitions);

struct RegisterNode {
    static constexpr CommandType kType = CommandType::register_node;
    Shared<model::Node> Node;
    Box<model::NodeEvent> NodeEvent;
    bool CreateNodePool = false;
    List<Shared<model::Evaluation>> Evals;
};
DECLARE_TYPE(RegisterNode);

struct DeregisterNodes {
    static constexpr CommandType kType = CommandType::deregister_nodes;
    List<std::string> NodeIDs;
    List<Shared<model::Evaluation>> Evals;
    bool OnlyDown = false;  // those that are not, or not there, are passed over
};
DECLARE_TYPE(DeregisterNodes);

struct SetNodeStatus {
    static constexpr CommandType kType = CommandType::set_node_status;
    std::string NodeID;
    std::string Status;
    std::string IdentitySigningKeyID;
    Box<model::NodeEvent> NodeEvent;
    List<Shared<model::Evaluation>> Evals;
    int64_t UpdatedAt = 0;
};
DECLARE_TYPE(SetNodeStatus);

struct SetNodeEligibility {
    static constexpr CommandType kType = CommandType::set_node_eligibility;
    std::string NodeID;
    std::string Eligibility;
    Box<model::NodeEvent> NodeEvent;
    List<Shared<model::Evaluation>> Evals;
    int64_t UpdatedAt = 0;
};
DECLARE_TYPE(SetNodeEligibility);

// Starts, changes or (without a strategy) ends the draining of nodes.
struct SetNodeDrain {
    static constexpr CommandType kType = CommandType::set_node_drain;
    Map<model::DrainUpdate> Updates;   // by node
    Map<model::NodeEvent> NodeEvents;  // by node
    bool Complete = false;             // ended by the drainer, not by a person
    Map<std::string> Meta;
    std::string UpdatedBy;  // the accessor of the token
    List<Shared<model::Evaluation>> Evals;
    int64_t UpdatedAt = 0;
};
DECLARE_TYPE(SetNodeDrain);

struct AddNodeEvents {
    static constexpr CommandType kType = CommandType::add_node_events;
    Map<List<model::NodeEvent>> NodeEvents;  // by node; unknown nodes are ignored
};
DECLARE_TYPE(AddNodeEvents);

struct UpsertNodePools {
    static constexpr CommandType kType = CommandType::upsert_node_pools;
    List<Shared<model::NodePool>> NodePools;
};
DECLARE_TYPE(UpsertNodePools);

struct DeleteNodePools {
    static constexpr CommandType kType = CommandType::delete_node_pools;
    List<std::string> Names;
};
DECLARE_TYPE(DeleteNodePools);

struct UpsertNamespaces {
    static constexpr CommandType kType = CommandType::upsert_namespaces;
    List<Shared<model::Namespace>> Namespaces;
};
DECLARE_TYPE(UpsertNamespaces);

struct DeleteNamespaces {
    static constexpr CommandType kType = CommandType::delete_namespaces;
    List<std::string> Names;
};
DECLARE_TYPE(DeleteNamespaces);

// With CAS it only takes effect if the stored ModifyIndex equals Config.ModifyIndex; otherwise the result's `changed`
// is false.
struct SetSchedulerConfig {
    static constexpr CommandType kType = CommandType::set_scheduler_config;
    model::SchedulerConfiguration Config;
    bool CAS = false;
};
DECLARE_TYPE(SetSchedulerConfig);

// CAS as above.
struct SetAutopilotConfig {
    static constexpr CommandType kType = CommandType::set_autopilot_config;
    model::AutopilotConfig Config;
    bool CAS = false;
};
DECLARE_TYPE(SetAutopilotConfig);

// With a job, an earlier version: registers it as a new one (auto revert), unless the deployment is no longer that of
// the present version. Pausing, and going on, give the groups their whole time to make progress again.
struct SetDeploymentStatus {
    static constexpr CommandType kType = CommandType::set_deployment_status;
    model::DeploymentStatusUpdate Update;
    Shared<model::Job> Job;
    Shared<model::Evaluation> Eval;
    int64_t TrackedVersions = 0;
};
DECLARE_TYPE(SetDeploymentStatus);

struct PromoteDeployment {
    static constexpr CommandType kType = CommandType::promote_deployment;
    std::string DeploymentID;
    bool All = false;
    List<std::string> Groups;
    Shared<model::Evaluation> Eval;
    int64_t PromotedAt = 0;
};
DECLARE_TYPE(PromoteDeployment);

struct SetDeploymentHealth {
    static constexpr CommandType kType = CommandType::set_deployment_health;
    std::string DeploymentID;
    List<std::string> Healthy;
    List<std::string> Unhealthy;
    Time Timestamp;
    Box<model::DeploymentStatusUpdate> Update;
    Shared<model::Job> Job;  // as above
    Shared<model::Evaluation> Eval;
    int64_t TrackedVersions = 0;
};
DECLARE_TYPE(SetDeploymentHealth);

struct DeleteDeployments {
    static constexpr CommandType kType = CommandType::delete_deployments;
    List<std::string> Deployments;
};
DECLARE_TYPE(DeleteDeployments);

// A new active key makes the one before it inactive.
struct UpsertRootKey {
    static constexpr CommandType kType = CommandType::upsert_root_key;
    Shared<model::RootKey> Key;
};
DECLARE_TYPE(UpsertRootKey);

// The next four replace the whole state by an archive's: its records arrive in parts beside the state that is in use,
// and take its place with the commit. A begin drops what was under way. State indexes then go on from beyond both
// (docs/decisions/0011).
struct BeginRestore {
    static constexpr CommandType kType = CommandType::begin_restore;
    std::string ID;  // of this restore: a UUID
    uint64_t ArchiveIndex = 0;
};
DECLARE_TYPE(BeginRestore);

// Records as they stand in state.bin, without its header, cut anywhere.
struct AddRestorePart {
    static constexpr CommandType kType = CommandType::add_restore_part;
    std::string ID;
    uint64_t Number = 0;  // counted from 0
    Bytes Records;
};
DECLARE_TYPE(AddRestorePart);

struct CommitRestore {
    static constexpr CommandType kType = CommandType::commit_restore;
    std::string ID;
    uint64_t Parts = 0;
};
DECLARE_TYPE(CommitRestore);

struct AbortRestore {
    static constexpr CommandType kType = CommandType::abort_restore;
    std::string ID;  // empty: whichever is under way
};
DECLARE_TYPE(AbortRestore);

}  // namespace command

using Command =
    std::variant<command::RegisterJob, command::DeregisterJob, command::DeregisterJobs, command::SetJobStability,
                 command::TagJobVersion, command::RecountSummaries, command::UpsertEvals, command::DeleteEvals,
                 command::ApplyPlan, command::UpdateAllocsFromClient, command::SetDesiredTransitions,
                 command::RegisterNode, command::DeregisterNodes, command::SetNodeStatus, command::SetNodeEligibility,
                 command::SetNodeDrain, command::AddNodeEvents, command::UpsertNodePools, command::DeleteNodePools,
                 command::UpsertNamespaces, command::DeleteNamespaces, command::SetSchedulerConfig,
                 command::SetDeploymentStatus, command::PromoteDeployment, command::SetDeploymentHealth,
                 command::DeleteDeployments, command::UpsertRootKey, command::SetAutopilotConfig, command::BeginRestore,
                 command::AddRestorePart, command::CommitRestore, command::AbortRestore, command::RegisterScalingEvent>;

// One byte of type and the struct in MessagePack.
std::string encode(const Command& command);
Result<Command> decode(std::string_view bytes);

// Collects a plan, as a scheduler hands it over, into rows that share what is equal. Members that apply fills in
// (indexes, times) may be absent. An allocation without a job keeps the job that is stored.
class PlanRows {
public:
    void place(const model::Allocation& alloc);
    void stop(const model::Allocation& alloc);
    void preempt(const model::Allocation& alloc);
    command::ApplyPlan take() && { return std::move(plan_); }
    command::ApplyPlan& plan() { return plan_; }

private:
    template <class T>
    static uint32_t share(List<Shared<T>>& list, const Shared<T>& object);
    command::ApplyPlan plan_;
};

}  // namespace drover::state
