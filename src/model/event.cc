#include "model/event.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(AllocationEvent, FIELD(Allocation), FIELD(Timeout), FIELD(TimeoutReason));

DESCRIBE(DeploymentEvent, FIELD(Deployment));

DESCRIBE(EvaluationEvent, FIELD(Evaluation));

DESCRIBE(Event, FIELD(Topic), FIELD(Type), FIELD(Key), FIELD(Namespace), FIELD(FilterKeys), FIELD(Index),
         FIELD(Payload));

DESCRIBE(EventJson, FIELD(Data));

DESCRIBE(EventStreamWrapper, FIELD(Error), FIELD(Event));

DESCRIBE(Events, FIELD(Index), FIELD(Events));

DESCRIBE(JobEvent, FIELD(Job), FIELD(Deleted));

DESCRIBE(NodePoolEvent, FIELD(NodePool));

DESCRIBE(NodeStreamEvent, FIELD(Node));

DESCRIBE(ServiceRegistrationStreamEvent, FIELD(Service));

}  // namespace drover::model
