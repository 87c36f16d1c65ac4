#pragma once
// What every RPC request and answer carries beside its own members.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model {

struct InternalRpcInfo {
    bool Forwarded = false;
};
DECLARE_TYPE(InternalRpcInfo);

struct QueryOptions : InternalRpcInfo {
    std::string Region;
    std::string Namespace;
    uint64_t MinQueryIndex = 0;
    Duration MaxQueryTime;
    bool AllowStale = false;
    std::string Prefix;
    std::string AuthToken;
    std::string Filter;
    int32_t PerPage = 0;
    std::string NextToken;
    bool Reverse = false;
};
DECLARE_TYPE(QueryOptions);

struct GenericRequest : QueryOptions {};
DECLARE_TYPE(GenericRequest);

struct WriteMeta {
    uint64_t Index = 0;
};
DECLARE_TYPE(WriteMeta);

struct GenericResponse : WriteMeta {};
DECLARE_TYPE(GenericResponse);

struct NamespacedID {
    std::string ID;
    std::string Namespace;
};
DECLARE_TYPE(NamespacedID);

struct QueryMeta {
    uint64_t Index = 0;
    Duration LastContact;
    bool KnownLeader = false;
    std::string NextToken;
};
DECLARE_TYPE(QueryMeta);

struct VersionResponse : QueryMeta {
    std::string Build;
    Map<int64_t> Versions;
};
DECLARE_TYPE(VersionResponse);

struct WriteRequest : InternalRpcInfo {
    std::string Region;
    std::string Namespace;
    std::string AuthToken;
    std::string IdempotencyToken;
};
DECLARE_TYPE(WriteRequest);

}  // namespace drover::model
