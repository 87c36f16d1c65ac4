#pragma once
// What `job plan` answers: the differences between two versions of a job, and the updates that a plan would make.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model {

struct DesiredUpdates {
    uint64_t Ignore = 0;
    uint64_t Place = 0;
    uint64_t Migrate = 0;
    uint64_t Stop = 0;
    uint64_t InPlaceUpdate = 0;
    uint64_t DestructiveUpdate = 0;
    uint64_t Canary = 0;
    uint64_t Preemptions = 0;
    uint64_t Disconnect = 0;
    uint64_t Reconnect = 0;
    uint64_t RescheduleNow = 0;
    uint64_t RescheduleLater = 0;
};
DECLARE_TYPE(DesiredUpdates);

struct FieldDiff {
    std::string Type;
    std::string Name;
    std::string Old;
    std::string New;
    List<std::string> Annotations;
};
DECLARE_TYPE(FieldDiff);

struct ObjectDiff {
    std::string Type;
    std::string Name;
    List<FieldDiff> Fields;
    List<ObjectDiff> Objects;
};
DECLARE_TYPE(ObjectDiff);

struct TaskDiff {
    std::string Type;
    std::string Name;
    List<FieldDiff> Fields;
    List<ObjectDiff> Objects;
    List<std::string> Annotations;
};
DECLARE_TYPE(TaskDiff);

struct TaskGroupDiff {
    std::string Type;
    std::string Name;
    List<FieldDiff> Fields;
    List<ObjectDiff> Objects;
    List<TaskDiff> Tasks;
    Map<uint64_t> Updates;
};
DECLARE_TYPE(TaskGroupDiff);

struct JobDiff {
    std::string Type;
    std::string ID;
    List<FieldDiff> Fields;
    List<ObjectDiff> Objects;
    List<TaskGroupDiff> TaskGroups;
};
DECLARE_TYPE(JobDiff);

}  // namespace drover::model
