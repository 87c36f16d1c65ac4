#include "state/archive.h"

#include <map>

#include "codec/msgpack.h"
#include "model/archive_records.h"
#include "model/canonicalize.h"
#include "state/apply.h"

namespace drover::state {
namespace {

using model::RecordType;

constexpr size_t kPiece = 256 << 10;

class Writer {
public:
    Writer(const View& view, const RecordSink& sink) : view_(view), sink_(sink) {}

    Result<> header() {
        buffer_ += '\x80';  // a map without entries
        return {};
    }
    template <class T>
    Result<> record(RecordType type, const T& object) {
        buffer_ += static_cast<char>(type);
        codec::append_msgpack(buffer_, object);
        return buffer_.size() < kPiece ? Result<>() : flush();
    }
    Result<> indexes() {
        std::map<std::string_view, uint64_t> changed;
        for (size_t i = 0; i < kTables; ++i) {
            const auto table = static_cast<Table>(i);
            if (view_.table_index(table) != 0) changed[table_name(table)] = view_.table_index(table);
        }
        for (const auto& [name, index] : changed) {
            if (auto done = record(RecordType::index, model::IndexEntry{std::string(name), index}); !done) return done;
        }
        return {};
    }
    template <class Row>
    Result<> rows(RecordType type) {
        return range(type, view_.rows<Row>().all());
    }
    template <class Row>
    Result<> range(RecordType type, const Range<Row>& rows) {
        for (const auto& row : rows) {
            if (auto done = record(type, *row); !done) return done;
        }
        return {};
    }
    Result<> allocs() {
        for (const AllocRef& alloc : view_.allocs().all()) {
            if (auto done = record(RecordType::alloc, *alloc.full()); !done) return done;
        }
        return {};
    }
    Result<> versions() {
        return range(RecordType::job_version, Range<model::Job>(view_.version()->tables[Table::job_versions], {}));
    }
    Result<> flush() {
        auto done = sink_(buffer_);
        buffer_.clear();
        return done;
    }

private:
    const View& view_;
    const RecordSink& sink_;
    std::string buffer_;
};

}  // namespace

Result<> write_records(const View& view, const RecordSink& sink) {
    Writer out(view, sink);
    return out.header()
        .and_then([&] { return out.indexes(); })
        .and_then([&] { return out.rows<model::Node>(RecordType::node); })
        .and_then([&] { return out.rows<model::NodePool>(RecordType::node_pool); })
        .and_then([&] { return out.rows<model::Job>(RecordType::job); })
        .and_then([&] { return out.rows<model::Evaluation>(RecordType::eval); })
        .and_then([&] { return out.allocs(); })
        .and_then([&] { return out.rows<model::PeriodicLaunch>(RecordType::periodic_launch); })
        .and_then([&] { return out.rows<model::JobSummary>(RecordType::job_summary); })
        .and_then([&] { return out.versions(); })
        .and_then([&] { return out.rows<model::Deployment>(RecordType::deployment); })
        .and_then([&] { return out.rows<model::ScalingPolicy>(RecordType::scaling_policy); })
        .and_then([&] { return out.rows<model::JobScalingEvents>(RecordType::scaling_events); })
        .and_then([&] { return out.rows<model::CSIPlugin>(RecordType::csi_plugin); })
        .and_then([&] { return out.rows<model::CSIVolume>(RecordType::csi_volume); })
        .and_then([&] { return out.rows<model::ACLPolicy>(RecordType::acl_policy); })
        .and_then([&] { return out.rows<model::ACLToken>(RecordType::acl_token); })
        .and_then([&] { return out.rows<model::Namespace>(RecordType::namespace_); })
        .and_then([&] { return out.rows<model::SchedulerConfiguration>(RecordType::scheduler_config); })
        .and_then([&] { return out.rows<model::ClusterMetadata>(RecordType::cluster_metadata); })
        .and_then([&] { return out.rows<model::ServiceRegistration>(RecordType::service_registration); })
        .and_then([&] { return out.rows<model::VariableEncrypted>(RecordType::variable); })
        .and_then([&] { return out.rows<model::VariablesQuota>(RecordType::variables_quota); })
        .and_then([&] { return out.rows<model::RootKey>(RecordType::root_key); })
        .and_then([&] { return out.rows<model::ACLRole>(RecordType::acl_role); })
        .and_then([&] { return out.rows<model::ACLAuthMethod>(RecordType::acl_auth_method); })
        .and_then([&] { return out.rows<model::ACLBindingRule>(RecordType::acl_binding_rule); })
        .and_then([&] { return out.rows<model::JobSubmission>(RecordType::job_submission); })
        .and_then([&] { return out.rows<model::HostVolume>(RecordType::host_volume); })
        .and_then([&] { return out.flush(); });
}

ArchiveLoader::ArchiveLoader() {
    loader_.txn().set_index(1);
    put_built_in(loader_.txn());
    loader_.txn().set_index(0);
}

Result<> ArchiveLoader::add(uint8_t type, std::string_view value) {
    return model::decode_record(type, value, [this]<class T>(RecordType kind, T object) -> Result<> {
        if constexpr (std::is_same_v<T, model::IndexEntry>) {
            if (object.Value > kLargestIndex)
                return fail(Error::bad_request("snapshot archive: an index is too large"));
            largest_index_ = std::max(largest_index_, object.Value);
            if (const auto table = table_named(object.Key)) loader_.set_table_index(*table, object.Value);
            return {};
        } else if constexpr (std::is_same_v<T, model::RootKeyMeta>) {
            model::RootKey key;
            static_cast<model::RootKeyMeta&>(key) = std::move(object);
            return loader_.put(std::move(key));
        } else {
            if constexpr (std::is_same_v<T, model::Job>) {
                if (kind == RecordType::job_version) return loader_.put_version(std::move(object));
            } else if constexpr (requires { model::canonicalize(object); }) {
                model::canonicalize(object);
            }
            return loader_.put(std::move(object));
        }
    });
}

}  // namespace drover::state
