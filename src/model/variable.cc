#include "model/variable.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(VariableData, FIELD(Data), FIELD(KeyID));

DESCRIBE(VariableLock, FIELD(ID), FIELD(TTL).duration_as_text(), FIELD(LockDelay).duration_as_text());

DESCRIBE(VariableMetadata, FIELD(Namespace), FIELD(Path), FIELD(Lock), FIELD(CreateIndex), FIELD(CreateTime),
         FIELD(ModifyIndex), FIELD(ModifyTime));

DESCRIBE(VariableDecrypted, EMBED(VariableMetadata), FIELD(Items).secret());

DESCRIBE(VariableEncrypted, EMBED(VariableMetadata), EMBED(VariableData));

DESCRIBE(VariablesQuota, FIELD(Namespace), FIELD(Size), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(VariableEvent, FIELD(Metadata), FIELD(Deleted));

}  // namespace drover::model
