#pragma once
// The commands about nodes beside `node status`, and what several of them need.

#include <optional>
#include <string>

#include "cli/command.h"

namespace drover::cli {

const CommandTable& node_change_commands();
const CommandTable& node_pool_commands();
const CommandTable& system_commands();

// The node of the agent that is asked; nothing after it told what is wrong.
std::optional<std::string> find_own_node(Call& call);

}  // namespace drover::cli
