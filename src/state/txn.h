#pragma once
// Txn: the changes of one command on the way to the next version. Belongs to the thread that applies. Rows are
// replaced, never edited; secondary indexes, table indexes and the list of what was touched follow by themselves.
//
// view() shows the changes made so far. A range taken from it must be walked to its end (or its elements collected)
// before the table is changed again.

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
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

    void put(Shared<model::Node> row);
    void put(Shared<model::NodePool> row);
    void put(Shared<model::Namespace> row);
    void put(Shared<model::Job> row);  // the current version
    void put_version(Shared<model::Job> row);
    void put(Shared<model::JobSummary> row);
    void put(Shared<model::JobSubmission> row);
    void put(Shared<model::PeriodicLaunch> row);
    void put(Shared<model::Evaluation> row);
    void put(Shared<model::Deployment> row);
    void put(Shared<model::SchedulerConfiguration> row);
    void put(Shared<model::RootKey> row);
    void put(Ref<const AllocRow> row);

    // Unknown keys are ignored.
    void erase_node(std::string_view id);
    void erase_node_pool(std::string_view name);
    void erase_namespace(std::string_view name);
    void erase_job(std::string_view ns, std::string_view id);
    void erase_job_version(std::string_view ns, std::string_view id, uint64_t version);
    void erase_job_summary(std::string_view ns, std::string_view id);
    void erase_job_submission(std::string_view ns, std::string_view id, uint64_t version);
    void erase_periodic_launch(std::string_view ns, std::string_view id);
    void erase_eval(std::string_view id);
    void erase_deployment(std::string_view id);
    void erase_alloc(const Uuid& id);

    // For restoring: the index at which a table last changed.
    void set_table_index(Table table, uint64_t index);

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

    std::shared_ptr<Version> version_;
    uint64_t edit_;
    Touched touched_;
};

}  // namespace drover::state
