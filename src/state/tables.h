#pragma once
// The tables of the state, how their rows are keyed, and which secondary indexes follow them. Keys are byte strings
// whose order is the order in which lists are shown: texts end with a NUL byte, numbers are big-endian, UUIDs are their
// 16 bytes.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/containers.h"
#include "base/uuid.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/eval.h"
#include "model/job.h"
#include "model/keyring.h"
#include "model/namespace.h"
#include "model/node.h"
#include "model/operator.h"
#include "state/alloc_row.h"
#include "state/tree.h"

namespace drover::state {

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
    count,
};

// The name under which other programs know a table: "job_summary", "allocs".
std::string_view table_name(Table table);

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
