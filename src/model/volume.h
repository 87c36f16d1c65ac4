#pragma once
// Host volumes and CSI volumes.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/alloc.h"
#include "model/job.h"
#include "model/node.h"
#include "model/resources.h"

namespace drover::model {

struct CSIPlugin {
    std::string ID;
    std::string Provider;
    std::string Version;
    bool ControllerRequired = false;
    Map<CSIInfo> Controllers;
    Map<CSIInfo> Nodes;
    List<AllocListStub> Allocations;
    Map<Map<codec::Any>> ControllerJobs;
    Map<Map<codec::Any>> NodeJobs;
    int64_t ControllersHealthy = 0;
    int64_t ControllersExpected = 0;
    int64_t NodesHealthy = 0;
    int64_t NodesExpected = 0;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    int64_t CreateTime = 0;
    int64_t ModifyTime = 0;
};
DECLARE_TYPE(CSIPlugin);

struct CSIPluginEvent {
    Shared<CSIPlugin> Plugin;
};
DECLARE_TYPE(CSIPluginEvent);

struct CSIPluginListStub {
    std::string ID;
    std::string Provider;
    bool ControllerRequired = false;
    int64_t ControllersHealthy = 0;
    int64_t ControllersExpected = 0;
    int64_t NodesHealthy = 0;
    int64_t NodesExpected = 0;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(CSIPluginListStub);

struct CSISnapshot {
    std::string ID;
    std::string ExternalSourceVolumeID;
    int64_t SizeBytes = 0;
    int64_t CreateTime = 0;
    bool IsReady = false;
    std::string SourceVolumeID;
    std::string PluginID;
    std::string Name;
    Map<std::string> Secrets;
    Map<std::string> Parameters;
};
DECLARE_TYPE(CSISnapshot);

struct CSITopologyRequest {
    List<CSITopology> Required;
    List<CSITopology> Preferred;
};
DECLARE_TYPE(CSITopologyRequest);

struct CSIVolListStub {
    std::string ID;
    std::string Namespace;
    std::string Name;
    std::string ExternalID;
    List<Box<CSITopology>> Topologies;  // an element may be null
    std::string AccessMode;
    std::string AttachmentMode;
    int64_t CurrentReaders = 0;
    int64_t CurrentWriters = 0;
    bool Schedulable = false;
    std::string PluginID;
    std::string Provider;
    bool ControllerRequired = false;
    int64_t ControllersHealthy = 0;
    int64_t ControllersExpected = 0;
    int64_t NodesHealthy = 0;
    int64_t NodesExpected = 0;
    Time ResourceExhausted;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    int64_t CreateTime = 0;
    int64_t ModifyTime = 0;
};
DECLARE_TYPE(CSIVolListStub);

struct CSIVolumeCapability {
    std::string AttachmentMode;
    std::string AccessMode;
};
DECLARE_TYPE(CSIVolumeCapability);

struct CSIVolumeClaim {
    std::string AllocationID;
    std::string NodeID;
    std::string ExternalNodeID;
    int64_t Mode = 0;
    std::string AccessMode;
    std::string AttachmentMode;
    int64_t State = 0;
};
DECLARE_TYPE(CSIVolumeClaim);

struct CSIVolume {
    std::string ID;
    std::string Name;
    std::string ExternalID;
    std::string Namespace;
    Box<CSITopologyRequest> RequestedTopologies;
    List<Box<CSITopology>> Topologies;  // an element may be null
    std::string AccessMode;
    std::string AttachmentMode;
    Box<CSIMountOptions> MountOptions;
    Map<std::string> Secrets;
    Map<std::string> Parameters;
    Map<std::string> Context;
    int64_t Capacity = 0;
    int64_t RequestedCapacityMin = 0;
    int64_t RequestedCapacityMax = 0;
    List<CSIVolumeCapability> RequestedCapabilities;
    std::string CloneID;
    std::string SnapshotID;
    Map<Shared<Allocation>> ReadAllocs;
    Map<Shared<Allocation>> WriteAllocs;
    Map<CSIVolumeClaim> ReadClaims;
    Map<CSIVolumeClaim> WriteClaims;
    Map<CSIVolumeClaim> PastClaims;
    bool Schedulable = false;
    std::string PluginID;
    std::string Provider;
    std::string ProviderVersion;
    bool ControllerRequired = false;
    int64_t ControllersHealthy = 0;
    int64_t ControllersExpected = 0;
    int64_t NodesHealthy = 0;
    int64_t NodesExpected = 0;
    Time ResourceExhausted;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    int64_t CreateTime = 0;
    int64_t ModifyTime = 0;
};
DECLARE_TYPE(CSIVolume);

struct CSIVolumeEvent {
    Shared<CSIVolume> Volume;
};
DECLARE_TYPE(CSIVolumeEvent);

struct CSIVolumeExternalStub {
    std::string ExternalID;
    int64_t CapacityBytes = 0;
    Map<std::string> VolumeContext;
    std::string CloneID;
    std::string SnapshotID;
    List<std::string> PublishedExternalNodeIDs;
    bool IsAbnormal = false;
    std::string Status;
};
DECLARE_TYPE(CSIVolumeExternalStub);

struct HostVolumeCapability {
    std::string AttachmentMode;
    std::string AccessMode;
};
DECLARE_TYPE(HostVolumeCapability);

struct HostVolume {
    std::string Namespace;
    std::string ID;
    std::string Name;
    std::string PluginID;
    std::string NodePool;
    std::string NodeID;
    List<Constraint> Constraints;
    int64_t RequestedCapacityMinBytes = 0;
    int64_t RequestedCapacityMaxBytes = 0;
    int64_t CapacityBytes = 0;
    List<HostVolumeCapability> RequestedCapabilities;
    Map<std::string> Parameters;
    std::string HostPath;
    std::string State;
    uint64_t CreateIndex = 0;
    int64_t CreateTime = 0;
    uint64_t ModifyIndex = 0;
    int64_t ModifyTime = 0;
    List<AllocListStub> Allocations;
};
DECLARE_TYPE(HostVolume);

struct HostVolumeEvent {
    Shared<HostVolume> Volume;
};
DECLARE_TYPE(HostVolumeEvent);

struct HostVolumeStub {
    std::string Namespace;
    std::string ID;
    std::string Name;
    std::string PluginID;
    std::string NodePool;
    std::string NodeID;
    int64_t CapacityBytes = 0;
    std::string State;
    uint64_t CreateIndex = 0;
    int64_t CreateTime = 0;
    uint64_t ModifyIndex = 0;
    int64_t ModifyTime = 0;
};
DECLARE_TYPE(HostVolumeStub);

struct TaskGroupHostVolumeClaim {
    std::string ID;
    std::string Namespace;
    std::string JobID;
    std::string TaskGroupName;
    std::string AllocID;
    std::string VolumeID;
    std::string VolumeName;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(TaskGroupHostVolumeClaim);

struct CSIVolumeMountOptions {
    std::string Filesystem;
    List<std::string> MountFlags;
};
DECLARE_TYPE(CSIVolumeMountOptions);

}  // namespace drover::model
