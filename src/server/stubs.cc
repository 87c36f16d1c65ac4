#include "server/stubs.h"

#include "codec/convert.h"
#include "model/task_events.h"

namespace drover::server {

model::AllocListStub alloc_stub(const state::AllocRef& alloc, bool with_resources, bool with_task_states) {
    model::AllocListStub stub = alloc.stub(with_resources, with_task_states);
    for (auto& [task, task_state] : stub.TaskStates) model::fill_display_messages(task_state);
    return stub;
}

model::NodeListStub node_stub(const model::Node& node, bool with_resources, bool with_os) {
    model::NodeListStub stub;
    stub.Address = node.HTTPAddr.substr(0, node.HTTPAddr.rfind(':'));
    stub.ID = node.ID;
    stub.Datacenter = node.Datacenter;
    stub.Name = node.Name;
    stub.NodePool = node.NodePool;
    stub.NodeClass = node.NodeClass;
    if (const std::string* version = node.Attributes.get("nomad.version")) stub.Version = *version;
    stub.Drain = static_cast<bool>(node.DrainStrategy);
    stub.SchedulingEligibility = node.SchedulingEligibility;
    stub.Status = node.Status;
    stub.StatusDescription = node.StatusDescription;
    stub.Drivers = node.Drivers;
    stub.HostVolumes = node.HostVolumes;
    stub.LastDrain = node.LastDrain;
    stub.CreateIndex = node.CreateIndex;
    stub.ModifyIndex = node.ModifyIndex;
    if (with_resources) {
        stub.NodeResources = node.NodeResources;
        stub.ReservedResources = node.ReservedResources;
    }
    if (const std::string* os = node.Attributes.get("os.name"); os && with_os) stub.Attributes["os.name"] = *os;
    return stub;
}

}  // namespace drover::server
