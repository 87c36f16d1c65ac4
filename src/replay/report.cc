#include "replay/report.h"

#include "codec/describe.h"

namespace drover::replay {

DESCRIBE(Sample, FIELD(AtSeconds), FIELD(NodesReady), FIELD(NodesUsed), FIELD(Allocations), FIELD(WaitingJobs),
         FIELD(CPU), FIELD(Memory), FIELD(Disk), FIELD(Devices), FIELD(FragmentedCPU), FIELD(FragmentedMemory),
         FIELD(FragmentedDevices));

DESCRIBE(Latency, FIELD(Count), FIELD(P50), FIELD(P90), FIELD(P99), FIELD(Most));

DESCRIBE(Outcome, FIELD(Jobs), FIELD(JobsComplete), FIELD(Short), FIELD(BrokerEvaluations), FIELD(BlockedEvaluations));

DESCRIBE(Measured, FIELD(Seconds), FIELD(Evaluations), FIELD(EvaluationMicroseconds), FIELD(EvaluationP50),
         FIELD(EvaluationP99), FIELD(ResidentKB));

DESCRIBE(Report, FIELD(Seed), FIELD(Nodes), FIELD(Events), FIELD(EndSeconds), FIELD(Placed), FIELD(Completed),
         FIELD(Failed), FIELD(Lost), FIELD(Preempted), FIELD(Evaluations), FIELD(FailedEvaluations), FIELD(MedianCPU),
         FIELD(MedianMemory), FIELD(MedianDevices), FIELD(PlacementMilliseconds), FIELD(Outcome), FIELD(RefusedEvents),
         FIELD(Refused), FIELD(Samples), FIELD(Measured));

}  // namespace drover::replay
