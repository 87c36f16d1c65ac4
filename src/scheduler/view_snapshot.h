#pragma once
// What the scheduler asks, answered from a version of the store and its fleet. A value; one thread at a time.

#include "scheduler/fleet_keeper.h"
#include "scheduler/snapshot.h"

namespace drover::scheduler {

class ViewSnapshot : public Snapshot {
public:
    // `defaults`: the scheduler's configuration as long as none was set.
    ViewSnapshot(ViewFleet source, model::SchedulerConfiguration defaults)
        : source_(std::move(source)), defaults_(std::move(defaults)) {}

    uint64_t index() const override { return source_.view.index(); }
    const Fleet& fleet() const override { return source_.fleet; }
    model::SchedulerConfiguration scheduler_config() const override;
    Shared<model::Job> job(std::string_view namespace_, std::string_view id) const override;
    Shared<model::Job> job_version(std::string_view namespace_, std::string_view id, uint64_t version) const override;
    Shared<model::NodePool> node_pool(std::string_view name) const override;
    Shared<model::Allocation> alloc(std::string_view id) const override;
    std::vector<Shared<model::Allocation>> allocs_of_job(std::string_view namespace_,
                                                         std::string_view id) const override;
    std::vector<Shared<model::Allocation>> allocs_on_node(std::string_view node_id) const override;
    std::vector<Running> running_on(std::string_view node_id) const override;
    Usage usage_below(std::string_view node_id, int64_t priority) const override;
    std::vector<Shared<model::Evaluation>> pending_evals_of_job(std::string_view namespace_,
                                                                std::string_view id) const override;
    std::vector<Shared<model::Deployment>> deployments_of_job(std::string_view namespace_,
                                                              std::string_view id) const override;

private:
    ViewFleet source_;
    model::SchedulerConfiguration defaults_;
};

}  // namespace drover::scheduler
