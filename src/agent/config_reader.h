#pragma once
// Fills described types from the tree of a configuration file by their names in HCL. Only what the tree mentions is
// written. Unknown keys and values that do not fit are errors with the path of the key: `client.meta`, `server.search`.

#include <string>

#include "base/result.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::agent {

Result<> read_tree(const codec::AnyMap& tree, const codec::TypeInfo& type, void* target, const std::string& path = "");

}  // namespace drover::agent
