#pragma once
// Variables and their locks.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model {

struct VariableData {
    Bytes Data;
    std::string KeyID;
};
DECLARE_TYPE(VariableData);

struct VariableLock {
    std::string ID;
    Duration TTL;
    Duration LockDelay;
};
DECLARE_TYPE(VariableLock);

struct VariableMetadata {
    std::string Namespace;
    std::string Path;
    Box<VariableLock> Lock;
    uint64_t CreateIndex = 0;
    int64_t CreateTime = 0;
    uint64_t ModifyIndex = 0;
    int64_t ModifyTime = 0;
};
DECLARE_TYPE(VariableMetadata);

struct VariableDecrypted : VariableMetadata {
    Map<std::string> Items;
};
DECLARE_TYPE(VariableDecrypted);

struct VariableEncrypted : VariableMetadata, VariableData {};
DECLARE_TYPE(VariableEncrypted);

// How much the variables of a namespace take.
struct VariablesQuota {
    std::string Namespace;
    int64_t Size = 0;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(VariablesQuota);

struct VariableEvent {
    Box<VariableMetadata> Metadata;
    bool Deleted = false;
};
DECLARE_TYPE(VariableEvent);

}  // namespace drover::model
