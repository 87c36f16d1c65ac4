#pragma once
// raw_exec: runs a program on the host as it is, without isolation, each task under its own shim.

#include <memory>
#include <string>

#include "driver/driver.h"
#include "net/stream.h"

namespace drover::driver {

struct RawExecOptions {
    bool enabled = false;
    std::vector<std::string> denied_envvars;         // globs
    std::string denied_host_uids, denied_host_gids;  // "0,10-15"
    std::string shim_program;                        // see find_shim()
    std::string search_path;                         // the agent's PATH
};

// From the `config` of the agent's block `plugin "raw_exec"`; an error names what it does not take.
Result<RawExecOptions> raw_exec_options(const codec::AnyObject& config);

// The shim's program, installed beside the one that runs now.
std::string find_shim();

std::unique_ptr<Driver> make_raw_exec(RawExecOptions options, net::Network& network, const Clock& clock);

}  // namespace drover::driver
