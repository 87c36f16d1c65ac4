#pragma once
// Applying commands: one function for each, in apply_*.cc by family. Each checks first and then changes, so that an
// error leaves the transaction as it was. The answer is false where a compare-and-set did not match.

#include <string_view>

#include "state/commands.h"
#include "state/txn.h"

namespace drover::state {

Result<bool> apply(Txn& txn, const command::RegisterJob& command);
Result<bool> apply(Txn& txn, const command::DeregisterJob& command);
Result<bool> apply(Txn& txn, const command::DeregisterJobs& command);
Result<bool> apply(Txn& txn, const command::SetJobStability& command);
Result<bool> apply(Txn& txn, const command::TagJobVersion& command);
Result<bool> apply(Txn& txn, const command::RecountSummaries& command);
Result<bool> apply(Txn& txn, const command::RegisterScalingEvent& command);
Result<bool> apply(Txn& txn, const command::UpsertEvals& command);
Result<bool> apply(Txn& txn, const command::DeleteEvals& command);
Result<bool> apply(Txn& txn, const command::ApplyPlan& command);
Result<bool> apply(Txn& txn, const command::UpdateAllocsFromClient& command);
Result<bool> apply(Txn& txn, const command::SetDesiredTransitions& command);
Result<bool> apply(Txn& txn, const command::RegisterNode& command);
Result<bool> apply(Txn& txn, const command::DeregisterNodes& command);
Result<bool> apply(Txn& txn, const command::SetNodeStatus& command);
Result<bool> apply(Txn& txn, const command::SetNodeEligibility& command);
Result<bool> apply(Txn& txn, const command::SetNodeDrain& command);
Result<bool> apply(Txn& txn, const command::AddNodeEvents& command);
Result<bool> apply(Txn& txn, const command::UpsertNodePools& command);
Result<bool> apply(Txn& txn, const command::DeleteNodePools& command);
Result<bool> apply(Txn& txn, const command::UpsertNamespaces& command);
Result<bool> apply(Txn& txn, const command::DeleteNamespaces& command);
Result<bool> apply(Txn& txn, const command::SetSchedulerConfig& command);
Result<bool> apply(Txn& txn, const command::SetAutopilotConfig& command);
Result<bool> apply(Txn& txn, const command::SetDeploymentStatus& command);
Result<bool> apply(Txn& txn, const command::PromoteDeployment& command);
Result<bool> apply(Txn& txn, const command::SetDeploymentHealth& command);
Result<bool> apply(Txn& txn, const command::DeleteDeployments& command);
Result<bool> apply(Txn& txn, const command::UpsertRootKey& command);

// What every cluster has from the start: the namespace `default`, the node pools `default` and `all`.
void put_built_in(Txn& txn);

// Shared by the families.

// Checks a job before it is put, without changing anything.
Result<> check_job(Txn& txn, const model::Job& job);
// Stores a job as its next version (or its first), trims the versions kept (0: as many as ever before), brings its
// summary up to date.
void put_next_version(Txn& txn, model::Job job, int64_t tracked);
// The same for a version that was kept, with the source that it was submitted as.
void put_version_again(Txn& txn, const model::Job& kept, int64_t tracked);
// Brings the rows of the policies that scale a job in line with its new version; takes them away with its events.
void put_scaling_policies(Txn& txn, const model::Job* maybe_present, const model::Job& next);
void erase_scaling(Txn& txn, const model::Job& job);
Result<> check_evals(const List<Shared<model::Evaluation>>& evals);
// Stores an evaluation under the transaction's index: sets its indexes, the job's queue counts, cancels what it makes
// superfluous. Does not touch the job's status.
void put_eval(Txn& txn, model::Evaluation eval);
// put_eval for each, then the status of each of their jobs.
void put_evals(Txn& txn, const List<Shared<model::Evaluation>>& evals);
// Works out the job's status from its evaluations, allocations and deployments, and the parent's summary from it.
void refresh_job_status(Txn& txn, std::string_view ns, std::string_view job_id);
// The job's summary has an entry for each group that it has; the counts of a job that is not new stay.
void refresh_summary(Txn& txn, const model::Job& job, bool is_new);
// The parent's summary after a child changed its status; empty: it was not there before, or is not any more.
void count_child(Txn& txn, const model::Job& job, std::string_view before, std::string_view after);
// The summary's queue counts, as an evaluation tells them.
void copy_queued(Txn& txn, const model::Evaluation& eval);
// The summary's counts after an allocation changed its client status; `before` is null for a new one.
void count_alloc(Txn& txn, const AllocRow* before, const AllocRow& after);
// An active deployment takes over a status; false: there is none, or it has ended.
Result<> check_deployment_update(Txn& txn, const model::DeploymentStatusUpdate& update);
void put_deployment_status(Txn& txn, const model::DeploymentStatusUpdate& update);
// A deployment's counters after one of its allocations changed; `before` is null for a new one.
void count_in_deployment(Txn& txn, const AllocRow* before, const AllocRow& after);

}  // namespace drover::state
