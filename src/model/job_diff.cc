#include "model/job_diff.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/strings.h"
#include "model/object_diff.h"
#include "model/status.h"

namespace drover::model {
namespace {

template <class T>
using Pairs = std::map<std::string, std::pair<const T*, const T*>>;

// By name, which is also the order in which they are told.
template <class T>
Pairs<T> pair_by_name(const List<T>* before, const List<T>* after) {
    Pairs<T> pairs;
    if (before) {
        for (const T& item : *before) pairs[item.Name].first = &item;
    }
    if (after) {
        for (const T& item : *after) pairs[item.Name].second = &item;
    }
    return pairs;
}

template <class T>
std::string_view type_of_change(const T* before, const T* after) {
    if (!before) return kDiffAdded;
    if (!after) return kDiffDeleted;
    return codec::equal(codec::type_of<T>(), before, after) ? kDiffNone : kDiffEdited;
}

TaskDiff task_diff(const Task* before, const Task* after, bool contextual) {
    TaskDiff diff;
    diff.Name = (after ? after : before)->Name;
    diff.Type = type_of_change(before, after);
    if (diff.Type == kDiffNone) return diff;
    Differences found = compare(codec::type_of<Task>(), before, after, contextual);
    diff.Fields = std::move(found.fields);
    diff.Objects = std::move(found.objects);
    return diff;
}

TaskGroupDiff group_diff(const TaskGroup* before, const TaskGroup* after, bool contextual) {
    TaskGroupDiff diff;
    diff.Name = (after ? after : before)->Name;
    diff.Type = type_of_change(before, after);
    if (diff.Type != kDiffNone) {
        Differences found = compare(codec::type_of<TaskGroup>(), before, after, contextual);
        diff.Fields = std::move(found.fields);
        diff.Objects = std::move(found.objects);
    }
    const auto tasks = pair_by_name(before ? &before->Tasks : nullptr, after ? &after->Tasks : nullptr);
    for (const auto& [name, pair] : tasks) diff.Tasks.push_back(task_diff(pair.first, pair.second, contextual));
    return diff;
}

// What is compared without being told.
bool differ_silently(const Job& before, const Job& after) {
    return !codec::equal(codec::type_of<List<Spread>>(), &before.Spreads, &after.Spreads);
}

void annotate_count(TaskGroupDiff& group) {
    for (FieldDiff& field : group.Fields) {
        if (field.Name != "Count" || field.Type == kDiffNone) continue;
        const int64_t before = parse_int(field.Old).value_or(0), after = parse_int(field.New).value_or(0);
        if (before < after) field.Annotations = {"forces create"};
        if (before > after) field.Annotations = {"forces destroy"};
    }
}

bool only_log_sizes(const ObjectDiff& object) {
    return std::none_of(object.Fields.begin(), object.Fields.end(),
                        [](const FieldDiff& field) { return field.Name == "Disabled" && field.Type != kDiffNone; });
}

// Whether a changed task goes on running.
bool updates_in_place(const TaskDiff& task) {
    static const std::set<std::string> kObjects = {"Service", "Constraint", "Affinity", "Spread"};
    for (const FieldDiff& field : task.Fields) {
        if (field.Type != kDiffNone && field.Name != "KillTimeout") return false;
    }
    return std::all_of(task.Objects.begin(), task.Objects.end(), [](const ObjectDiff& object) {
        return kObjects.contains(object.Name) || (object.Name == "LogConfig" && only_log_sizes(object));
    });
}

void annotate_task(TaskDiff& task, const TaskGroupDiff& group) {
    if (task.Type == kDiffNone) return;
    std::string_view note = "forces create/destroy update";
    if (group.Type == kDiffAdded) {
        note = "forces create";
    } else if (group.Type == kDiffDeleted) {
        note = "forces destroy";
    } else if (task.Type == kDiffEdited && updates_in_place(task)) {
        note = "forces in-place update";
    }
    task.Annotations = {std::string(note)};
}

void set_updates(TaskGroupDiff& group, const DesiredUpdates& planned) {
    const std::array<std::pair<const char*, uint64_t>, 7> counts = {
        {{"ignore", planned.Ignore},
         {"create", planned.Place},
         {"migrate", planned.Migrate},
         {"destroy", planned.Stop},
         {"canary", planned.Canary},
         {"in-place update", planned.InPlaceUpdate},
         {"create/destroy update", planned.DestructiveUpdate}}};
    for (const auto& [name, count] : counts) {
        if (count > 0) group.Updates[name] = count;
    }
}

}  // namespace

JobDiff job_diff(const Job* before, const Job* after, bool contextual) {
    JobDiff diff;
    if (!before && !after) return diff;
    diff.ID = (after ? after : before)->ID;
    Differences found = compare(codec::type_of<Job>(), before, after, contextual);
    diff.Fields = std::move(found.fields);
    diff.Objects = std::move(found.objects);
    const auto groups = pair_by_name(before ? &before->TaskGroups : nullptr, after ? &after->TaskGroups : nullptr);
    bool changed = !diff.Fields.empty() || !diff.Objects.empty();
    for (const auto& [name, pair] : groups) {
        diff.TaskGroups.push_back(group_diff(pair.first, pair.second, contextual));
        changed |= diff.TaskGroups.back().Type != kDiffNone;
    }
    if (!before) {
        diff.Type = kDiffAdded;
    } else if (!after) {
        diff.Type = kDiffDeleted;
    } else {
        diff.Type = changed || differ_silently(*before, *after) ? kDiffEdited : kDiffNone;
    }
    return diff;
}

void annotate(JobDiff& diff, const Map<DesiredUpdates>& planned) {
    for (TaskGroupDiff& group : diff.TaskGroups) {
        annotate_count(group);
        for (TaskDiff& task : group.Tasks) annotate_task(task, group);
        const DesiredUpdates* updates = planned.get(group.Name);
        if (!updates) continue;
        group.Updates.made = true;
        set_updates(group, *updates);
    }
}

}  // namespace drover::model
