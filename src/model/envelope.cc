#include "model/envelope.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(InternalRpcInfo, FIELD(Forwarded));

DESCRIBE(QueryOptions, FIELD(Region), FIELD(Namespace), FIELD(MinQueryIndex), FIELD(MaxQueryTime), FIELD(AllowStale),
         FIELD(Prefix), FIELD(AuthToken).secret(), FIELD(Filter), FIELD(PerPage), FIELD(NextToken), FIELD(Reverse),
         EMBED(InternalRpcInfo));

DESCRIBE(GenericRequest, EMBED(QueryOptions));

DESCRIBE(WriteMeta, FIELD(Index));

DESCRIBE(GenericResponse, EMBED(WriteMeta));

DESCRIBE(NamespacedID, FIELD(ID), FIELD(Namespace));

DESCRIBE(QueryMeta, FIELD(Index), FIELD(LastContact), FIELD(KnownLeader), FIELD(NextToken));

DESCRIBE(VersionResponse, FIELD(Build), FIELD(Versions), EMBED(QueryMeta));

DESCRIBE(WriteRequest, FIELD(Region), FIELD(Namespace), FIELD(AuthToken).secret(), FIELD(IdempotencyToken),
         EMBED(InternalRpcInfo));

}  // namespace drover::model
