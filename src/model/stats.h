#pragma once
// Use of resources and files, as clients report them.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model {

struct CheckQueryResult {
    std::string ID;
    std::string Mode;
    std::string Status;
    int64_t StatusCode = 0;
    std::string Output;
    int64_t Timestamp = 0;
    std::string Group;
    std::string Task;
    std::string Service;
    std::string Check;
};
DECLARE_TYPE(CheckQueryResult);

struct AllocFileInfo {
    std::string Name;
    bool IsDir = false;
    int64_t Size = 0;
    std::string FileMode;
    Time ModTime;
    std::string ContentType;
};
DECLARE_TYPE(AllocFileInfo);

struct CpuStats {
    double SystemMode = 0;
    double UserMode = 0;
    double TotalTicks = 0;
    uint64_t ThrottledPeriods = 0;
    uint64_t ThrottledTime = 0;
    double Percent = 0;
    List<std::string> Measured;
};
DECLARE_TYPE(CpuStats);

struct MemoryStats {
    uint64_t RSS = 0;
    uint64_t Cache = 0;
    uint64_t Swap = 0;
    uint64_t MappedFile = 0;
    uint64_t Usage = 0;
    uint64_t MaxUsage = 0;
    uint64_t KernelUsage = 0;
    uint64_t KernelMaxUsage = 0;
    List<std::string> Measured;
};
DECLARE_TYPE(MemoryStats);

struct ResourceUsage {
    Box<model::MemoryStats> MemoryStats;
    Box<model::CpuStats> CpuStats;
    List<Opt<codec::Any>> DeviceStats;
};
DECLARE_TYPE(ResourceUsage);

struct TaskResourceUsage {
    Box<model::ResourceUsage> ResourceUsage;
    int64_t Timestamp = 0;
    Map<model::ResourceUsage> Pids;
};
DECLARE_TYPE(TaskResourceUsage);

struct AllocResourceUsage {
    Box<model::ResourceUsage> ResourceUsage;
    Map<TaskResourceUsage> Tasks;
    int64_t Timestamp = 0;
};
DECLARE_TYPE(AllocResourceUsage);

}  // namespace drover::model
