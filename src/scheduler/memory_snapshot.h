#pragma once
// A snapshot of plain containers that can be edited: for tests, benchmarks and what-ifs. One owner, no threads.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/plan.h"
#include "scheduler/snapshot.h"

namespace drover::scheduler {

class MemorySnapshot final : public Snapshot {
public:
    void put(const Shared<model::Node>& node);
    void put(const Shared<model::Job>& job);  // also as a version
    void put(const Shared<model::Allocation>& alloc);
    void put(const Shared<model::Deployment>& deployment);
    void put(const Shared<model::Evaluation>& eval);
    void put(const Shared<model::NodePool>& pool);
    void remove_node(const std::string& id);
    void remove_job(std::string_view namespace_, std::string_view id);  // its versions stay
    void set_config(const model::SchedulerConfiguration& config) { config_ = config; }

    // What a plan would change, as if all of it were committed.
    void apply(const model::Plan& plan, Time now);

    uint64_t index() const override { return index_; }
    const Fleet& fleet() const override;
    model::SchedulerConfiguration scheduler_config() const override { return config_; }
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
    const std::map<std::string, Shared<model::Allocation>, std::less<>>& allocs() const { return allocs_; }

private:
    FleetEdit& edit();
    void note_canary(const model::Allocation& alloc);
    void link(const model::Allocation& placed);

    uint64_t index_ = 1;
    mutable Fleet fleet_;
    mutable std::unique_ptr<FleetEdit> edit_;  // changes that the next look at the fleet finishes
    model::SchedulerConfiguration config_;
    std::map<std::string, Shared<model::Job>, std::less<>> jobs_;
    std::map<std::pair<std::string, uint64_t>, Shared<model::Job>> versions_;
    std::map<std::string, Shared<model::Allocation>, std::less<>> allocs_;
    std::map<std::string, std::vector<std::string>, std::less<>> by_node_;
    std::map<std::string, Shared<model::Evaluation>, std::less<>> evals_;
    std::vector<Shared<model::Deployment>> deployments_;  // oldest first
    std::map<std::string, Shared<model::NodePool>, std::less<>> pools_;
};

}  // namespace drover::scheduler
