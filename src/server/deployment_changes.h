#pragma once
// How changes of a deployment are put into commands: the evaluation that follows, what a failure does to the job. For
// the endpoints and for the watcher. Pure but for identifiers and time, which the leader gives.

#include "model/deployment.h"
#include "model/eval.h"
#include "scheduler/deployment_rules.h"
#include "server/leader.h"

namespace drover::server {

// The evaluation of the deployment's job.
Shared<model::Evaluation> deployment_eval(const Leader& leader, const state::View& view,
                                          const model::Deployment& deployment);

// What its failure says, and the version that takes the present one's place; null: none. It keeps its number, so that
// apply finds what belongs to it.
scheduler::DeploymentFailure deployment_failure(const Leader& leader, const state::View& view,
                                                const model::Deployment& deployment, std::string_view why,
                                                bool reverts);

// The failure as a command, with its evaluation.
state::command::SetDeploymentStatus failing_command(const Leader& leader, const state::View& view,
                                                    const model::Deployment& deployment,
                                                    const scheduler::DeploymentFailure& failure);

model::DeploymentStatusUpdate status_update(const Leader& leader, const std::string& deployment_id,
                                            std::string_view status, std::string_view description);

// The newest version that was stable, of the same job and not the deployment's own; or null.
Shared<model::Job> earlier_stable_version(const state::View& view, const model::Deployment& deployment);

}  // namespace drover::server
