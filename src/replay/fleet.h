#pragma once
// A described fleet: rows of groups of equal nodes, and the nodes that they stand for. Any thread; identifiers and
// secrets come from the Rng, so that a seed makes the same ones.

#include <string_view>
#include <vector>

#include "base/containers.h"
#include "base/result.h"
#include "base/rng.h"
#include "codec/type.h"
#include "model/node.h"

namespace drover::replay {

struct NodeGroup {
    std::string Name;  // of the node where there is one, else followed by "-0", "-1", ..
    int64_t Count = 1;
    int64_t CPU = 4000;         // MHz
    int64_t Memory = 8192;      // MB
    int64_t Disk = 100'000;     // MB
    List<std::string> Devices;  // "vendor/type/name:count"
    Map<std::string> Attributes;
    Map<std::string> Meta;
    std::string Datacenter = "dc1";
    std::string Pool = "default";
    std::string Class;
    List<std::string> Drivers;  // none named: those that clients usually have
};
DECLARE_TYPE(NodeGroup);

inline constexpr size_t kMostNodes = 200'000;
inline constexpr int64_t kMostInstancesInAll = 5'000'000;  // of devices, on all nodes

Result<std::vector<Shared<model::Node>>> read_fleet(std::string_view name, std::string_view text, Rng& rng);

}  // namespace drover::replay
