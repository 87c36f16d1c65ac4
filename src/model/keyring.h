#pragma once
// What is told of encryption keys.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model {

struct KeyringPublicKey {
    std::string KeyID;
    Bytes PublicKey;
    std::string Algorithm;
    std::string Use;
    int64_t CreateTime = 0;
};
DECLARE_TYPE(KeyringPublicKey);

struct RootKeyMeta {
    std::string KeyID;
    std::string Algorithm;
    int64_t CreateTime = 0;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    std::string State;
    int64_t PublishTime = 0;
};
DECLARE_TYPE(RootKeyMeta);

struct BlobKeyInfo {
    int64_t Flags = 0;
    std::string HmacKeyId;
    int64_t HmacMechanism = 0;
    Bytes Key;
    int64_t KeyEncoding = 0;
    std::string KeyId;
    List<int64_t> KeyPurposes;
    int64_t KeyType = 0;
    int64_t Mechanism = 0;
    Bytes WrappedKey;
    int64_t WrappedKeyEncoding = 0;
};
DECLARE_TYPE(BlobKeyInfo);

// Sealed bytes as the key's provider gave them: of the built-in one, nonce, AES-256-GCM ciphertext and tag.
struct BlobInfo {
    Bytes Ciphertext;
    Bytes ClientData;
    Bytes Hmac;
    Bytes Iv;
    Box<BlobKeyInfo> KeyInfo;
    Bytes Plaintext;
    std::string ValuePath;
    bool Wrapped = false;
};
DECLARE_TYPE(BlobInfo);

struct WrappedKey {
    std::string Provider;
    std::string ProviderID;
    Box<BlobInfo> WrappedDataEncryptionKey;
    Box<BlobInfo> WrappedRSAKey;
    Bytes KeyEncryptionKey;  // of the built-in provider: what unseals the others
};
DECLARE_TYPE(WrappedKey);

// A key of the cluster, sealed: it encrypts variables and signs identities.
struct RootKey : RootKeyMeta {
    List<WrappedKey> WrappedKeys;
};
DECLARE_TYPE(RootKey);

inline constexpr std::string_view kRootKeyActive = "active";

}  // namespace drover::model
