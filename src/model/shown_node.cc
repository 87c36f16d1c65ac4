#include "model/shown_node.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(ShownNode, EMBED(Node), FIELD(Drain).json_only());

DESCRIBE(ShownNodeResponse, FIELD(Node), EMBED(QueryMeta));

}  // namespace drover::model
