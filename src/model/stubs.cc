#include "model/stubs.h"

#include "base/strings.h"
#include "codec/convert.h"

namespace drover::model {
namespace {

// The host of "host:port" or "[host]:port".
std::string host_of(const std::string& address) {
    const size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    return host;
}

}  // namespace

NodeListStub node_stub(const Node& node, bool with_os, bool with_resources) {
    NodeListStub stub;
    stub.Address = host_of(node.HTTPAddr);
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
    if (with_os) {
        stub.Attributes.made = true;
        if (const std::string* name = node.Attributes.get("os.name")) stub.Attributes["os.name"] = *name;
    }
    if (with_resources) {
        stub.NodeResources = node.NodeResources;
        stub.ReservedResources = node.ReservedResources;
    }
    return stub;
}

EvaluationStub eval_stub(const Evaluation& eval) { return codec::convert_to<EvaluationStub>(eval); }

}  // namespace drover::model
