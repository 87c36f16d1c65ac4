#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "model/job_rules.h"
#include "model/ports.h"
#include "model/status.h"
#include "model/validate_parts.h"

namespace drover::model::parts {
namespace {

constexpr int64_t kMinDiskMB = 10;
constexpr Duration kMinRestartInterval = seconds(5);
constexpr Duration kMinRescheduleInterval = seconds(15);
constexpr Duration kMinRescheduleDelay = seconds(5);

std::string operator+(std::string text, Duration d) { return std::move(text) + to_string(d); }

Duration times(Duration d, int64_t n) {
    int64_t product = 0;
    if (__builtin_mul_overflow(d.ns, n, &product)) return {INT64_MAX};
    return {product};
}

void check_restart(const RestartPolicy& r, ErrorList& errors) {
    if (r.Mode != "fail" && r.Mode != "delay") errors.add("Unsupported restart mode: " + quote(r.Mode));
    if (r.Attempts == 0 && r.Mode != "fail") {
        errors.add("Restart policy " + quote(r.Mode) + " with " + std::to_string(r.Attempts) +
                   " attempts is ambiguous");
    }
    if (r.Interval < kMinRestartInterval) {
        errors.add("Interval can not be less than 5s (got " + to_string(r.Interval) + ")");
    }
    if (times(r.Delay, r.Attempts) > r.Interval) {
        errors.add("Nomad can't restart the TaskGroup " + std::to_string(r.Attempts) + " times in an interval of " +
                   to_string(r.Interval) + " with a delay of " + to_string(r.Delay));
    }
}

// How long the attempts of a policy take, at most.
Duration reschedule_span(const ReschedulePolicy& r) {
    Duration sum, delay = r.Delay, previous{};
    for (int64_t i = 0; i < std::min<int64_t>(r.Attempts, 1000); ++i) {
        sum += delay;
        Duration next = delay;
        if (r.DelayFunction == "exponential") next = times(delay, 2);
        if (r.DelayFunction == "fibonacci") next = delay + (i == 0 ? Duration{} : previous);
        previous = delay;
        delay = r.DelayFunction == "constant" ? r.Delay : std::min(next, r.MaxDelay);
    }
    return sum;
}

void check_reschedule(const ReschedulePolicy& r, ErrorList& errors) {
    if (r.Attempts <= 0 && !r.Unlimited) return;
    const bool known =
        r.DelayFunction == "constant" || r.DelayFunction == "exponential" || r.DelayFunction == "fibonacci";
    if (!known) {
        errors.add("Invalid delay function " + quote(r.DelayFunction) +
                   R"(, must be one of ["constant" "exponential" "fibonacci"])");
    }
    bool delays_make_sense = known;
    if (r.Delay < kMinRescheduleDelay) {
        errors.add("Delay cannot be less than 5s (got " + to_string(r.Delay) + ")");
        delays_make_sense = false;
    }
    if (r.DelayFunction != "constant") {
        if (r.MaxDelay < kMinRescheduleDelay) {
            errors.add("Max Delay cannot be less than 5s (got " + to_string(r.Delay) + ")");
            delays_make_sense = false;
        }
        if (r.MaxDelay < r.Delay) {
            errors.add("Max Delay cannot be less than Delay " + to_string(r.Delay) + " (got " + to_string(r.MaxDelay) +
                       ")");
            delays_make_sense = false;
        }
    }
    if (r.Unlimited) {
        if (r.Attempts > 0) errors.add("Reschedule policy cannot set attempts when unlimited is true");
        return;
    }
    if (r.Interval < kMinRescheduleInterval) {
        errors.add("Interval cannot be less than 15s (got " + to_string(r.Interval) + ")");
    } else if (delays_make_sense && reschedule_span(r) > r.Interval) {
        errors.add("Nomad can't make " + std::to_string(r.Attempts) + " attempts in an interval of " +
                   to_string(r.Interval) + "; set the interval to at least " + to_string(reschedule_span(r)));
    }
}

void check_update(const UpdateStrategy& u, ErrorList& errors) {
    if (u.HealthCheck != "checks" && u.HealthCheck != "task_states" && u.HealthCheck != "manual") {
        errors.add("Invalid health check given: " + quote(u.HealthCheck));
    }
    const auto number = [](int64_t n) { return std::to_string(n) + " < 0"; };
    if (u.MaxParallel < 0) errors.add("Max parallel can not be less than zero: " + number(u.MaxParallel));
    if (u.Canary < 0) errors.add("Canary count can not be less than zero: " + number(u.Canary));
    if (u.Canary == 0 && u.AutoPromote) errors.add("Auto Promote requires a Canary count greater than zero");
    if (u.MinHealthyTime.ns < 0) errors.add("Minimum healthy time may not be less than zero: " + u.MinHealthyTime);
    if (u.HealthyDeadline.ns <= 0) errors.add("Healthy deadline must be greater than zero: " + u.HealthyDeadline);
    if (u.ProgressDeadline.ns < 0) errors.add("Progress deadline must be zero or greater: " + u.ProgressDeadline);
    if (u.MinHealthyTime >= u.HealthyDeadline) {
        errors.add("Minimum healthy time must be less than healthy deadline: " + u.MinHealthyTime + " > " +
                   u.HealthyDeadline);
    }
    if (u.ProgressDeadline.ns != 0 && u.HealthyDeadline >= u.ProgressDeadline) {
        errors.add("Healthy deadline must be less than progress deadline: " + u.HealthyDeadline + " > " +
                   u.ProgressDeadline);
    }
    if (u.Stagger.ns <= 0) errors.add("Stagger must be greater than zero: " + u.Stagger);
}

void check_migrate(const MigrateStrategy& m, ErrorList& errors) {
    if (m.MaxParallel < 0) errors.add("MaxParallel must be >= 0 but found " + std::to_string(m.MaxParallel));
    if (m.HealthCheck.empty()) {
        errors.add("Missing HealthCheck");
    } else if (m.HealthCheck != "checks" && m.HealthCheck != "task_states") {
        errors.add("Invalid HealthCheck: " + quote(m.HealthCheck));
    }
    if (m.MinHealthyTime.ns < 0) errors.add("MinHealthyTime is " + m.MinHealthyTime + " and must be >= 0");
    if (m.HealthyDeadline.ns < 0) errors.add("HealthyDeadline is " + m.HealthyDeadline + " and must be >= 0");
    if (m.MinHealthyTime > m.HealthyDeadline) errors.add("MinHealthyTime must be less than HealthyDeadline");
}

void check_disconnect(const TaskGroup& group, const Job& job, ErrorList& errors) {
    if (group.MaxRunDuration && group.MaxRunDuration->ns > 0 && job.Type != kJobTypeBatch &&
        job.Type != kJobTypeSysBatch) {
        errors.add("Job type " + quote(job.Type) + " does not allow max_run_duration");
    }
    if (group.MaxClientDisconnect && group.MaxClientDisconnect->ns < 0) {
        errors.add("max_client_disconnect cannot be negative");
    }
    if (group.StopAfterClientDisconnect && group.StopAfterClientDisconnect->ns < 0) {
        errors.add("stop_after_client_disconnect cannot be negative");
    }
    if (!group.Disconnect) return;
    const DisconnectStrategy& d = *group.Disconnect;
    if (d.LostAfter.ns < 0) errors.add("lost_after cannot be a negative duration");
    if (d.StopOnClientAfter && d.StopOnClientAfter->ns < 0) {
        errors.add("stop_on_client_after cannot be a negative duration");
    }
    if (d.StopOnClientAfter && d.LostAfter.ns != 0) {
        errors.add("Disconnect cannot be configured with both lost_after and stop_on_client_after");
    }
    if (group.MaxClientDisconnect || group.StopAfterClientDisconnect) {
        errors.add("Task group cannot combine disconnect with max_client_disconnect or stop_after_client_disconnect");
    }
    static const std::set<std::string> kChoices = {"", "keep_original", "keep_replacement", "best_score",
                                                   "longest_running"};
    if (!kChoices.contains(d.Reconcile)) errors.add("Invalid reconcile option: " + quote(d.Reconcile));
}

void check_policies(const TaskGroup& group, const Job& job, ErrorList& errors) {
    if (group.RestartPolicy) {
        check_restart(*group.RestartPolicy, errors);
    } else {
        errors.add("Task Group " + group.Name + " should have a restart policy");
    }
    if (job.Type == kJobTypeSystem) {
        if (!group.Spreads.empty()) errors.add("System jobs may not have a spread block");
    } else {
        check_spreads(group.Spreads, errors);
    }
    if (job.Type == kJobTypeSystem || job.Type == kJobTypeSysBatch) {
        if (group.ReschedulePolicy) errors.add("System or sysbatch jobs should not have a reschedule policy");
    } else if (group.ReschedulePolicy) {
        check_reschedule(*group.ReschedulePolicy, errors);
    }
    if (group.EphemeralDisk && group.EphemeralDisk->SizeMB < kMinDiskMB) {
        errors.add("minimum DiskMB value is 10; got " + std::to_string(group.EphemeralDisk->SizeMB));
    }
    if (group.Update) {
        if (!may_update(job)) {
            errors.add("Job type " + quote(job.Type) + " does not allow update block");
        } else {
            check_update(*group.Update, errors);
        }
    }
    if (group.Migrate) {
        if (job.Type != kJobTypeService) {
            errors.add("Job type " + quote(job.Type) + " does not allow migrate block");
        } else {
            check_migrate(*group.Migrate, errors);
        }
    }
}

void check_task_names(const TaskGroup& group, ErrorList& errors) {
    std::map<std::string, size_t> seen;
    int leaders = 0;
    for (size_t i = 0; i < group.Tasks.size(); ++i) {
        const Task& task = group.Tasks[i];
        const std::string number = std::to_string(i + 1);
        if (task.Name.empty()) {
            errors.add("Task " + number + " missing name");
        } else if (const auto [it, is_new] = seen.emplace(task.Name, i + 1); !is_new) {
            errors.add("Task " + number + " redefines '" + task.Name + "' from task " + std::to_string(it->second));
        }
        leaders += task.Leader;
    }
    if (leaders > 1) errors.add("Only one task may be marked as leader");
}

bool writes_from_one_node(const std::string& mode) {
    return mode == "single-node-writer" || mode == "multi-node-single-writer" || mode == "single-node-single-writer";
}

ErrorList check_volume(const VolumeRequest& volume, const TaskGroup& group, const Job& job) {
    ErrorList errors;
    const bool csi = volume.Type == "csi";
    if (!csi && volume.Type != "host") return errors;
    if (volume.Source.empty()) errors.add("volume has an empty source");
    const bool canaries = group.Update && group.Update->Canary > 0;
    if (volume.PerAlloc) {
        if (canaries) errors.add("volume cannot be per_alloc when canaries are in use");
        if (job.Type == kJobTypeSystem || job.Type == kJobTypeSysBatch) {
            errors.add("volume cannot be per_alloc for system or sysbatch jobs");
        }
        if (volume.Sticky) errors.add("volume cannot be per_alloc and sticky at the same time");
    }
    if (!csi) {
        if (volume.MountOptions) errors.add("host volumes cannot have mount options");
        return errors;
    }
    if (volume.AttachmentMode.empty()) errors.add("CSI volumes must have an attachment mode");
    if (volume.AttachmentMode == "block-device" && volume.MountOptions) {
        errors.add("block devices cannot have mount options");
    }
    if (volume.AccessMode.empty()) errors.add("CSI volumes must have an access mode");
    if (writes_from_one_node(volume.AccessMode) && group.Count > 1 && !volume.PerAlloc && !volume.ReadOnly) {
        errors.add("volume with " + volume.AccessMode + " access mode allows only one writer");
    }
    return errors;
}

ErrorList check_scaling(const ScalingPolicy& policy, int64_t count) {
    ErrorList errors;
    if (policy.Max < 0) errors.add("Scaling policy invalid: maximum count must be specified and non-negative");
    if (policy.Max < policy.Min) {
        errors.add("Scaling policy invalid: maximum count must not be less than minimum count");
    }
    if (policy.Max < count) {
        errors.add("Scaling policy invalid: task group count must not be greater than maximum count in scaling policy");
    }
    if (count < policy.Min) {
        errors.add("Scaling policy invalid: task group count must not be less than minimum count in scaling policy");
    }
    return errors;
}

// Labels and static ports of a group's networks, then of its tasks' own ones, which older jobs have.
class PortChecker {
public:
    PortChecker(ErrorList& errors, std::string owner) : errors_(errors), owner_(std::move(owner)) {}

    // A task has labels of its own beside those of the group; static ports are taken for all, on one machine.
    void check_task(const Task& task) {
        std::map<std::string, std::string> of_group = labels_;
        owner_ = task.Name;
        for (const NetworkResource& network : task.Resources->Networks) check(network);
        labels_ = std::move(of_group);
    }

    void check(const NetworkResource& network) {
        for (const auto* ports : {&network.ReservedPorts, &network.DynamicPorts}) {
            for (const Port& port : *ports) {
                check_label(port);
                if (ports == &network.ReservedPorts) check_static(port, network);
                if (port.To < -1 || port.To > kMaxPort) {
                    errors_.add("Port " + quote(port.Label) +
                                " cannot be mapped to a port out of range: " + std::to_string(port.To));
                }
            }
        }
    }

private:
    void check_label(const Port& port) {
        if (const auto [it, is_new] = labels_.emplace(port.Label, owner_); !is_new) {
            errors_.add("Port label " + port.Label + " already in use by " + it->second);
        }
    }

    void check_static(const Port& port, const NetworkResource& network) {
        if (port.IgnoreCollision && !network.Mode.empty() && network.Mode != "host") {
            errors_.add("Port " + quote(port.Label) + " collision may not be ignored on non-host network mode " +
                        quote(network.Mode));
            return;
        }
        if (port.Value > kMaxPort) {
            errors_.add("Port " + port.Label + " (" + std::to_string(port.Value) + ") cannot be greater than 65535");
            return;
        }
        if (port.IgnoreCollision) return;
        const std::pair key(port.HostNetwork, port.Value);
        if (const auto [it, is_new] = statics_.emplace(key, owner_ + ":" + port.Label); !is_new) {
            errors_.add("Static port " + std::to_string(port.Value) + " already reserved by " + it->second);
        }
    }

    ErrorList& errors_;
    std::string owner_;
    std::map<std::string, std::string> labels_;
    std::map<std::pair<std::string, int64_t>, std::string> statics_;
};

}  // namespace

ErrorList check_networks(const TaskGroup& group) {
    ErrorList errors;
    PortChecker ports(errors, "taskgroup network");
    for (const NetworkResource& network : group.Networks) ports.check(network);
    for (const Task& task : group.Tasks) {
        if (task.Resources) ports.check_task(task);
    }
    return errors;
}

ErrorList check_group(const TaskGroup& group, const Job& job) {
    ErrorList errors;
    if (group.Name.empty()) {
        errors.add("Missing task group name");
    } else if (group.Name.find('\0') != std::string::npos) {
        errors.add("Task group name contains null character");
    }
    if (group.Count < 0) errors.add("Task group count can't be negative");
    if (group.Tasks.empty()) errors.add("Missing tasks for task group");
    check_disconnect(group, job, errors);
    check_constraints(group.Constraints, errors);
    if (job.Type == kJobTypeSystem) {
        if (!group.Affinities.empty()) errors.add("System jobs may not have an affinity block");
    } else {
        check_affinities(group.Affinities, errors);
    }
    check_policies(group, job, errors);
    check_task_names(group, errors);
    for (const auto& [name, volume] : group.Volumes) {
        errors.add("Task group volume validation for " + name + " failed: ", check_volume(volume, group, job));
    }
    errors.add("Task group network validation failed: ", check_networks(group));
    errors.add("Task group service validation failed: ", check_group_services(group));
    if (group.Scaling) {
        errors.add("Task group scaling policy validation failed: ", check_scaling(*group.Scaling, group.Count));
    }
    for (const Task& task : group.Tasks) {
        errors.add("Task " + task.Name + " validation failed: ", check_task(task, group, job));
    }
    return errors;
}

}  // namespace drover::model::parts
