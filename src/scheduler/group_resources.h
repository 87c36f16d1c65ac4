#pragma once
// What an allocation of a task group takes: the amounts that every node would give alike, and what depends on the
// node (ports, cores, devices), chosen against what is taken there. Belongs to one evaluation; no threads.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/rng.h"
#include "model/job.h"
#include "scheduler/proposal.h"
#include "scheduler/snapshot.h"

namespace drover::scheduler {

inline constexpr std::string_view kNoDevices = "devices: no devices match request";
inline constexpr std::string_view kNoCores = "numa-cores";

class GroupResources {
public:
    GroupResources(const model::TaskGroup& group, bool memory_oversubscription);

    // What a node must have free. Without the MHz of reserved cores: those depend on the node.
    const Usage& ask() const { return ask_; }
    // With them.
    Usage ask_on(const model::Node& node) const;
    bool wants_cores() const { return cores_ > 0; }
    // Whether as many of the node's cores are free as the group wants.
    bool has_cores(const Snapshot& snapshot, const Proposal& proposal, Slot slot) const;
    // The devices that the group would get there count in the node's score.
    bool has_device_affinity() const { return device_weights_ > 0; }
    // How well they match what was wished, -1..1. Nothing: it would not get them.
    std::optional<double> device_affinity(const Snapshot& snapshot, const Proposal& proposal, Slot slot) const;
    // No node needs to be asked for details: every allocation has the same resources.
    bool uniform() const { return uniform_; }
    const Shared<model::AllocatedResources>& common() const { return common_; }

    // The resources on that node. The error's message is the exhausted dimension: "network: …", kNoDevices, kNoCores.
    Result<Shared<model::AllocatedResources>> on_node(const Snapshot& snapshot, const Proposal& proposal, Slot slot,
                                                      Rng& rng) const;

private:
    const model::TaskGroup& group_;
    Shared<model::AllocatedResources> common_;
    Usage ask_;
    int64_t cores_ = 0;
    bool uniform_ = true;
    double device_weights_ = 0;
};

}  // namespace drover::scheduler
