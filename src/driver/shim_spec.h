#pragma once
// What a shim is told to start, and how it is written (shim/protocol.h, docs/formats/shim.md). Pure, but for find_log.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "driver/shim/protocol.h"

namespace drover::driver {

struct ShimUser {
    uint32_t uid = 0;
    uint32_t gid = 0;
    std::vector<uint32_t> groups;
};

struct ShimSpec {
    std::vector<std::string> arguments;    // argv; at least the program's name
    std::vector<std::string> environment;  // NAME=value
    std::string program;                   // absolute
    std::string directory;
    std::string log_directory;  // empty: the outputs are discarded
    ShimLogStart out{}, err{};
    ShimLogLimits limits{.max_size_bytes = 10 << 20, .max_files = 10, .reserved = 0};
    std::optional<ShimUser> user;  // default: the agent's
    std::vector<ShimRlimit> rlimits;
    std::vector<std::string> cgroups;
    std::optional<int32_t> oom_score_adj;
    bool durable = true;
};

// An error if the spec cannot be said: a NUL inside a text, nothing to run.
Result<std::string> encode(const ShimSpec& spec);

// Where the log `name` (`web.stdout`) in a directory goes on: at the highest file that exists.
ShimLogStart find_log(const std::string& directory, std::string_view name);

}  // namespace drover::driver
