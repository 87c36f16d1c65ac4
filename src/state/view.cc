#include "state/view.h"

namespace drover::state {
namespace {

constexpr size_t kUuidBytes = 16;
constexpr size_t kNumberBytes = 8;

// Leaves out the terminator, so that every identifier that begins so is found.
std::string scoped_prefix(std::string_view ns, std::string_view id_prefix) {
    return Key().text(ns).raw(id_prefix).str();
}

}  // namespace

std::string prefix_end(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) end.pop_back();
    if (!end.empty()) ++end.back();
    return end;
}

Shared<model::Node> NodesReader::find(std::string_view id) const {
    return find_row<model::Node>(Table::nodes, uuid_key(id));
}
Result<Range<model::Node>> NodesReader::with_prefix(std::string_view id_prefix) const {
    const auto key = uuid_prefix(id_prefix);
    if (!key) return fail(key.error());
    return rows<model::Node>(Table::nodes, *key);
}

Shared<model::NodePool> NodePoolsReader::find(std::string_view name) const {
    return find_row<model::NodePool>(Table::node_pools, Key().text(name).str());
}
Range<model::NodePool> NodePoolsReader::with_prefix(std::string_view prefix) const {
    return rows<model::NodePool>(Table::node_pools, prefix);
}

Shared<model::Namespace> NamespacesReader::find(std::string_view name) const {
    return find_row<model::Namespace>(Table::namespaces, Key().text(name).str());
}
Range<model::Namespace> NamespacesReader::with_prefix(std::string_view prefix) const {
    return rows<model::Namespace>(Table::namespaces, prefix);
}

Shared<model::Job> JobsReader::find(std::string_view ns, std::string_view id) const {
    return find_row<model::Job>(Table::jobs, scoped_key(ns, id));
}
Range<model::Job> JobsReader::in_namespace(std::string_view ns) const { return with_prefix(ns, {}); }
Range<model::Job> JobsReader::with_prefix(std::string_view ns, std::string_view id_prefix) const {
    return rows<model::Job>(Table::jobs, scoped_prefix(ns, id_prefix));
}
Range<model::Job> JobsReader::children(std::string_view ns, std::string_view parent_id) const {
    const auto partition = scoped_key(ns, parent_id);
    return rows_by<model::Job>(Index::jobs_by_parent, Table::jobs, partition, partition.size());
}

Range<model::Job> JobVersionsReader::of(std::string_view ns, std::string_view id) const {
    return rows<model::Job>(Table::job_versions, scoped_key(ns, id));
}
Shared<model::Job> JobVersionsReader::find(std::string_view ns, std::string_view id, uint64_t version) const {
    return find_row<model::Job>(Table::job_versions, job_version_key(ns, id, version));
}
Shared<model::Job> JobVersionsReader::tagged(std::string_view ns, std::string_view id, std::string_view tag) const {
    for (const auto& job : of(ns, id)) {
        if (job->VersionTag && job->VersionTag->Name == tag) return job;
    }
    return nullptr;
}
Shared<model::Job> JobVersionsReader::latest_stable(std::string_view ns, std::string_view id) const {
    for (const auto& job : of(ns, id)) {
        if (job->Stable) return job;
    }
    return nullptr;
}

Shared<model::JobSummary> JobSummariesReader::find(std::string_view ns, std::string_view id) const {
    return find_row<model::JobSummary>(Table::job_summaries, scoped_key(ns, id));
}

Shared<model::JobSubmission> JobSubmissionsReader::find(std::string_view ns, std::string_view id,
                                                        uint64_t version) const {
    return find_row<model::JobSubmission>(Table::job_submissions, job_version_key(ns, id, version));
}

Shared<model::PeriodicLaunch> PeriodicLaunchesReader::find(std::string_view ns, std::string_view id) const {
    return find_row<model::PeriodicLaunch>(Table::periodic_launches, scoped_key(ns, id));
}

Shared<model::Evaluation> EvalsReader::find(std::string_view id) const {
    return find_row<model::Evaluation>(Table::evals, uuid_key(id));
}
Result<Range<model::Evaluation>> EvalsReader::with_prefix(std::string_view id_prefix) const {
    const auto key = uuid_prefix(id_prefix);
    if (!key) return fail(key.error());
    return rows<model::Evaluation>(Table::evals, *key);
}
Range<model::Evaluation> EvalsReader::by_creation() const {
    note_prefix(Table::evals, {});
    return rows_by<model::Evaluation>(Index::evals_by_creation, Table::evals, {}, kNumberBytes);
}
Range<model::Evaluation> EvalsReader::of_job(std::string_view ns, std::string_view job_id) const {
    const auto partition = scoped_key(ns, job_id);
    return rows_by<model::Evaluation>(Index::evals_by_job, Table::evals, partition, partition.size());
}

Shared<model::Deployment> DeploymentsReader::find(std::string_view id) const {
    return find_row<model::Deployment>(Table::deployments, uuid_key(id));
}
Result<Range<model::Deployment>> DeploymentsReader::with_prefix(std::string_view id_prefix) const {
    const auto key = uuid_prefix(id_prefix);
    if (!key) return fail(key.error());
    return rows<model::Deployment>(Table::deployments, *key);
}
Range<model::Deployment> DeploymentsReader::by_creation() const {
    note_prefix(Table::deployments, {});
    return rows_by<model::Deployment>(Index::deployments_by_creation, Table::deployments, {}, kNumberBytes);
}
Range<model::Deployment> DeploymentsReader::of_job(std::string_view ns, std::string_view job_id) const {
    const auto partition = scoped_key(ns, job_id);
    return rows_by<model::Deployment>(Index::deployments_by_job, Table::deployments, partition,
                                      partition.size() + kNumberBytes);
}
Shared<model::Deployment> DeploymentsReader::latest_of_job(std::string_view ns, std::string_view job_id) const {
    return of_job(ns, job_id).reversed().front();
}

Range<AllocRef> AllocsReader::by(Index index, std::string_view partition, size_t skip) const {
    note_prefix(index, partition);
    return Range<AllocRef>(tables().allocs, tables()[index], partition, skip);
}
AllocRef AllocsReader::find(const Uuid& id) const {
    const auto key = uuid_key(id);
    note_key(Table::allocs, key);
    const auto* row = tables().allocs.find(key);
    return row ? AllocRef(*row) : AllocRef();
}
AllocRef AllocsReader::find(std::string_view id) const {
    const auto parsed = parse_uuid(id);
    return parsed ? find(*parsed) : AllocRef();
}
Shared<model::Allocation> AllocsReader::full(std::string_view id) const {
    const auto alloc = find(id);
    return alloc ? alloc.full() : nullptr;
}
Range<AllocRef> AllocsReader::all() const {
    note_prefix(Table::allocs, {});
    return Range<AllocRef>(tables().allocs, {});
}
Result<Range<AllocRef>> AllocsReader::with_prefix(std::string_view id_prefix) const {
    const auto key = uuid_prefix(id_prefix);
    if (!key) return fail(key.error());
    note_prefix(Table::allocs, *key);
    return Range<AllocRef>(tables().allocs, *key);
}
Range<AllocRef> AllocsReader::by_creation() const {
    note_prefix(Table::allocs, {});
    return by(Index::allocs_by_creation, {}, kNumberBytes);
}
Range<AllocRef> AllocsReader::of_node(const Uuid& node) const {
    return by(Index::allocs_by_node, uuid_key(node), kUuidBytes);
}
Range<AllocRef> AllocsReader::of_node(std::string_view node_id) const {
    const auto parsed = parse_uuid(node_id);
    return parsed ? of_node(*parsed) : Range<AllocRef>();
}
Range<AllocRef> AllocsReader::of_job(std::string_view ns, std::string_view job_id) const {
    const auto partition = scoped_key(ns, job_id);
    return by(Index::allocs_by_job, partition, partition.size());
}
Range<AllocRef> AllocsReader::live_of_job(std::string_view ns, std::string_view job_id) const {
    const auto partition = scoped_key(ns, job_id);
    return by(Index::live_allocs_by_job, partition, partition.size());
}
Range<AllocRef> AllocsReader::of_eval(std::string_view eval_id) const {
    const auto parsed = parse_uuid(eval_id);
    return parsed ? by(Index::allocs_by_eval, uuid_key(*parsed), kUuidBytes) : Range<AllocRef>();
}
Range<AllocRef> AllocsReader::of_deployment(std::string_view deployment_id) const {
    const auto parsed = parse_uuid(deployment_id);
    return parsed ? by(Index::allocs_by_deployment, uuid_key(*parsed), kUuidBytes) : Range<AllocRef>();
}

Shared<model::RootKey> RootKeysReader::active() const {
    for (const auto& key : all()) {
        if (key->State == model::kRootKeyActive) return key;
    }
    return nullptr;
}

Shared<model::SchedulerConfiguration> View::scheduler_config() const {
    if (watch_) watch_->add_table(Table::scheduler_config);
    const auto* row = version_->tables[Table::scheduler_config].find("");
    return row ? std::static_pointer_cast<const model::SchedulerConfiguration>(*row) : nullptr;
}

Shared<model::AutopilotConfig> View::autopilot_config() const {
    if (watch_) watch_->add_table(Table::autopilot_config);
    const auto* row = version_->tables[Table::autopilot_config].find("");
    return row ? std::static_pointer_cast<const model::AutopilotConfig>(*row) : nullptr;
}

}  // namespace drover::state
