#include "model/archive_records.h"

#include <algorithm>

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(IndexEntry, FIELD(Key), FIELD(Value));

std::string_view record_name(uint8_t type) {
    switch (static_cast<RecordType>(type)) {
        case RecordType::node: return "Node";
        case RecordType::job: return "Job";
        case RecordType::index: return "Index";
        case RecordType::eval: return "Eval";
        case RecordType::alloc: return "Alloc";
        case RecordType::time_table: return "TimeTable";
        case RecordType::periodic_launch: return "PeriodicLaunch";
        case RecordType::job_summary: return "JobSummary";
        case RecordType::vault_accessor: return "VaultAccessor";
        case RecordType::job_version: return "JobVersion";
        case RecordType::deployment: return "Deployment";
        case RecordType::acl_policy: return "ACLPolicy";
        case RecordType::acl_token: return "ACLToken";
        case RecordType::scheduler_config: return "SchedulerConfig";
        case RecordType::cluster_metadata: return "ClusterMetadata";
        case RecordType::service_identity_accessor: return "ServiceIdentityTokenAccessor";
        case RecordType::scaling_policy: return "ScalingPolicy";
        case RecordType::csi_plugin: return "CSIPlugin";
        case RecordType::csi_volume: return "CSIVolume";
        case RecordType::scaling_events: return "ScalingEvents";
        case RecordType::event_sink: return "EventSink";
        case RecordType::service_registration: return "ServiceRegistration";
        case RecordType::variable: return "Variables";
        case RecordType::variables_quota: return "VariablesQuota";
        case RecordType::root_key_meta: return "RootKeyMeta";
        case RecordType::acl_role: return "ACLRole";
        case RecordType::acl_auth_method: return "ACLAuthMethod";
        case RecordType::acl_binding_rule: return "ACLBindingRule";
        case RecordType::node_pool: return "NodePool";
        case RecordType::job_submission: return "JobSubmission";
        case RecordType::root_key: return "RootKey";
        case RecordType::host_volume: return "HostVolume";
        case RecordType::namespace_: return "Namespace";
    }
    return {};
}

bool is_dropped(RecordType type) {
    return type == RecordType::time_table || type == RecordType::vault_accessor ||
           type == RecordType::service_identity_accessor;
}

Error refused_record(uint8_t type) {
    if (static_cast<RecordType>(type) == RecordType::event_sink)
        return Error::bad_request("snapshot archive: it holds event sinks, which this program does not have");
    return Error::bad_request("snapshot archive: unknown type of record " + std::to_string(type) +
                              ": it is of a newer or an Enterprise version");
}

RecordSplitter::RecordSplitter(bool header, OnRecord on_record) : header_(header), on_record_(std::move(on_record)) {}

// How many bytes the first record of `bytes` takes, after telling it; 0: it is not complete.
Result<size_t> RecordSplitter::take(std::string_view bytes) {
    if (bytes.empty()) return 0;
    const size_t head = header_ ? 0 : 1;
    const auto type = static_cast<uint8_t>(bytes[0]);
    if (!header_ && record_name(type).empty()) return fail(refused_record(type));
    auto length = codec::msgpack_length(bytes.substr(head));
    if (!length) return fail(length.error());
    if (!*length) {
        if (bytes.size() > kMostBytes) return fail(Error::bad_request("snapshot archive: a record is too large"));
        return 0;
    }
    const std::string_view value = bytes.substr(head, **length);
    if (header_) {
        header_ = false;
    } else if (auto told = on_record_(type, value); !told) {
        return fail(told.error());
    }
    return head + value.size();
}

Result<> RecordSplitter::put(std::string_view bytes) {
    // Most records lie within a piece: only what is cut is copied. One that grows is looked at each time that it has
    // doubled, so that a large one costs no more than its size.
    if (!held_.empty()) {
        held_ += bytes;
        if (held_.size() < next_try_) return {};
        bytes = held_;
    }
    size_t used = 0;
    for (;;) {
        auto taken = take(bytes.substr(used));
        if (!taken) return fail(taken.error());
        if (*taken == 0) break;
        used += *taken;
    }
    std::string rest(bytes.substr(used));
    next_try_ = std::min(rest.size() * 2, kMostBytes + 1);
    held_ = std::move(rest);
    return {};
}

Result<> RecordSplitter::finish() {
    next_try_ = 0;
    if (auto done = put({}); !done) return done;
    if (header_ || !held_.empty()) return fail(Error::bad_request("snapshot archive: it ends within a record"));
    return {};
}

}  // namespace drover::model
