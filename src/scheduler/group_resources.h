#pragma once
// What an allocation of a task group takes: the amounts that every node would give alike, and what depends on the
// node (ports, cores, devices), chosen against what is taken there. Belongs to one evaluation; no threads.

#include <memory>
#include <string>

#include "base/result.h"
#include "base/rng.h"
#include "model/job.h"
#include "scheduler/proposal.h"
#include "scheduler/snapshot.h"

namespace drover::scheduler {

class GroupResources {
public:
    GroupResources(const model::TaskGroup& group, bool memory_oversubscription);

    // What a node must have free. Without the MHz of reserved cores: those depend on the node.
    const Usage& ask() const { return ask_; }
    // No node needs to be asked for details: every allocation has the same resources.
    bool uniform() const { return uniform_; }
    const Shared<model::AllocatedResources>& common() const { return common_; }

    struct Given {
        Shared<model::AllocatedResources> resources;
        double device_affinity = 0;  // -1..1
        bool has_device_affinity = false;
    };
    // The resources on that node. The error's message is the exhausted dimension: "network: …", "devices: …",
    // "numa-cores".
    Result<Given> on_node(const Snapshot& snapshot, const Proposal& proposal, Slot slot, Rng& rng) const;

private:
    const model::TaskGroup& group_;
    Shared<model::AllocatedResources> common_;
    Usage ask_;
    bool uniform_ = true, wants_cores_ = false, wants_devices_ = false, wants_ports_ = false;
    double device_weights_ = 0;
};

}  // namespace drover::scheduler
