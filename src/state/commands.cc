#include "state/commands.h"

#include "codec/describe.h"
#include "codec/msgpack.h"

namespace drover::state {
namespace command {

DESCRIBE(RegisterJob, FIELD(Job), FIELD(Submission), FIELD(Eval), FIELD(EnforceIndex), FIELD(JobModifyIndex),
         FIELD(PreserveCounts), FIELD(PreserveResources), FIELD(Launch), FIELD(TrackedVersions));
DESCRIBE(DeregisterJob, FIELD(Namespace), FIELD(JobID), FIELD(Purge), FIELD(NoShutdownDelay), FIELD(Eval),
         FIELD(SubmitTime), FIELD(TrackedVersions), FIELD(ModifyIndex));
DESCRIBE(DeregisterJobs, FIELD(Jobs));
DESCRIBE(SetJobStability, FIELD(Namespace), FIELD(JobID), FIELD(JobVersion), FIELD(Stable));
DESCRIBE(TagJobVersion, FIELD(Namespace), FIELD(JobID), FIELD(Name), FIELD(Tag), FIELD(Version), FIELD(Latest));
DESCRIBE(RecountSummaries, FIELD(Jobs));
DESCRIBE(RegisterScalingEvent, FIELD(Namespace), FIELD(JobID), FIELD(TaskGroup), FIELD(Event));
DESCRIBE(UpsertEvals, FIELD(Evals), FIELD(PlannedAfter));
DESCRIBE(DeleteEvals, FIELD(Evals), FIELD(Allocs));
DESCRIBE(PlacedAlloc, FIELD(ID), FIELD(EvalID), FIELD(Name), FIELD(NodeID), FIELD(NodeName), FIELD(TaskGroup),
         FIELD(Job), FIELD(Resources), FIELD(Metrics), FIELD(DesiredStatus), FIELD(DesiredDescription),
         FIELD(ClientStatus), FIELD(ClientDescription), FIELD(DesiredTransition), FIELD(PreviousAllocation),
         FIELD(DeploymentID), FIELD(DeploymentStatus), FIELD(RescheduleTracker), FIELD(FollowupEvalID),
         FIELD(PreemptedAllocations), FIELD(AllocStates), FIELD(SignedIdentities).secret(), FIELD(SigningKeyID),
         FIELD(CreateTime));
DESCRIBE(StoppedAlloc, FIELD(ID), FIELD(DesiredDescription), FIELD(ClientStatus), FIELD(ClientDescription),
         FIELD(FollowupEvalID), FIELD(RescheduleTracker), FIELD(AllocStates), FIELD(ModifyTime));
DESCRIBE(PreemptedAlloc, FIELD(ID), FIELD(PreemptedByAllocation));
DESCRIBE(ApplyPlan, FIELD(EvalID), FIELD(Jobs), FIELD(Resources), FIELD(Metrics), FIELD(Placed), FIELD(Stopped),
         FIELD(Preempted), FIELD(Deployment), FIELD(DeploymentUpdates), FIELD(PreemptionEvals), FIELD(IneligibleNodes),
         FIELD(UpdatedAt), FIELD(RestoredAt));
DESCRIBE(UpdateAllocsFromClient, FIELD(Allocs), FIELD(Evals), FIELD(UpdatedAt));
DESCRIBE(SetDesiredTransitions, FIELD(Allocs), FIELD(Evals), FIELD(UpdatedAt));
DESCRIBE(RegisterNode, FIELD(Node), FIELD(NodeEvent), FIELD(CreateNodePool), FIELD(Evals));
DESCRIBE(DeregisterNodes, FIELD(NodeIDs), FIELD(Evals), FIELD(OnlyDown));
DESCRIBE(SetNodeStatus, FIELD(NodeID), FIELD(Status), FIELD(IdentitySigningKeyID), FIELD(NodeEvent), FIELD(Evals),
         FIELD(UpdatedAt));
DESCRIBE(SetNodeEligibility, FIELD(NodeID), FIELD(Eligibility), FIELD(NodeEvent), FIELD(Evals), FIELD(UpdatedAt));
DESCRIBE(SetNodeDrain, FIELD(Updates), FIELD(NodeEvents), FIELD(Complete), FIELD(Meta), FIELD(UpdatedBy), FIELD(Evals),
         FIELD(UpdatedAt));
DESCRIBE(AddNodeEvents, FIELD(NodeEvents));
DESCRIBE(UpsertNodePools, FIELD(NodePools));
DESCRIBE(DeleteNodePools, FIELD(Names));
DESCRIBE(UpsertNamespaces, FIELD(Namespaces));
DESCRIBE(DeleteNamespaces, FIELD(Names));
DESCRIBE(SetSchedulerConfig, FIELD(Config), FIELD(CAS));

DESCRIBE(SetAutopilotConfig, FIELD(Config), FIELD(CAS));
DESCRIBE(SetDeploymentStatus, FIELD(Update), FIELD(Job), FIELD(Eval), FIELD(TrackedVersions));
DESCRIBE(PromoteDeployment, FIELD(DeploymentID), FIELD(All), FIELD(Groups), FIELD(Eval), FIELD(PromotedAt));
DESCRIBE(SetDeploymentHealth, FIELD(DeploymentID), FIELD(Healthy), FIELD(Unhealthy), FIELD(Timestamp), FIELD(Update),
         FIELD(Job), FIELD(Eval), FIELD(TrackedVersions));
DESCRIBE(DeleteDeployments, FIELD(Deployments));
DESCRIBE(UpsertRootKey, FIELD(Key));
DESCRIBE(BeginRestore, FIELD(ID), FIELD(ArchiveIndex));
DESCRIBE(AddRestorePart, FIELD(ID), FIELD(Number), FIELD(Records).secret());
DESCRIBE(CommitRestore, FIELD(ID), FIELD(Parts));
DESCRIBE(AbortRestore, FIELD(ID));

}  // namespace command

namespace {

constexpr size_t kUsualBytes = 1000;  // what most commands are shorter than

}  // namespace

std::string encode(const Command& command) {
    return std::visit(
        [](const auto& c) {
            std::string out(1, static_cast<char>(c.kType));
            out.reserve(kUsualBytes);
            codec::append_short_msgpack(out, codec::type_of<std::decay_t<decltype(c)>>(), &c);
            return std::string(out);  // as long as it is: it is kept for a while
        },
        command);
}

namespace {

template <size_t I>
Result<Command> decode_as(uint8_t type, std::string_view body) {
    if constexpr (I == std::variant_size_v<Command>) {
        return fail(Error::bad_request("unknown command type " + std::to_string(type)));
    } else {
        using C = std::variant_alternative_t<I, Command>;
        if (static_cast<uint8_t>(C::kType) != type) return decode_as<I + 1>(type, body);
        C command;
        auto read = codec::read_msgpack(body, command);
        if (!read) return fail(read.error());
        if (*read != body.size()) return fail(Error::bad_request("bytes behind a command"));
        return Command(std::move(command));
    }
}

}  // namespace

Result<Command> decode(std::string_view bytes) {
    if (bytes.empty()) return fail(Error::bad_request("empty command"));
    return decode_as<0>(static_cast<uint8_t>(bytes[0]), bytes.substr(1));
}

// The list ends up with one entry for each object; equal contents behind different pointers are rare enough to stay.
template <class T>
uint32_t PlanRows::share(List<Shared<T>>& list, const Shared<T>& object) {
    if (!object) return 0;
    for (size_t i = list.size(); i > 0; --i) {
        if (list[i - 1] == object) return static_cast<uint32_t>(i);
        constexpr size_t kLookBack = 64;
        if (list.size() - i > kLookBack) break;
    }
    list.push_back(object);
    return static_cast<uint32_t>(list.size());
}

void PlanRows::place(const model::Allocation& alloc) {
    command::PlacedAlloc row;
    row.ID = alloc.ID;
    row.EvalID = alloc.EvalID;
    row.Name = alloc.Name;
    row.NodeID = alloc.NodeID;
    row.NodeName = alloc.NodeName;
    row.TaskGroup = alloc.TaskGroup;
    row.Job = share(plan_.Jobs, alloc.Job);
    row.Resources = share(plan_.Resources, alloc.AllocatedResources);
    row.Metrics = share(plan_.Metrics, alloc.Metrics);
    row.DesiredStatus = alloc.DesiredStatus;
    row.DesiredDescription = alloc.DesiredDescription;
    row.ClientStatus = alloc.ClientStatus;
    row.ClientDescription = alloc.ClientDescription;
    row.DesiredTransition = alloc.DesiredTransition;
    row.PreviousAllocation = alloc.PreviousAllocation;
    row.DeploymentID = alloc.DeploymentID;
    row.DeploymentStatus = alloc.DeploymentStatus;
    row.RescheduleTracker = alloc.RescheduleTracker;
    row.FollowupEvalID = alloc.FollowupEvalID;
    row.PreemptedAllocations = alloc.PreemptedAllocations;
    row.AllocStates = alloc.AllocStates;
    row.SignedIdentities = alloc.SignedIdentities;
    row.SigningKeyID = alloc.SigningKeyID;
    row.CreateTime = alloc.CreateTime;
    plan_.Placed.push_back(std::move(row));
}

void PlanRows::stop(const model::Allocation& alloc) {
    command::StoppedAlloc row;
    row.ID = alloc.ID;
    row.DesiredDescription = alloc.DesiredDescription;
    row.ClientStatus = alloc.ClientStatus;
    row.ClientDescription = alloc.ClientDescription;
    row.FollowupEvalID = alloc.FollowupEvalID;
    row.RescheduleTracker = alloc.RescheduleTracker;
    row.AllocStates = alloc.AllocStates;
    row.ModifyTime = alloc.ModifyTime;
    plan_.Stopped.push_back(std::move(row));
}

void PlanRows::preempt(const model::Allocation& alloc) {
    plan_.Preempted.push_back({alloc.ID, alloc.PreemptedByAllocation});
}

}  // namespace drover::state
