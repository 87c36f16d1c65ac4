#pragma once
// What becomes of a deployment that is under way: whether it fails, is promoted, needs an evaluation, and what its
// failure means for the job. Pure functions of facts that the caller gathers; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers.h"
#include "base/time.h"
#include "model/deployment.h"
#include "model/job.h"

namespace drover::scheduler {

// An allocation of the deployment that the servers have not stopped.
struct DeploymentMember {
    std::string id;
    std::string group;
    Opt<bool> healthy;              // as was reported, if anything was
    uint64_t health_index = 0;      // of that report
    bool live = false;              // neither side has ended it
    bool wants_reschedule = false;  // may be replaced although the deployment goes on
    bool may_reschedule = false;    // its policy has an attempt left
};

struct DeploymentFacts {
    const model::Deployment& deployment;
    uint64_t evaluated_at =
        0;  // what is of this index or before is known to an evaluation, or will be to a pending one
    std::vector<DeploymentMember> members;
};

struct DeploymentStep {
    std::string_view failure;             // why the deployment fails now; empty: it goes on
    bool reverts = false;                 // a group that fails wants the job taken back
    bool promote = false;                 // all groups
    std::vector<std::string> reschedule;  // allocations that may be replaced although the deployment goes on
    bool evaluate = false;                // the job, since something new is healthy or may be replaced
    std::optional<Time> again_at;         // when time alone may change the answer
};

// What to do now with an active deployment. A failure or a promotion stands alone.
DeploymentStep judge_deployment(const DeploymentFacts& facts, Time now);

// What a failed deployment does to its job.
struct DeploymentFailure {
    std::string description;
    Shared<model::Job> revert_to;  // the version that is registered anew; may be null
};

// `reverts`: the job is to be taken back. `maybe_current` is the job as it is; `maybe_stable` the newest version that
// was stable, another than the deployment's.
DeploymentFailure deployment_failure(std::string_view why, bool reverts, const Shared<model::Job>& maybe_current,
                                     const Shared<model::Job>& maybe_stable);

bool wants_revert(const model::Deployment& deployment);  // any of its groups

}  // namespace drover::scheduler
