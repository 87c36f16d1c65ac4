#include "model/keyring.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(KeyringPublicKey, FIELD(KeyID), FIELD(PublicKey), FIELD(Algorithm), FIELD(Use), FIELD(CreateTime));

DESCRIBE(RootKeyMeta, FIELD(KeyID), FIELD(Algorithm), FIELD(CreateTime), FIELD(CreateIndex), FIELD(ModifyIndex),
         FIELD(State), FIELD(PublishTime));

}  // namespace drover::model
