#include "model/diff.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(DesiredUpdates, FIELD(Ignore), FIELD(Place), FIELD(Migrate), FIELD(Stop), FIELD(InPlaceUpdate),
         FIELD(DestructiveUpdate), FIELD(Canary), FIELD(Preemptions), FIELD(Disconnect), FIELD(Reconnect),
         FIELD(RescheduleNow), FIELD(RescheduleLater));

DESCRIBE(FieldDiff, FIELD(Type), FIELD(Name), FIELD(Old), FIELD(New), FIELD(Annotations));

DESCRIBE(ObjectDiff, FIELD(Type), FIELD(Name), FIELD(Fields), FIELD(Objects));

DESCRIBE(TaskDiff, FIELD(Type), FIELD(Name), FIELD(Fields), FIELD(Objects), FIELD(Annotations));

DESCRIBE(TaskGroupDiff, FIELD(Type), FIELD(Name), FIELD(Fields), FIELD(Objects), FIELD(Tasks), FIELD(Updates));

DESCRIBE(JobDiff, FIELD(Type), FIELD(ID), FIELD(Fields), FIELD(Objects), FIELD(TaskGroups));

}  // namespace drover::model
