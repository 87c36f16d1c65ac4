#include "model/stats.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(CheckQueryResult, FIELD(ID), FIELD(Mode), FIELD(Status), FIELD(StatusCode), FIELD(Output), FIELD(Timestamp),
         FIELD(Group), FIELD(Task), FIELD(Service), FIELD(Check));

DESCRIBE(AllocFileInfo, FIELD(Name), FIELD(IsDir), FIELD(Size), FIELD(FileMode), FIELD(ModTime), FIELD(ContentType));

DESCRIBE(CpuStats, FIELD(SystemMode), FIELD(UserMode), FIELD(TotalTicks), FIELD(ThrottledPeriods), FIELD(ThrottledTime),
         FIELD(Percent), FIELD(Measured));

DESCRIBE(MemoryStats, FIELD(RSS), FIELD(Cache), FIELD(Swap), FIELD(MappedFile), FIELD(Usage), FIELD(MaxUsage),
         FIELD(KernelUsage), FIELD(KernelMaxUsage), FIELD(Measured));

DESCRIBE(ResourceUsage, FIELD(MemoryStats), FIELD(CpuStats), FIELD(DeviceStats));

DESCRIBE(TaskResourceUsage, FIELD(ResourceUsage), FIELD(Timestamp), FIELD(Pids));

DESCRIBE(AllocResourceUsage, FIELD(ResourceUsage), FIELD(Tasks), FIELD(Timestamp));

}  // namespace drover::model
