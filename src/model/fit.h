#pragma once
// Whether allocations fit a node, and how well: sums of resources, reserved cores, and the packing scores. Ports are
// model/ports. Any thread; no failure but "does not fit".

#include <span>
#include <string>
#include <vector>

#include "model/alloc.h"
#include "model/node.h"

namespace drover::model {

// Amounts that compare and add up. `cores` is sorted.
struct ResourceSums {
    int64_t cpu_mhz = 0;
    int64_t memory_mb = 0;
    int64_t memory_max_mb = 0;
    int64_t disk_mb = 0;
    std::vector<uint16_t> cores;

    void add(const ResourceSums& other);
    void subtract(const ResourceSums& other);
    bool operator==(const ResourceSums&) const = default;
};

// What an allocation takes at its peak. Tasks that never run together do not add up: the sum is the largest of its
// phases (before, main, after). A task with cores of its own holds them, and their MHz, through all phases.
ResourceSums sums_of(const AllocatedResources& resources);
ResourceSums sums_of(const Allocation& alloc);

// What a node has for allocations: its resources without the reserved ones. `cores` are the ones it may give away.
ResourceSums capacity_of(const Node& node);

// The first dimension in which `used` exceeds `capacity`: "cpu", "cores", "memory", "disk", or empty.
std::string_view exceeded_dimension(const ResourceSums& capacity, const ResourceSums& used);

struct FitResult {
    std::string dimension;  // why not; empty: it fits
    ResourceSums used;
    bool fits() const { return dimension.empty(); }
};

// Whether all of `allocs` fit the node together. Those whose client has finished take nothing. Ports and devices are
// checked too.
FitResult fit(const Node& node, std::span<const Shared<Allocation>> allocs);

// Shares of the node that are free after placing, 0..1 (below 0 if overcommitted).
struct FreeShares {
    double cpu = 0;
    double memory = 0;
};
FreeShares free_shares(const ResourceSums& capacity, const ResourceSums& used);

// 0..1, higher is better: full nodes first, or empty nodes first.
double binpack_score(FreeShares free);
double spread_score(FreeShares free);

}  // namespace drover::model
