#include "state/txn.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace drover::state {

void Touched::add(TreeId tree, std::string_view key) {
    const auto length = static_cast<uint32_t>(key.size());
    char head[5] = {static_cast<char>(tree.number)};
    std::memcpy(head + 1, &length, sizeof length);
    bytes_.append(head, sizeof head).append(key);
}

Txn::Txn(const Version& base, uint64_t edit) : version_(std::make_shared<Version>(base)), edit_(edit) {}

std::shared_ptr<const Version> Txn::finish(Touched& touched) {
    touched = std::move(touched_);
    return std::move(version_);
}

void Txn::touch(Table table, std::string_view key) {
    touched_.add(table, key);
    version_->tables.last_change[static_cast<size_t>(table)] = version_->index;
}

void Txn::set_table_index(Table table, uint64_t index) {
    version_->tables.last_change[static_cast<size_t>(table)] = index;
}

// Entries that stay are touched too: who watches a range of an index waits for changes of the rows in it.
template <class T>
void Txn::move_index_entries(const T* before, const T* after) {
    std::vector<std::pair<Index, std::string>> old_keys;
    if (before) visit_index_keys(*before, [&](Index index, std::string key) { old_keys.emplace_back(index, key); });
    if (after) {
        visit_index_keys(*after, [&](Index index, std::string key) {
            touched_.add(index, key);
            const auto stays = std::find(old_keys.begin(), old_keys.end(), std::pair(index, key));
            if (stays != old_keys.end()) return static_cast<void>(old_keys.erase(stays));
            version_->tables[index].put(edit_, key, {});
        });
    }
    for (const auto& [index, key] : old_keys) {
        touched_.add(index, key);
        version_->tables[index].erase(edit_, key);
    }
}

template <class T>
void Txn::put_row(Table table, std::string_view key, Shared<T> row) {
    auto& tree = version_->tables[table];
    const auto* stored = tree.find(key);
    const auto before = stored ? std::static_pointer_cast<const T>(*stored) : nullptr;
    move_index_entries<T>(before.get(), row.get());
    tree.put(edit_, key, std::move(row));
    touch(table, key);
}

template <class T>
void Txn::erase_row(Table table, std::string_view key) {
    auto& tree = version_->tables[table];
    const auto* stored = tree.find(key);
    if (!stored) return;
    const auto before = std::static_pointer_cast<const T>(*stored);
    move_index_entries<T>(before.get(), nullptr);
    tree.erase(edit_, key);
    touch(table, key);
}

void Txn::put(Shared<model::Node> row) {
    const auto key = uuid_key(row->ID);
    put_row(Table::nodes, key, std::move(row));
}
void Txn::put(Shared<model::NodePool> row) {
    const std::string key = Key().text(row->Name).str();
    put_row(Table::node_pools, key, std::move(row));
}
void Txn::put(Shared<model::Namespace> row) {
    const std::string key = Key().text(row->Name).str();
    put_row(Table::namespaces, key, std::move(row));
}
void Txn::put(Shared<model::Job> row) {
    const auto key = scoped_key(row->Namespace, row->ID);
    put_row(Table::jobs, key, std::move(row));
}
void Txn::put_version(Shared<model::Job> row) {
    // A version is no child of its own job's parent: it has no index entries.
    const auto key = job_version_key(row->Namespace, row->ID, row->Version);
    version_->tables[Table::job_versions].put(edit_, key, std::move(row));
    touch(Table::job_versions, key);
}
void Txn::put(Shared<model::JobSummary> row) {
    const auto key = scoped_key(row->Namespace, row->JobID);
    put_row(Table::job_summaries, key, std::move(row));
}
void Txn::put(Shared<model::JobSubmission> row) {
    const auto key = job_version_key(row->Namespace, row->JobID, row->Version);
    put_row(Table::job_submissions, key, std::move(row));
}
void Txn::put(Shared<model::PeriodicLaunch> row) {
    const auto key = scoped_key(row->Namespace, row->ID);
    put_row(Table::periodic_launches, key, std::move(row));
}
void Txn::put(Shared<model::Evaluation> row) {
    const auto key = uuid_key(row->ID);
    put_row(Table::evals, key, std::move(row));
}
void Txn::put(Shared<model::Deployment> row) {
    const auto key = uuid_key(row->ID);
    put_row(Table::deployments, key, std::move(row));
}
void Txn::put(Shared<model::SchedulerConfiguration> row) { put_row(Table::scheduler_config, "", std::move(row)); }

void Txn::put(Shared<model::RootKey> row) {
    const auto key = uuid_key(row->KeyID);
    put_row(Table::root_keys, key, std::move(row));
}

void Txn::put(Ref<const AllocRow> row) {
    const auto key = uuid_key(row->id);
    const auto* stored = version_->tables.allocs.find(key);
    const auto before = stored ? *stored : Ref<const AllocRow>();
    move_index_entries<AllocRow>(before.get(), row.get());
    version_->tables.allocs.put(edit_, key, std::move(row));
    touch(Table::allocs, key);
}

void Txn::erase_node(std::string_view id) { erase_row<model::Node>(Table::nodes, uuid_key(id)); }
void Txn::erase_node_pool(std::string_view name) {
    erase_row<model::NodePool>(Table::node_pools, Key().text(name).str());
}
void Txn::erase_namespace(std::string_view name) {
    erase_row<model::Namespace>(Table::namespaces, Key().text(name).str());
}
void Txn::erase_job(std::string_view ns, std::string_view id) {
    erase_row<model::Job>(Table::jobs, scoped_key(ns, id));
}
void Txn::erase_job_version(std::string_view ns, std::string_view id, uint64_t version) {
    const auto key = job_version_key(ns, id, version);
    if (version_->tables[Table::job_versions].erase(edit_, key)) touch(Table::job_versions, key);
}
void Txn::erase_job_summary(std::string_view ns, std::string_view id) {
    erase_row<model::JobSummary>(Table::job_summaries, scoped_key(ns, id));
}
void Txn::erase_job_submission(std::string_view ns, std::string_view id, uint64_t version) {
    erase_row<model::JobSubmission>(Table::job_submissions, job_version_key(ns, id, version));
}
void Txn::erase_periodic_launch(std::string_view ns, std::string_view id) {
    erase_row<model::PeriodicLaunch>(Table::periodic_launches, scoped_key(ns, id));
}
void Txn::erase_eval(std::string_view id) { erase_row<model::Evaluation>(Table::evals, uuid_key(id)); }
void Txn::erase_deployment(std::string_view id) { erase_row<model::Deployment>(Table::deployments, uuid_key(id)); }

void Txn::erase_alloc(const Uuid& id) {
    const auto key = uuid_key(id);
    const auto* stored = version_->tables.allocs.find(key);
    if (!stored) return;
    const auto before = *stored;
    move_index_entries<AllocRow>(before.get(), nullptr);
    version_->tables.allocs.erase(edit_, key);
    touch(Table::allocs, key);
}

}  // namespace drover::state
