#pragma once
// Which nodes may run a task group at all. Most checks say the same of every node of a fleet class and are made once
// for it; what tells single nodes apart (unique targets, volumes, devices) is asked of each. Belongs to one evaluation;
// no threads; nothing fails.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/job.h"
#include "scheduler/constraint.h"
#include "scheduler/features.h"
#include "scheduler/fleet.h"

namespace drover::scheduler {

// Whether a node is among those that a job looks at: its pool and one of its data centres (globs).
bool in_node_set(const model::Job& job, std::string_view pool, std::string_view datacenter);

class GroupChecks {
public:
    GroupChecks(const model::Job& job, const model::TaskGroup& group);

    // Why a node of that class is refused, as placement metrics name it; null: it is not. Valid until the next call.
    const std::string* refuse_class(const model::Node& sample);
    // The job's own constraints refused it, not the group's.
    bool refused_by_job() const { return refused_by_job_; }

    // Checks of single nodes, after those of their class.
    bool has_node_checks() const { return has_node_checks_; }
    const std::string* refuse_node(const model::Node& node, std::string_view alloc_name);

    // A target differs among the nodes of a computed class: nothing may be concluded from classes.
    bool escapes() const { return escapes_; }

private:
    const std::string* fail_with(std::string reason);
    const std::string* check_constraints(std::vector<NodeConstraint>& constraints, const model::Node& node,
                                         bool unique);
    const std::string* check_network(const model::Node& node);
    const std::string* check_devices(const model::Node& node);
    const std::string* check_volumes(const model::Node& node, std::string_view alloc_name);

    const model::TaskGroup& group_;
    std::vector<std::string> drivers_, secret_providers_;
    std::vector<NodeConstraint> job_constraints_, group_constraints_;
    std::vector<const model::RequestedDevice*> devices_;
    std::vector<NeededFeature> needed_features_;
    std::string reason_;
    bool refused_by_job_ = false, escapes_ = false, has_node_checks_ = false;
};

}  // namespace drover::scheduler
