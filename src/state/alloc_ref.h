#pragma once
// AllocRef: reads one allocation of the store without building the described struct. 8 bytes, copies share; null when
// nothing was found. Valid as long as it is held, on any thread.

#include <string>
#include <string_view>

#include "state/alloc_row.h"

namespace drover::state {

class AllocRef {
public:
    AllocRef() = default;
    explicit AllocRef(Ref<const AllocRow> row) : row_(std::move(row)) {}

    explicit operator bool() const { return static_cast<bool>(row_); }
    bool operator==(const AllocRef&) const = default;  // the very same version of the same allocation

    const Uuid& uuid() const { return row_->id; }
    const Uuid& node_uuid() const { return row_->node; }
    const Uuid& eval_uuid() const { return row_->eval; }
    std::string id() const { return to_string(row_->id); }
    std::string node_id() const { return to_string(row_->node); }
    std::string eval_id() const { return to_string(row_->eval); }

    std::string name() const;
    uint32_t name_index() const { return row_->name_index; }  // the i of "job.group[i]"
    const std::string& ns() const { return row_->group->ns; }
    const std::string& job_id() const { return row_->group->job_id; }
    const std::string& task_group() const { return row_->group->task_group; }
    const Shared<model::Job>& job() const { return row_->group->job; }  // the version that it was placed from

    DesiredStatus desired_status() const { return row_->desired; }
    ClientStatus client_status() const { return row_->client; }
    std::string desired_description() const;
    std::string client_description() const;
    bool server_terminal() const { return row_->desired != DesiredStatus::run; }
    bool client_terminal() const {
        return row_->client == ClientStatus::complete || row_->client == ClientStatus::failed ||
               row_->client == ClientStatus::lost;
    }
    bool terminal() const { return server_terminal() || client_terminal(); }

    const AllocUsage& usage() const;  // zeroes if it has no resources
    bool has_ports() const { return row_->resources && row_->resources->has_ports; }
    bool has_devices() const { return row_->resources && row_->resources->has_devices; }
    bool has_cores() const { return row_->resources && row_->resources->has_cores; }
    Shared<model::AllocatedResources> resources() const;  // built on each call
    Shared<model::AllocMetric> metrics() const;           // built on each call

    model::DesiredTransition desired_transition() const;
    bool should_migrate() const;
    // The health that was reported for its deployment, if any.
    Opt<bool> healthy() const;
    bool canary() const;
    Box<model::AllocDeploymentStatus> deployment_status() const;

    // Texts of linked identifiers; empty when there is none. Cheap when none is set.
    std::string previous_allocation() const;
    std::string next_allocation() const;
    std::string deployment_id() const;
    std::string followup_eval_id() const;
    std::string preempted_by() const;
    bool has_next_allocation() const;

    Box<model::RescheduleTracker> reschedule_tracker() const;
    List<model::AllocState> alloc_states() const;
    Map<model::TaskState> task_states() const;

    uint64_t create_index() const { return row_->create_index; }
    uint64_t modify_index() const { return row_->modify_index; }
    uint64_t alloc_modify_index() const { return row_->alloc_modify_index; }
    int64_t create_time() const { return row_->create_time; }
    int64_t modify_time() const { return row_->modify_time; }

    // The described struct, with the older members (Resources, SharedResources, TaskResources) worked out from
    // AllocatedResources.
    Shared<model::Allocation> full() const;
    // What lists show. Task states and resources only if asked for.
    model::AllocListStub stub(bool with_resources, bool with_task_states) const;

    const AllocRow& row() const { return *row_; }

private:
    Ref<const AllocRow> row_;
};

}  // namespace drover::state
