#pragma once
// What identifies the content of a namespace or a node pool: the same bytes for the same content. Pure; any thread.

#include "model/namespace.h"
#include "model/node.h"

namespace drover::model {

Bytes namespace_hash(const Namespace& ns);
Bytes node_pool_hash(const NodePool& pool);

}  // namespace drover::model
