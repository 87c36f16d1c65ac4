#pragma once
// Txn: the changes of one command on the way to the next version. Belongs to the thread that applies. Rows are
// replaced, never edited; secondary indexes, table indexes and the list of what was touched follow by themselves.
//
// view() shows the changes made so far. A range taken from it must be walked to its end (or its elements collected)
// before the table is changed again.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "state/tables.h"
#include "state/view.h"

namespace drover::state {

// What commits touched, for the watchers: tree and key of every entry that was put or erased.
class Touched {
public:
    void add(TreeId tree, std::string_view key);
    template <class Visit>
    void each(Visit&& visit) const {
        for (size_t at = 0; at < bytes_.size();) {
            const auto tree = static_cast<uint8_t>(bytes_[at]);
            uint32_t length = 0;
            std::memcpy(&length, bytes_.data() + at + 1, sizeof length);
            visit(tree, std::string_view(bytes_).substr(at + 5, length));
            at += 5 + length;
        }
    }

private:
    std::string bytes_;
};

class Txn {
public:
    // Starts from a published version. `edit` was never used before (see Tree).
    Txn(const Version& base, uint64_t edit);
    Txn(const Txn&) = delete;
    Txn& operator=(const Txn&) = delete;

    // The commands of one batch are applied one after another in one transaction, each under its own index.
    void set_index(uint64_t index) { version_->index = index; }
    uint64_t index() const { return version_->index; }
    View view() const { return View(version_); }
    Dictionary& dictionary() { return *version_->dictionary; }

    // A row of any type of RowTypes.
    template <class Row>
    void put(std::shared_ptr<Row> row) {
        using Type = std::remove_const_t<Row>;
        const std::string key = RowTable<Type>::key(*row);
        put_row<Type>(RowTable<Type>::table, key, std::move(row));
    }
    void put_version(Shared<model::Job> row);
    void put(Ref<const AllocRow> row);

    // For restoring many: the row without its index entries, and entries of an index that the same edit has made.
    // False: it is there already.
    bool put_new(Ref<const AllocRow> row);
    void put_entries(Index index, Tree<Nothing> entries);

    // By what rows of that type are keyed by. Unknown keys are ignored.
    template <class Row, class... Part>
    void erase(const Part&... part) {
        erase_row<Row>(RowTable<Row>::table, RowTable<Row>::key_of(part...));
    }
    void erase_job_version(std::string_view ns, std::string_view id, uint64_t version);
    void erase_alloc(const Uuid& id);

    // For restoring: the index at which a table last changed; where the state's indexes stand to the log's and since
    // when; and not to note what is touched, as nobody can wait for it.
    void set_table_index(Table table, uint64_t index);
    void set_restored(uint64_t index_offset, uint64_t restored_at);
    void set_allocs_erased(uint64_t index) { version_->allocs_erased_at = index; }
    void set_epoch(uint64_t epoch) { version_->epoch = epoch; }
    void stop_noting() { notes_ = false; }

    // Ends the transaction: nothing is changed after it.
    std::shared_ptr<const Version> finish(Touched& touched);

private:
    template <class T>
    void put_row(Table table, std::string_view key, Shared<T> row);
    template <class T>
    void erase_row(Table table, std::string_view key);
    template <class T>
    void move_index_entries(const T* before, const T* after);
    void touch(Table table, std::string_view key);
    void note(TreeId tree, std::string_view key) {
        if (notes_) touched_.add(tree, key);
    }

    std::shared_ptr<Version> version_;
    uint64_t edit_;
    bool notes_ = true;
    Touched touched_;
};

// Entries that stay are touched too: who watches a range of an index waits for changes of the rows in it.
template <class T>
void Txn::move_index_entries(const T* before, const T* after) {
    std::vector<std::pair<Index, std::string>> old_keys;
    if (before) visit_index_keys(*before, [&](Index index, std::string key) { old_keys.emplace_back(index, key); });
    if (after) {
        visit_index_keys(*after, [&](Index index, std::string key) {
            note(index, key);
            const auto stays = std::find(old_keys.begin(), old_keys.end(), std::pair(index, key));
            if (stays != old_keys.end()) return static_cast<void>(old_keys.erase(stays));
            version_->tables[index].put(edit_, key, {});
        });
    }
    for (const auto& [index, key] : old_keys) {
        note(index, key);
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

}  // namespace drover::state
