#pragma once
// The short forms in which lists show nodes and evaluations. (Those of jobs and allocations: job_rules, alloc_rules.)
// Pure; any thread.

#include "model/eval.h"
#include "model/node.h"

namespace drover::model {

// `with_os` adds the attributes that name the operating system, `with_resources` what the node has and keeps back.
NodeListStub node_stub(const Node& node, bool with_os, bool with_resources);

EvaluationStub eval_stub(const Evaluation& eval);

}  // namespace drover::model
