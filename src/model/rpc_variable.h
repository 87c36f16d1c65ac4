#pragma once
// Requests and answers of the RPC methods: variable.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/envelope.h"
#include "model/variable.h"

namespace drover::model {

struct VarApplyStateRequest : WriteRequest {
    std::string Op;
    Shared<VariableEncrypted> Var;
};
DECLARE_TYPE(VarApplyStateRequest);

struct VarApplyStateResponse : WriteMeta {
    std::string Op;
    std::string Result;
    Shared<VariableEncrypted> Conflict;
    Box<VariableMetadata> WrittenSVMeta;
};
DECLARE_TYPE(VarApplyStateResponse);

struct VariablesApplyRequest : WriteRequest {
    std::string Op;
    Box<VariableDecrypted> Var;
};
DECLARE_TYPE(VariablesApplyRequest);

struct VariablesApplyResponse : WriteMeta {
    std::string Op;
    Box<VariableDecrypted> Input;
    std::string Result;
    Box<VariableDecrypted> Conflict;
    Box<VariableDecrypted> Output;
};
DECLARE_TYPE(VariablesApplyResponse);

struct VariablesListRequest : QueryOptions {};
DECLARE_TYPE(VariablesListRequest);

struct VariablesListResponse : QueryMeta {
    List<VariableMetadata> Data;
};
DECLARE_TYPE(VariablesListResponse);

struct VariablesReadRequest : QueryOptions {
    std::string Path;
};
DECLARE_TYPE(VariablesReadRequest);

struct VariablesReadResponse : QueryMeta {
    Box<VariableDecrypted> Data;
};
DECLARE_TYPE(VariablesReadResponse);

struct VariablesRenewLockRequest : WriteRequest {
    std::string Path;
    std::string LockID;
};
DECLARE_TYPE(VariablesRenewLockRequest);

struct VariablesRenewLockResponse : WriteMeta {
    Box<VariableMetadata> VarMeta;
};
DECLARE_TYPE(VariablesRenewLockResponse);

}  // namespace drover::model
