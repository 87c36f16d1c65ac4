#include "model/keyring.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(KeyringPublicKey, FIELD(KeyID), FIELD(PublicKey), FIELD(Algorithm), FIELD(Use), FIELD(CreateTime));

DESCRIBE(RootKeyMeta, FIELD(KeyID), FIELD(Algorithm), FIELD(CreateTime), FIELD(CreateIndex), FIELD(ModifyIndex),
         FIELD(State), FIELD(PublishTime));

DESCRIBE(BlobKeyInfo, FIELD(Flags), FIELD(HmacKeyId), FIELD(HmacMechanism), FIELD(Key).secret(), FIELD(KeyEncoding),
         FIELD(KeyId), FIELD(KeyPurposes), FIELD(KeyType), FIELD(Mechanism), FIELD(WrappedKey),
         FIELD(WrappedKeyEncoding));

DESCRIBE(BlobInfo, FIELD(Ciphertext), FIELD(ClientData), FIELD(Hmac), FIELD(Iv), FIELD(KeyInfo),
         FIELD(Plaintext).secret(), FIELD(ValuePath), FIELD(Wrapped));

DESCRIBE(WrappedKey, FIELD(Provider), FIELD(ProviderID), FIELD(WrappedDataEncryptionKey), FIELD(WrappedRSAKey),
         FIELD(KeyEncryptionKey).secret());

DESCRIBE(RootKey, EMBED(RootKeyMeta), FIELD(WrappedKeys));

}  // namespace drover::model
