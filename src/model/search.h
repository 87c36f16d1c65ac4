#pragma once
// Results of searches.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model {

struct FuzzyMatch {
    std::string ID;
    List<std::string> Scope;
};
DECLARE_TYPE(FuzzyMatch);

}  // namespace drover::model
