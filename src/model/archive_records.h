#pragma once
// The records of state.bin, in the archive of `operator snapshot save`: one byte of type and one MessagePack value
// each, after a header value (docs/formats/archive.md). Pure; a splitter belongs to one thread.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/containers.h"
#include "base/result.h"
#include "codec/msgpack.h"
#include "codec/type.h"
#include "model/acl.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/eval.h"
#include "model/job.h"
#include "model/keyring.h"
#include "model/namespace.h"
#include "model/node.h"
#include "model/operator.h"
#include "model/service.h"
#include "model/variable.h"
#include "model/volume.h"

namespace drover::model {

// Numbers are Nomad's.
enum class RecordType : uint8_t {
    node = 0,
    job = 1,
    index = 2,
    eval = 3,
    alloc = 4,
    time_table = 5,
    periodic_launch = 6,
    job_summary = 7,
    vault_accessor = 8,
    job_version = 9,
    deployment = 10,
    acl_policy = 11,
    acl_token = 12,
    scheduler_config = 13,
    cluster_metadata = 14,
    service_identity_accessor = 15,
    scaling_policy = 16,
    csi_plugin = 17,
    csi_volume = 18,
    scaling_events = 19,
    event_sink = 20,
    service_registration = 21,
    variable = 22,
    variables_quota = 23,
    root_key_meta = 24,
    acl_role = 25,
    acl_auth_method = 26,
    acl_binding_rule = 27,
    node_pool = 28,
    job_submission = 29,
    root_key = 30,
    host_volume = 31,
    namespace_ = 64,
};

// The index at which a table last changed.
struct IndexEntry {
    std::string Key;
    uint64_t Value = 0;
};
DECLARE_TYPE(IndexEntry);

// The word for it, "JobVersion"; empty for an unknown type.
std::string_view record_name(uint8_t type);
// What no present version keeps: a reader passes it over.
bool is_dropped(RecordType type);
// The refusal of a type that is unknown or cannot be taken over.
Error refused_record(uint8_t type);

// Reads a value and calls visit(RecordType, object) with its described object; not at all for what is dropped.
template <class Visit>
Result<> decode_record(uint8_t type, std::string_view value, Visit&& visit) {
    const auto kind = static_cast<RecordType>(type);
    const auto as = [&]<class T>(T object) -> Result<> {
        auto read = codec::read_msgpack(value, object);
        if (!read) return fail(read.error().wrapped(std::string(record_name(type)) + ": "));
        return visit(kind, std::move(object));
    };
    switch (kind) {
        case RecordType::node: return as(Node());
        case RecordType::job: return as(Job());
        case RecordType::index: return as(IndexEntry());
        case RecordType::eval: return as(Evaluation());
        case RecordType::alloc: return as(Allocation());
        case RecordType::periodic_launch: return as(PeriodicLaunch());
        case RecordType::job_summary: return as(JobSummary());
        case RecordType::job_version: return as(Job());
        case RecordType::deployment: return as(Deployment());
        case RecordType::acl_policy: return as(ACLPolicy());
        case RecordType::acl_token: return as(ACLToken());
        case RecordType::scheduler_config: return as(SchedulerConfiguration());
        case RecordType::cluster_metadata: return as(ClusterMetadata());
        case RecordType::scaling_policy: return as(ScalingPolicy());
        case RecordType::csi_plugin: return as(CSIPlugin());
        case RecordType::csi_volume: return as(CSIVolume());
        case RecordType::scaling_events: return as(JobScalingEvents());
        case RecordType::service_registration: return as(ServiceRegistration());
        case RecordType::variable: return as(VariableEncrypted());
        case RecordType::variables_quota: return as(VariablesQuota());
        case RecordType::root_key_meta: return as(RootKeyMeta());
        case RecordType::acl_role: return as(ACLRole());
        case RecordType::acl_auth_method: return as(ACLAuthMethod());
        case RecordType::acl_binding_rule: return as(ACLBindingRule());
        case RecordType::node_pool: return as(NodePool());
        case RecordType::job_submission: return as(JobSubmission());
        case RecordType::root_key: return as(RootKey());
        case RecordType::host_volume: return as(HostVolume());
        case RecordType::namespace_: return as(Namespace());
        case RecordType::time_table:
        case RecordType::vault_accessor:
        case RecordType::service_identity_accessor: return {};
        case RecordType::event_sink: break;
    }
    return fail(refused_record(type));
}

// Called with the bytes of one value.
using OnRecord = std::function<Result<>(uint8_t type, std::string_view value)>;

// Cuts a stream of records. It holds the one that is not complete yet.
class RecordSplitter {
public:
    static constexpr size_t kMostBytes = 64 << 20;  // of one record

    // With `header`, the stream begins with the value before all records.
    RecordSplitter(bool header, OnRecord on_record);
    Result<> put(std::string_view bytes);
    // An error if the stream ended within a record.
    Result<> finish();

private:
    Result<size_t> take(std::string_view bytes);

    bool header_;
    OnRecord on_record_;
    std::string held_;
    size_t next_try_ = 0;  // of a record's bytes: looking at it before there are so many is not worth it
};

}  // namespace drover::model
