#pragma once
// What has to change so that a job runs as specified: compares the job with its allocations, their nodes and its
// deployment. Where new allocations go is decided elsewhere (planner.h). Pure functions; identifiers of what they
// create come from the Rng.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "model/deployment.h"
#include "model/diff.h"
#include "model/eval.h"
#include "model/job.h"
#include "scheduler/alloc_sets.h"

namespace drover::scheduler {

inline constexpr std::string_view kNotNeeded = "alloc not needed due to job update";
inline constexpr std::string_view kMigrated = "alloc is being migrated";
inline constexpr std::string_view kUpdated = "alloc is being updated due to job update";
inline constexpr std::string_view kLost = "alloc is lost since its node is down";
inline constexpr std::string_view kUnknown = "alloc is unknown since its node is disconnected";
inline constexpr std::string_view kRescheduled = "alloc was rescheduled because it failed";
inline constexpr std::string_view kTainted = "alloc not needed as node is tainted";
inline constexpr std::string_view kReconnected = "alloc not needed due to disconnected client reconnect";

// What an older allocation of a group needs to be one of the current job version.
enum class UpdateKind { none, in_place, destructive };
struct Update {
    UpdateKind kind = UpdateKind::none;
    Shared<model::Allocation> updated;  // in place: as it is to be
};

struct ReconcileInput {
    const model::Evaluation& eval;
    Shared<model::Job> job;  // null: it is gone
    bool batch = false;
    Shared<model::Deployment> deployment;  // the latest of the job; null: none, and always null for batch
    std::vector<Shared<model::Allocation>> allocs;
    NodeLookup node_of;
    std::function<Update(const Shared<model::Allocation>&, const model::TaskGroup&)> update_of;
    Time now;
    // The evaluation that goes on with a rolling update of this specification later. Null: none.
    Shared<model::Evaluation> next_step;
};

struct Stop {
    Shared<model::Allocation> alloc;
    std::string client_status;  // empty: stays
    std::string description;
    std::string followup_eval_id;
};

struct Placement {
    std::string name;
    const model::TaskGroup* group = nullptr;  // of the input's job
    Shared<model::Allocation> previous;       // that it replaces; may be null
    bool canary = false;
    bool reschedule = false;       // the predecessor failed
    bool lost = false;             // the predecessor's node is gone
    bool stops_previous = false;   // the predecessor is stopped with it, and runs on if there is no place
    bool not_canary = false;       // while canaries run: of the version that was last promoted
    std::string stop_description;  // with stops_previous
    std::string node_id;           // the one node that it is for; empty: any
};

struct ReconcileResult {
    Shared<model::Deployment> deployment;  // new one, or null
    List<model::DeploymentStatusUpdate> deployment_updates;
    std::vector<Placement> destructive;  // in the order in which they are to be placed, before `place`
    std::vector<Placement> place;
    std::vector<Stop> stop;
    std::vector<Shared<model::Allocation>> in_place;
    std::vector<Shared<model::Allocation>> changed;        // other members changed: follow-up, unknown, back again
    std::map<std::string, model::DesiredUpdates> desired;  // by group
    std::vector<model::Evaluation> follow_ups;
    std::vector<std::string> no_longer_needed;  // follow-ups of allocations that came back
    std::vector<std::string> nowhere;           // groups of a system job that no node of the set may run
};

// Of a service or batch job: so many allocations, wherever they are.
ReconcileResult reconcile(const ReconcileInput& input, Rng& rng);

// The nodes that a system job is for.
struct SystemNodes {
    struct Ready {
        Shared<model::Node> node;
        bool reports_health = true;  // of a system job's allocations
    };
    std::vector<Ready> ready;                              // those of its pool and data centres
    std::unordered_map<std::string_view, size_t> numbers;  // of each of them in `ready`, by its id
    std::function<bool(const model::TaskGroup& group, const model::Node& node)> may_run;
};
// Of a system or sysbatch job: so many allocations on each of the nodes.
ReconcileResult reconcile_system(const ReconcileInput& input, const SystemNodes& nodes, Rng& rng);

}  // namespace drover::scheduler
