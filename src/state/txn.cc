#include "state/txn.h"

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
    note(table, key);
    version_->tables.last_change[static_cast<size_t>(table)] = version_->index;
}

void Txn::set_table_index(Table table, uint64_t index) {
    version_->tables.last_change[static_cast<size_t>(table)] = index;
}

void Txn::set_restored(uint64_t index_offset, uint64_t restored_at) {
    version_->index_offset = index_offset;
    version_->restored_at = restored_at;
}

void Txn::put_version(Shared<model::Job> row) {
    // A version is no child of its own job's parent: it has no index entries.
    const auto key = job_version_key(row->Namespace, row->ID, row->Version);
    version_->tables[Table::job_versions].put(edit_, key, std::move(row));
    touch(Table::job_versions, key);
}

void Txn::put(Ref<const AllocRow> row) {
    const auto key = uuid_key(row->id);
    const auto* stored = version_->tables.allocs.find(key);
    const auto before = stored ? *stored : Ref<const AllocRow>();
    move_index_entries<AllocRow>(before.get(), row.get());
    version_->tables.allocs.put(edit_, key, std::move(row));
    touch(Table::allocs, key);
}

bool Txn::put_new(Ref<const AllocRow> row) {
    const auto key = uuid_key(row->id);
    if (!version_->tables.allocs.put(edit_, key, std::move(row))) return false;
    touch(Table::allocs, key);
    return true;
}

void Txn::put_entries(Index index, Tree<Nothing> entries) {
    Tree<Nothing>& present = version_->tables[index];
    if (present.size() == 0) return static_cast<void>(present = std::move(entries));
    for (auto entry = entries.first(); entry.valid(); entry.next()) present.put(edit_, entry.key(), {});
}

void Txn::erase_job_version(std::string_view ns, std::string_view id, uint64_t version) {
    const auto key = job_version_key(ns, id, version);
    if (version_->tables[Table::job_versions].erase(edit_, key)) touch(Table::job_versions, key);
}

void Txn::erase_alloc(const Uuid& id) {
    const auto key = uuid_key(id);
    const auto* stored = version_->tables.allocs.find(key);
    if (!stored) return;
    const auto before = *stored;
    move_index_entries<AllocRow>(before.get(), nullptr);
    version_->tables.allocs.erase(edit_, key);
    version_->allocs_erased_at = version_->index;
    touch(Table::allocs, key);
}

}  // namespace drover::state
