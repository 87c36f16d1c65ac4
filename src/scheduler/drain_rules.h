#pragma once
// What has to leave nodes that are being drained, and when. Pure functions of facts; any thread.
//
// - Allocations of service groups with a migrate block leave in turns: so many that count - max_parallel healthy ones
//   remain in the cluster.
// - What else is no system job (batch, sysbatch, groups without a migrate block) may end by itself until the deadline.
// - System jobs and CSI plugins leave when nothing else is left, unless the strategy ignores system jobs.
// - At the deadline, or at once if the drain is forced, everything that is left leaves, and the drain is complete.

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/alloc.h"
#include "model/node.h"

namespace drover::scheduler {

// Nodes whose deadlines are less than this apart reach them together.
inline constexpr Duration kDrainDeadlineGroup = seconds(5);

struct DrainFacts {
    using JobKey = std::pair<std::string, std::string>;                  // namespace, job
    using GroupKey = std::tuple<std::string, std::string, std::string>;  // namespace, job, task group

    struct Alloc {
        std::string id, ns, job, group;
        std::string type;         // of the job
        uint32_t name_index = 0;  // the lowest leave first
        bool plugin = false;      // runs a CSI plugin
        bool marked = false;      // was told to leave, or stopped for another reason
    };
    struct Node {
        std::string id;
        model::DrainStrategy strategy;
        std::vector<Alloc> allocs;  // those that have not ended
    };
    // A group of a service job with a migrate block. `healthy` counts, in the whole cluster, the live ones whose health
    // is known and that were not told to leave.
    struct Group {
        int64_t count = 0, max_parallel = 0, healthy = 0;
    };

    std::vector<Node> nodes;  // those that are being drained
    std::map<GroupKey, Group> groups;
};

struct DrainStep {
    // By allocation, of each job. The jobs are to be evaluated.
    std::map<DrainFacts::JobKey, std::map<std::string, model::DesiredTransition>> marks;
    std::map<std::string, bool> done;  // nodes, and whether they were done by their deadline
    std::optional<Time> again_at;      // the next deadline, if nothing changes before
};

DrainStep judge(const DrainFacts& facts, Time now);

}  // namespace drover::scheduler
