#pragma once
// Which parts of a configuration this program acts on. A key that is set to something else than its default and that
// nothing acts on is refused by name: an agent never runs with a part of its configuration ignored.

#include "agent/config.h"
#include "base/result.h"

namespace drover::agent {

Result<> check_support(const Config& config);

}  // namespace drover::agent
