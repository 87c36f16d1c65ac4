#pragma once
// A node as it is shown to people, who look for a member that tells whether it is being drained.

#include "model/envelope.h"
#include "model/node.h"

namespace drover::model {

struct ShownNode : Node {
    bool Drain = false;
};
DECLARE_TYPE(ShownNode);

// The answer of Node.GetNode; on the wire it is a SingleNodeResponse.
struct ShownNodeResponse : QueryMeta {
    Shared<ShownNode> Node;
};
DECLARE_TYPE(ShownNodeResponse);

}  // namespace drover::model
