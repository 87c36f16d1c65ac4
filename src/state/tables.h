#pragma once
// The tables of the state, how their rows are keyed, and which secondary indexes follow them. Keys are byte strings
// whose order is the order in which lists are shown: texts end with a NUL byte, numbers are big-endian, UUIDs are their
// 16 bytes. A new table is a line in Table, its name in tables.cc, a RowTable, and its type in RowTypes.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/containers.h"
#include "base/uuid.h"
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
#include "state/alloc_row.h"
#include "state/tree.h"

namespace drover::state {

// The numbers are those of docs/formats/state-snapshot.md: new tables stand at the end.
enum class Table : uint8_t {
    nodes,
    node_pools,
    jobs,
    job_summaries,
    job_versions,
    job_submissions,
    deployments,
    periodic_launches,
    evals,
    allocs,
    namespaces,
    scheduler_config,
    root_keys,
    acl_policies,
    acl_tokens,
    acl_token_bootstrap,  // has no rows: its index tells when the first token was made
    acl_roles,
    acl_auth_methods,
    acl_binding_rules,
    one_time_tokens,
    scaling_policies,
    scaling_events,
    csi_plugins,
    csi_volumes,
    host_volumes,
    host_volume_claims,
    service_registrations,
    variables,
    variables_quotas,
    cluster_metadata,
    autopilot_config,
    count,
};

// The name under which other programs know a table: "job_summary", "allocs".
std::string_view table_name(Table table);
std::optional<Table> table_named(std::string_view name);

enum class Index : uint8_t {
    jobs_by_parent,
    evals_by_creation,
    evals_by_job,
    allocs_by_creation,
    allocs_by_node,
    allocs_by_job,
    allocs_by_eval,
    allocs_by_deployment,
    live_allocs_by_job,
    deployments_by_creation,
    deployments_by_job,
    count,
};

inline constexpr size_t kTables = static_cast<size_t>(Table::count);
inline constexpr size_t kIndexes = static_cast<size_t>(Index::count);

// Builds a key from its parts.
class Key {
public:
    Key&& text(std::string_view part) && { return bytes_.append(part).push_back('\0'), std::move(*this); }
    Key&& raw(std::string_view part) && { return bytes_.append(part), std::move(*this); }
    Key&& number(uint64_t part) &&;
    Key&& uuid(const Uuid& part) && {
        return bytes_.append(reinterpret_cast<const char*>(part.bytes.data()), part.bytes.size()), std::move(*this);
    }
    operator std::string() && { return std::move(bytes_); }
    std::string str() && { return std::move(bytes_); }

private:
    std::string bytes_;
};

std::string uuid_key(const Uuid& id);
// The key of an identifier's text; empty (which no row has) if it is not a UUID.
std::string uuid_key(std::string_view id);
// The key prefix of the first digits of an identifier. Hyphens are dropped; what remains must be an even number of hex
// digits. The messages are those behind "index error: ".
Result<std::string> uuid_prefix(std::string_view prefix);
// Namespace and identifier: how jobs and what belongs to them are keyed.
std::string scoped_key(std::string_view ns, std::string_view id);

// The key of one version of a job, or of its submission: newest first.
std::string job_version_key(std::string_view ns, std::string_view id, uint64_t version);

// How the rows of a table are keyed, by members: key(row), and key_of what a reader asks for.
template <auto Name>
struct KeyedByName {
    static std::string key_of(std::string_view name) { return Key().text(name); }
    static std::string key(const auto& row) { return key_of(row.*Name); }
};
// A UUID. One that is malformed has the empty key, which no row has.
template <auto ID>
struct KeyedByUuid {
    static std::string key_of(std::string_view id) { return uuid_key(id); }
    static std::string key(const auto& row) { return key_of(row.*ID); }
};
template <auto Namespace, auto ID>
struct KeyedInNamespace {
    static std::string key_of(std::string_view ns, std::string_view id) { return scoped_key(ns, id); }
    static std::string key(const auto& row) { return key_of(row.*Namespace, row.*ID); }
};
struct OnlyRow {
    static std::string key_of() { return std::string(); }
    static std::string key(const auto&) { return key_of(); }
};

template <Table kTable, class Keyed>
struct In : Keyed {
    static constexpr Table table = kTable;
};

// Where rows of a type are kept, and under which key.
template <class Row>
struct RowTable;
template <>
struct RowTable<model::Node> : In<Table::nodes, KeyedByUuid<&model::Node::ID>> {};
template <>
struct RowTable<model::NodePool> : In<Table::node_pools, KeyedByName<&model::NodePool::Name>> {};
template <>
struct RowTable<model::Job> : In<Table::jobs, KeyedInNamespace<&model::Job::Namespace, &model::Job::ID>> {};
template <>
struct RowTable<model::JobSummary>
    : In<Table::job_summaries, KeyedInNamespace<&model::JobSummary::Namespace, &model::JobSummary::JobID>> {};
template <>
struct RowTable<model::PeriodicLaunch>
    : In<Table::periodic_launches, KeyedInNamespace<&model::PeriodicLaunch::Namespace, &model::PeriodicLaunch::ID>> {};
template <>
struct RowTable<model::Evaluation> : In<Table::evals, KeyedByUuid<&model::Evaluation::ID>> {};
template <>
struct RowTable<model::Deployment> : In<Table::deployments, KeyedByUuid<&model::Deployment::ID>> {};
template <>
struct RowTable<model::Namespace> : In<Table::namespaces, KeyedByName<&model::Namespace::Name>> {};
template <>
struct RowTable<model::SchedulerConfiguration> : In<Table::scheduler_config, OnlyRow> {};
template <>
struct RowTable<model::RootKey> : In<Table::root_keys, KeyedByName<&model::RootKey::KeyID>> {};
template <>
struct RowTable<model::ACLPolicy> : In<Table::acl_policies, KeyedByName<&model::ACLPolicy::Name>> {};
template <>
struct RowTable<model::ACLToken> : In<Table::acl_tokens, KeyedByUuid<&model::ACLToken::AccessorID>> {};
template <>
struct RowTable<model::ACLRole> : In<Table::acl_roles, KeyedByUuid<&model::ACLRole::ID>> {};
template <>
struct RowTable<model::ACLAuthMethod> : In<Table::acl_auth_methods, KeyedByName<&model::ACLAuthMethod::Name>> {};
template <>
struct RowTable<model::ACLBindingRule> : In<Table::acl_binding_rules, KeyedByUuid<&model::ACLBindingRule::ID>> {};
template <>
struct RowTable<model::OneTimeToken> : In<Table::one_time_tokens, KeyedByUuid<&model::OneTimeToken::OneTimeSecretID>> {
};
template <>
struct RowTable<model::ScalingPolicy> : In<Table::scaling_policies, KeyedByUuid<&model::ScalingPolicy::ID>> {};
template <>
struct RowTable<model::JobScalingEvents>
    : In<Table::scaling_events,
         KeyedInNamespace<&model::JobScalingEvents::Namespace, &model::JobScalingEvents::JobID>> {};
template <>
struct RowTable<model::CSIPlugin> : In<Table::csi_plugins, KeyedByName<&model::CSIPlugin::ID>> {};
template <>
struct RowTable<model::CSIVolume>
    : In<Table::csi_volumes, KeyedInNamespace<&model::CSIVolume::Namespace, &model::CSIVolume::ID>> {};
template <>
struct RowTable<model::HostVolume>
    : In<Table::host_volumes, KeyedInNamespace<&model::HostVolume::Namespace, &model::HostVolume::ID>> {};
template <>
struct RowTable<model::TaskGroupHostVolumeClaim>
    : In<Table::host_volume_claims, KeyedByName<&model::TaskGroupHostVolumeClaim::ID>> {};
template <>
struct RowTable<model::ServiceRegistration>
    : In<Table::service_registrations, KeyedByName<&model::ServiceRegistration::ID>> {};
template <>
struct RowTable<model::VariableEncrypted>
    : In<Table::variables, KeyedInNamespace<&model::VariableMetadata::Namespace, &model::VariableMetadata::Path>> {};
template <>
struct RowTable<model::VariablesQuota> : In<Table::variables_quotas, KeyedByName<&model::VariablesQuota::Namespace>> {};
template <>
struct RowTable<model::ClusterMetadata> : In<Table::cluster_metadata, OnlyRow> {};
template <>
struct RowTable<model::AutopilotConfig> : In<Table::autopilot_config, OnlyRow> {};
template <>
struct RowTable<model::JobSubmission> {
    static constexpr Table table = Table::job_submissions;
    static std::string key_of(std::string_view ns, std::string_view id, uint64_t version) {
        return job_version_key(ns, id, version);
    }
    static std::string key(const model::JobSubmission& row) { return key_of(row.Namespace, row.JobID, row.Version); }
};

// Every type of row that is kept as it is described: all but job versions, which are jobs under other keys, and
// allocations, which have rows of their own kind.
template <class... Row>
struct TypeList {
    // Calls visit.operator()<Row>() for each.
    static void each(auto&& visit) { (visit.template operator()<Row>(), ...); }
};
using RowTypes =
    TypeList<model::Namespace, model::NodePool, model::Node, model::Job, model::JobSubmission, model::JobSummary,
             model::PeriodicLaunch, model::Evaluation, model::Deployment, model::SchedulerConfiguration, model::RootKey,
             model::ACLPolicy, model::ACLToken, model::ACLRole, model::ACLAuthMethod, model::ACLBindingRule,
             model::OneTimeToken, model::ScalingPolicy, model::JobScalingEvents, model::CSIPlugin, model::CSIVolume,
             model::HostVolume, model::TaskGroupHostVolumeClaim, model::ServiceRegistration, model::VariableEncrypted,
             model::VariablesQuota, model::ClusterMetadata, model::AutopilotConfig>;

// Everything that the state holds: a copy is a snapshot.
struct Tables {
    using Object = std::shared_ptr<const void>;
    std::array<Tree<Object>, kTables> rows;  // all tables but allocs
    Tree<Ref<const AllocRow>> allocs;
    std::array<Tree<Nothing>, kIndexes> indexes;
    std::array<uint64_t, kTables> last_change{};  // the index of the last command that changed the table

    Tree<Object>& operator[](Table table) { return rows[static_cast<size_t>(table)]; }
    const Tree<Object>& operator[](Table table) const { return rows[static_cast<size_t>(table)]; }
    Tree<Nothing>& operator[](Index index) { return indexes[static_cast<size_t>(index)]; }
    const Tree<Nothing>& operator[](Index index) const { return indexes[static_cast<size_t>(index)]; }
};

// What is known of each kind of row: its table, its key, and whom to tell which index entries it has.
template <class Visit>
void visit_index_keys(const model::Job& job, Visit&& visit) {
    if (!job.ParentID.empty()) {
        visit(Index::jobs_by_parent, scoped_key(job.Namespace, job.ParentID) + scoped_key(job.Namespace, job.ID));
    }
}
template <class Visit>
void visit_index_keys(const model::Evaluation& eval, Visit&& visit) {
    const std::string id = uuid_key(eval.ID);
    visit(Index::evals_by_creation, Key().number(eval.CreateIndex).raw(id).str());
    visit(Index::evals_by_job, scoped_key(eval.Namespace, eval.JobID) + id);
}
template <class Visit>
void visit_index_keys(const model::Deployment& deployment, Visit&& visit) {
    const std::string id = uuid_key(deployment.ID);
    visit(Index::deployments_by_creation, Key().number(deployment.CreateIndex).raw(id).str());
    visit(Index::deployments_by_job,
          scoped_key(deployment.Namespace, deployment.JobID) + Key().number(deployment.CreateIndex).raw(id).str());
}
template <class Visit>
void visit_index_keys(const AllocRow& row, Visit&& visit) {
    const std::string id = uuid_key(row.id);
    const std::string job = scoped_key(row.group->ns, row.group->job_id);
    visit(Index::allocs_by_creation, Key().number(row.create_index).raw(id).str());
    visit(Index::allocs_by_node, uuid_key(row.node) + id);
    visit(Index::allocs_by_job, job + id);
    visit(Index::allocs_by_eval, uuid_key(row.eval) + id);
    if (!row.terminal()) visit(Index::live_allocs_by_job, job + id);
    if (row.links) {
        if (const auto deployment = uuid_key(links_of(row).DeploymentID); !deployment.empty()) {
            visit(Index::allocs_by_deployment, deployment + id);
        }
    }
}
template <class Row, class Visit>
void visit_index_keys(const Row&, Visit&&) {}

}  // namespace drover::state
