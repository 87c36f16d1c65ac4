#pragma once
// Commands that need no agent and live in files of their own; commands_local.cc lists them.

#include <string>
#include <string_view>
#include <vector>

namespace drover::cli {

class Call;

int fmt(Call& call);

// What `version` prints. Called as nomad, the first line is what tools parse.
std::vector<std::string> version_lines(std::string_view program);

}  // namespace drover::cli
