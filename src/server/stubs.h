#pragma once
// What lists show of objects. Pure; any thread.

#include "model/alloc.h"
#include "model/node.h"
#include "state/alloc_ref.h"

namespace drover::server {

// With the sentences of its tasks' events.
model::AllocListStub alloc_stub(const state::AllocRef& alloc, bool with_resources, bool with_task_states);

model::NodeListStub node_stub(const model::Node& node, bool with_resources, bool with_os);

}  // namespace drover::server
