#include "scheduler/view_snapshot.h"

#include <algorithm>

namespace drover::scheduler {
namespace {

Usage usage_of(const state::AllocRef& alloc) {
    const state::AllocUsage& sums = alloc.usage();
    return {static_cast<double>(sums.cpu_shares), static_cast<double>(sums.memory_mb),
            static_cast<double>(sums.disk_mb), 1};
}

}  // namespace

model::SchedulerConfiguration ViewSnapshot::scheduler_config() const {
    const auto stored = source_.view.scheduler_config();
    return stored ? *stored : defaults_;
}

Shared<model::Job> ViewSnapshot::job(std::string_view namespace_, std::string_view id) const {
    return source_.view.jobs().find(namespace_, id);
}

Shared<model::Job> ViewSnapshot::job_version(std::string_view namespace_, std::string_view id, uint64_t version) const {
    return source_.view.job_versions().find(namespace_, id, version);
}

Shared<model::NodePool> ViewSnapshot::node_pool(std::string_view name) const {
    return source_.view.node_pools().find(name);
}

Shared<model::Allocation> ViewSnapshot::alloc(std::string_view id) const { return source_.view.allocs().full(id); }

std::vector<Shared<model::Allocation>> ViewSnapshot::allocs_of_job(std::string_view namespace_,
                                                                   std::string_view id) const {
    std::vector<Shared<model::Allocation>> found;
    for (const state::AllocRef& alloc : source_.view.allocs().of_job(namespace_, id)) found.push_back(alloc.full());
    return found;
}

std::vector<Shared<model::Allocation>> ViewSnapshot::allocs_on_node(std::string_view node_id) const {
    std::vector<Shared<model::Allocation>> found;
    for (const state::AllocRef& alloc : source_.view.allocs().of_node(node_id)) found.push_back(alloc.full());
    return found;
}

std::vector<Running> ViewSnapshot::running_on(std::string_view node_id) const {
    std::vector<Running> found;
    for (const state::AllocRef& alloc : source_.view.allocs().of_node(node_id)) {
        if (alloc.client_terminal()) continue;
        found.push_back({alloc.id(), alloc.task_group(), alloc.job(), usage_of(alloc), alloc.server_terminal(),
                         alloc.has_ports(), alloc.has_devices()});
    }
    return found;
}

Usage ViewSnapshot::usage_below(std::string_view node_id, int64_t priority) const {
    Usage sum;
    for (const state::AllocRef& alloc : source_.view.allocs().of_node(node_id)) {
        if (!alloc.terminal() && alloc.job()->Priority <= priority) sum += usage_of(alloc);
    }
    return sum;
}

std::vector<Shared<model::Evaluation>> ViewSnapshot::pending_evals_of_job(std::string_view namespace_,
                                                                          std::string_view id) const {
    std::vector<Shared<model::Evaluation>> found;
    for (const auto& eval : source_.view.evals().of_job(namespace_, id)) {
        if (eval->Status == "pending") found.push_back(eval);
    }
    return found;
}

std::vector<Shared<model::Deployment>> ViewSnapshot::deployments_of_job(std::string_view namespace_,
                                                                        std::string_view id) const {
    std::vector<Shared<model::Deployment>> found;
    for (const auto& deployment : source_.view.deployments().of_job(namespace_, id)) found.push_back(deployment);
    std::reverse(found.begin(), found.end());
    return found;
}

}  // namespace drover::scheduler
