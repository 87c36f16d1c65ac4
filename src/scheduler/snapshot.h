#pragma once
// What the scheduler asks of one version of the cluster's state. The server's answers come from a store view; a
// what-if (job plan) or a test answers with something else for some of it. Constant for the time of an evaluation; one
// thread at a time.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/containers.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/eval.h"
#include "model/job.h"
#include "model/node.h"
#include "model/operator.h"
#include "scheduler/fleet.h"

namespace drover::scheduler {

// A live allocation as the search for room sees it.
struct Running {
    std::string id;
    std::string task_group;
    Shared<model::Job> job;  // the version that it was placed from
    Usage usage;
    bool stopping = false;  // the servers want it gone, its client has not said that it is
    bool has_ports = false, has_devices = false;
};

class Snapshot {
public:
    virtual ~Snapshot() = default;

    virtual uint64_t index() const = 0;
    virtual const Fleet& fleet() const = 0;
    virtual model::SchedulerConfiguration scheduler_config() const = 0;

    // Null: there is none.
    virtual Shared<model::Job> job(std::string_view namespace_, std::string_view id) const = 0;
    virtual Shared<model::Job> job_version(std::string_view namespace_, std::string_view id,
                                           uint64_t version) const = 0;
    virtual Shared<model::NodePool> node_pool(std::string_view name) const = 0;
    virtual Shared<model::Allocation> alloc(std::string_view id) const = 0;

    virtual std::vector<Shared<model::Allocation>> allocs_of_job(std::string_view namespace_,
                                                                 std::string_view id) const = 0;
    virtual std::vector<Shared<model::Allocation>> allocs_on_node(std::string_view node_id) const = 0;
    // Those whose clients have not finished with them.
    virtual std::vector<Running> running_on(std::string_view node_id) const = 0;
    // What allocations of jobs up to that priority, not stopping, take there.
    virtual Usage usage_below(std::string_view node_id, int64_t priority) const = 0;
    virtual std::vector<Shared<model::Evaluation>> pending_evals_of_job(std::string_view namespace_,
                                                                        std::string_view id) const = 0;
    // Newest first.
    virtual std::vector<Shared<model::Deployment>> deployments_of_job(std::string_view namespace_,
                                                                      std::string_view id) const = 0;
};

}  // namespace drover::scheduler
