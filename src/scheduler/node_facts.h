#pragma once
// Plain facts about one node that several checks need. Any thread; nothing fails.

#include <string>
#include <string_view>
#include <vector>

#include "model/node.h"

namespace drover::scheduler {

inline constexpr std::string_view kNodeReady = "ready";
inline constexpr std::string_view kNodeDown = "down";
inline constexpr std::string_view kNodeDisconnected = "disconnected";
inline constexpr std::string_view kEligible = "eligible";

// Takes new allocations: status ready, eligible, not draining.
bool is_ready(const model::Node& node);

// Its allocations may need to go elsewhere: down, disconnected or draining. An absent node is tainted too.
bool is_tainted(const model::Node& node);

// Detected and healthy; for a client that reports no drivers, the attribute `driver.<name>`.
bool has_driver(const model::Node& node, std::string_view driver);

// Its client says of a system job's allocations whether they are healthy.
bool reports_system_health(const model::Node& node);

// Its network modes and the names of its host networks, each with a word before it.
std::vector<std::string> network_offers(const model::Node& node);
bool offers_network_mode(const model::Node& node, std::string_view mode);
bool has_host_network(const model::Node& node, std::string_view name);

}  // namespace drover::scheduler
