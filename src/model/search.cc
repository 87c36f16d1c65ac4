#include "model/search.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(FuzzyMatch, FIELD(ID), FIELD(Scope));

}  // namespace drover::model
