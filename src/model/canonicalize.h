#pragma once
// What a job specification leaves out, filled in. A submitted job passes three steps: canonicalize(spec) gives the form
// that /v1/jobs/parse?Canonicalize=true shows; to_job carries it over into the form that the cluster keeps;
// canonicalize(job) adds the servers' own defaults. Pure; any thread; values that make no sense pass unchanged, for
// model/validate to refuse.

#include "model/alloc.h"
#include "model/job.h"
#include "model/node.h"
#include "model/operator.h"
#include "model/spec_job.h"

namespace drover::model {

void canonicalize(spec::Job& job);

// The job must be canonical. Members that only a running cluster gives (indexes, identifiers) stay empty.
Job to_job(const spec::Job& job);

void canonicalize(Job& job);

// The proxies of the services in the mesh: their tasks, ports, listeners, and the paths of exposed checks. Adding them
// twice is adding them once.
void add_connect(Job& job);

// Constraints that follow from what the job asks for: a server that offers services natively, secrets from Vault, the
// signals that its tasks are sent. They are added to the groups that need them, unless they are there already.
void add_implied_constraints(Job& job);

// All that servers add to a submitted job before they validate it.
void complete(Job& job);

// What programs before the present ones left out of objects that they stored.
void canonicalize(Node& node);
void canonicalize(NodePool& pool);
void canonicalize(Allocation& alloc);  // without its job
void canonicalize(SchedulerConfiguration& config);
void canonicalize(ScalingPolicy& policy);

// Every task gets the identity that Nomad's workload API knows it by, unless it has one.
void add_implied_identities(Job& job);

}  // namespace drover::model
