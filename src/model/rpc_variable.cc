#include "model/rpc_variable.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(VarApplyStateRequest, FIELD(Op), FIELD(Var), EMBED(WriteRequest));

DESCRIBE(VarApplyStateResponse, FIELD(Op), FIELD(Result), FIELD(Conflict), FIELD(WrittenSVMeta), EMBED(WriteMeta));

DESCRIBE(VariablesApplyRequest, FIELD(Op), FIELD(Var), EMBED(WriteRequest));

DESCRIBE(VariablesApplyResponse, FIELD(Op), FIELD(Input), FIELD(Result), FIELD(Conflict), FIELD(Output),
         EMBED(WriteMeta));

DESCRIBE(VariablesListRequest, EMBED(QueryOptions));

DESCRIBE(VariablesListResponse, FIELD(Data), EMBED(QueryMeta));

DESCRIBE(VariablesReadRequest, FIELD(Path), EMBED(QueryOptions));

DESCRIBE(VariablesReadResponse, FIELD(Data), EMBED(QueryMeta));

DESCRIBE(VariablesRenewLockRequest, FIELD(Path), FIELD(LockID), EMBED(WriteRequest));

DESCRIBE(VariablesRenewLockResponse, FIELD(VarMeta), EMBED(WriteMeta));

}  // namespace drover::model
