#pragma once
// What this machine is and has, as the node that registers with the servers: attributes, resources, drivers. Reads
// /proc, /sys and the system's interfaces; done at the start and when the configuration is read again.

#include <string>

#include "base/result.h"
#include "base/rng.h"
#include "client/config.h"
#include "driver/driver.h"
#include "model/node.h"

namespace drover::client {

// Who the node is: made once and kept in the state directory, or for this run only in -dev mode.
struct NodeIdentity {
    std::string id;
    std::string secret;
};
Result<NodeIdentity> node_identity(const ClientConfig& config, Rng& rng);

// An error ends the agent's start: a machine that cannot be understood cannot be scheduled on.
Result<model::Node> fingerprint(const ClientConfig& config, const NodeIdentity& identity,
                                const driver::Drivers& drivers, Time now);

// The parts, each adding what it found. `root` is where /proc and /sys are looked for: empty for the machine's own.
void fingerprint_cpu(const ClientConfig& config, const std::string& root, model::Node& node);
void fingerprint_memory(const ClientConfig& config, const std::string& root, model::Node& node);
void fingerprint_host(const std::string& root, model::Node& node);
void fingerprint_storage(const ClientConfig& config, model::Node& node);
Result<> fingerprint_network(const ClientConfig& config, const std::string& root, model::Node& node);

// "0-2,7" as numbers; an error if it is no such list.
Result<List<uint16_t>> parse_core_list(std::string_view text);

}  // namespace drover::client
