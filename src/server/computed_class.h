#pragma once
// The computed class of a node: equal for nodes that differ only in what is marked unique, so that feasibility is
// looked at once for all of them. Pure; any thread.

#include <string>

#include "model/node.h"

namespace drover::server {

// "v1:" and a number.
std::string computed_class(const model::Node& node);

}  // namespace drover::server
