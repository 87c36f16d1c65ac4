#pragma once
// From files and flags to the configuration that an agent runs with: defaults, then files and directories in order,
// then flags, then checks. Reads files; no other state.

#include <string>

#include "agent/config.h"
#include "base/result.h"

namespace drover::agent {

// What an agent has without any file. A development agent is server and client in one, keeps nothing, and logs more.
Config default_config();
Config dev_config();

// Reads a file, or the *.hcl and *.json files of a directory in lexical order, over what `config` says already. Errors
// name the file.
Result<> read_config_path(Config& config, const std::string& path);

// Whether an agent can run with this: roles and directories make sense, durations and sizes can be read, and nothing is
// asked for that this program does not do yet. The error names the key.
Result<> check_config(const Config& config);

}  // namespace drover::agent
