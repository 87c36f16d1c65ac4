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

}  // namespace drover::model
