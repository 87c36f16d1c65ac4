#include "model/alloc_rules.h"

#include "base/strings.h"
#include "codec/convert.h"
#include "model/status.h"

namespace drover::model {
namespace {

List<RequestedDevice> requested_devices(const AllocatedTaskResources& task) {
    List<RequestedDevice> devices;
    for (const AllocatedDeviceResource& given : task.Devices) {
        RequestedDevice device;
        device.Name = given.Vendor + "/" + given.Type + "/" + given.Name;
        device.Count = given.DeviceIDs.size();
        devices.push_back(std::move(device));
    }
    return devices;
}

template <class T>
void append(List<T>& list, const List<T>& more) {
    list.insert(list.end(), more.begin(), more.end());
}

}  // namespace

bool client_terminal_status(std::string_view status) {
    return status == kAllocClientComplete || status == kAllocClientFailed || status == kAllocClientLost;
}

bool client_terminal(const Allocation& alloc) { return client_terminal_status(alloc.ClientStatus); }

bool server_terminal(const Allocation& alloc) {
    return alloc.DesiredStatus == kAllocDesiredStop || alloc.DesiredStatus == kAllocDesiredEvict;
}

bool terminal(const Allocation& alloc) { return server_terminal(alloc) || client_terminal(alloc); }

std::string alloc_name(std::string_view job_id, std::string_view group, uint64_t index) {
    std::string name;
    name.append(job_id).append(".").append(group).append("[").append(std::to_string(index)).append("]");
    return name;
}

std::optional<uint64_t> alloc_index(std::string_view name) {
    if (!has_suffix(name, "]")) return std::nullopt;
    const size_t open = name.rfind('[');
    if (open == std::string_view::npos) return std::nullopt;
    return parse_uint(name.substr(open + 1, name.size() - open - 2));
}

const TaskGroup* maybe_group_of(const Allocation& alloc) {
    if (!alloc.Job) return nullptr;
    for (const TaskGroup& group : alloc.Job->TaskGroups) {
        if (group.Name == alloc.TaskGroup) return &group;
    }
    return nullptr;
}

bool ran_successfully(const Allocation& alloc) {
    if (alloc.TaskStates.empty()) return false;
    for (const auto& [name, state] : alloc.TaskStates) {
        if (state.State != kTaskStateDead || state.Failed) return false;
    }
    return true;
}

Map<Resources> task_resources(const AllocatedResources& resources) {
    Map<Resources> result;
    result.made = true;
    for (const auto& [name, task] : resources.Tasks) {
        Resources& r = result[name];
        r.CPU = task.Cpu.CpuShares;
        r.Cores = static_cast<int64_t>(task.Cpu.ReservedCores.size());
        r.MemoryMB = task.Memory.MemoryMB;
        r.MemoryMaxMB = task.Memory.MemoryMaxMB;
        r.Networks = task.Networks;
        r.Devices = requested_devices(task);
    }
    return result;
}

Resources shared_resources(const AllocatedResources& resources) {
    Resources r;
    r.DiskMB = resources.Shared.DiskMB;
    r.Networks = resources.Shared.Networks;
    return r;
}

Resources total_resources(const AllocatedResources& resources) {
    Resources total = shared_resources(resources);
    for (const auto& [name, task] : resources.Tasks) {
        total.CPU += task.Cpu.CpuShares;
        total.Cores += static_cast<int64_t>(task.Cpu.ReservedCores.size());
        total.MemoryMB += task.Memory.MemoryMB;
        total.MemoryMaxMB += task.Memory.MemoryMaxMB != 0 ? task.Memory.MemoryMaxMB : task.Memory.MemoryMB;
        append(total.Networks, task.Networks);
        append(total.Devices, requested_devices(task));
    }
    return total;
}

void fill_legacy_resources(Allocation& alloc) {
    if (!alloc.AllocatedResources) return;
    alloc.TaskResources = task_resources(*alloc.AllocatedResources);
    alloc.SharedResources = shared_resources(*alloc.AllocatedResources);
    alloc.Resources = total_resources(*alloc.AllocatedResources);
}

AllocListStub alloc_stub(const Allocation& alloc, bool with_resources, bool with_task_states) {
    auto stub = codec::convert_to<AllocListStub>(alloc);
    if (alloc.Job) {
        stub.JobType = alloc.Job->Type;
        stub.JobVersion = alloc.Job->Version;
    }
    if (!with_resources) stub.AllocatedResources.reset();
    if (!with_task_states) stub.TaskStates.set_null();
    return stub;
}

}  // namespace drover::model
