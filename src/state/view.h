#pragma once
// View: one immutable version of the whole state. Cheap to copy; any thread may read it, for as long as it likes, and
// it never changes. A tracked view also notes in a WatchSet what it was asked for (then it is used by one thread), so
// that who waits for a different answer waits for exactly that: see Store::watch.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/eval.h"
#include "model/job.h"
#include "model/namespace.h"
#include "model/node.h"
#include "model/operator.h"
#include "state/alloc_ref.h"
#include "state/range.h"
#include "state/tables.h"
#include "state/watch.h"

namespace drover::state {

struct Version {
    Tables tables;
    uint64_t index = 0;             // of the last command
    uint64_t index_offset = 0;      // the state's indexes are the log's and this: an archive's may be beyond the log's
    uint64_t restored_at = 0;       // the index at which an archive became the state; 0: never
    uint64_t allocs_erased_at = 0;  // the last command that erased an allocation, as far as is known
    uint64_t epoch = 0;             // how often the state was replaced since this server began; not kept anywhere
    std::shared_ptr<Dictionary> dictionary;
};

// What readers of one table have in common. Lookups of what is not there answer null (or an empty range).
class TableReader {
public:
    TableReader(const Version& version, WatchSet* watch) : version_(&version), watch_(watch) {}

protected:
    const Tables& tables() const { return version_->tables; }
    void note_key(TreeId tree, std::string_view key) const {
        if (watch_) watch_->add_key(tree, key);
    }
    void note_prefix(TreeId tree, std::string_view prefix) const {
        if (watch_) watch_->add_prefix(tree, prefix);
    }
    template <class T>
    Shared<T> find_row(Table table, std::string_view key) const {
        note_key(table, key);
        const auto* row = tables()[table].find(key);
        return row ? std::static_pointer_cast<const T>(*row) : nullptr;
    }
    template <class T>
    Range<T> rows(Table table, std::string_view prefix) const {
        note_prefix(table, prefix);
        return Range<T>(tables()[table], prefix);
    }
    // The rows whose index entries begin with `partition`; their own keys follow it after `skip` bytes.
    template <class T>
    Range<T> rows_by(Index index, Table table, std::string_view partition, size_t skip) const {
        note_prefix(index, partition);
        return Range<T>(tables()[table], tables()[index], partition, skip);
    }
    size_t size_of(Table table) const { return tables()[table].size(); }

private:
    const Version* version_;
    WatchSet* watch_;
};

// The rows of a table that needs no other ways to them.
template <class Row>
class RowsReader : public TableReader {
public:
    using TableReader::TableReader;
    // By what they are keyed by: a name or UUID, a namespace and an identifier, or nothing where there is only one.
    template <class... Part>
    Shared<Row> find(const Part&... part) const {
        return find_row<Row>(RowTable<Row>::table, RowTable<Row>::key_of(part...));
    }
    Range<Row> all() const { return rows<Row>(RowTable<Row>::table, {}); }
    size_t size() const { return size_of(RowTable<Row>::table); }
};

class NodesReader : public TableReader {
public:
    using TableReader::TableReader;
    Shared<model::Node> find(std::string_view id) const;
    Range<model::Node> all() const { return rows<model::Node>(Table::nodes, {}); }
    Result<Range<model::Node>> with_prefix(std::string_view id_prefix) const;
    size_t size() const { return size_of(Table::nodes); }
};

class NodePoolsReader : public TableReader {
public:
    using TableReader::TableReader;
    Shared<model::NodePool> find(std::string_view name) const;
    Range<model::NodePool> all() const { return with_prefix({}); }
    Range<model::NodePool> with_prefix(std::string_view prefix) const;
};

class NamespacesReader : public TableReader {
public:
    using TableReader::TableReader;
    Shared<model::Namespace> find(std::string_view name) const;
    Range<model::Namespace> all() const { return with_prefix({}); }
    Range<model::Namespace> with_prefix(std::string_view prefix) const;
};

class JobsReader : public TableReader {
public:
    using TableReader::TableReader;
    Shared<model::Job> find(std::string_view ns, std::string_view id) const;
    Range<model::Job> all() const { return rows<model::Job>(Table::jobs, {}); }  // by namespace, then by identifier
    Range<model::Job> in_namespace(std::string_view ns) const;
    Range<model::Job> with_prefix(std::string_view ns, std::string_view id_prefix) const;
    Range<model::Job> children(std::string_view ns, std::string_view parent_id) const;
    size_t size() const { return size_of(Table::jobs); }
};

// The versions that are kept of a job, the current one included.
class JobVersionsReader : public TableReader {
public:
    using TableReader::TableReader;
    Range<model::Job> of(std::string_view ns, std::string_view id) const;  // newest first
    Shared<model::Job> find(std::string_view ns, std::string_view id, uint64_t version) const;
    Shared<model::Job> tagged(std::string_view ns, std::string_view id, std::string_view tag) const;
    // The newest version that was marked stable, or null.
    Shared<model::Job> latest_stable(std::string_view ns, std::string_view id) const;
};

class JobSummariesReader : public TableReader {
public:
    using TableReader::TableReader;
    Shared<model::JobSummary> find(std::string_view ns, std::string_view id) const;
    Range<model::JobSummary> all() const { return rows<model::JobSummary>(Table::job_summaries, {}); }
};

class JobSubmissionsReader : public TableReader {
public:
    using TableReader::TableReader;
    Shared<model::JobSubmission> find(std::string_view ns, std::string_view id, uint64_t version) const;
};

class PeriodicLaunchesReader : public TableReader {
public:
    using TableReader::TableReader;
    Shared<model::PeriodicLaunch> find(std::string_view ns, std::string_view id) const;
    Range<model::PeriodicLaunch> all() const { return rows<model::PeriodicLaunch>(Table::periodic_launches, {}); }
};

class EvalsReader : public TableReader {
public:
    using TableReader::TableReader;
    Shared<model::Evaluation> find(std::string_view id) const;
    Range<model::Evaluation> all() const { return rows<model::Evaluation>(Table::evals, {}); }  // by identifier
    Result<Range<model::Evaluation>> with_prefix(std::string_view id_prefix) const;
    Range<model::Evaluation> by_creation() const;
    Range<model::Evaluation> of_job(std::string_view ns, std::string_view job_id) const;
    size_t size() const { return size_of(Table::evals); }
};

class DeploymentsReader : public TableReader {
public:
    using TableReader::TableReader;
    Shared<model::Deployment> find(std::string_view id) const;
    Range<model::Deployment> all() const { return rows<model::Deployment>(Table::deployments, {}); }
    Result<Range<model::Deployment>> with_prefix(std::string_view id_prefix) const;
    Range<model::Deployment> by_creation() const;
    Range<model::Deployment> of_job(std::string_view ns, std::string_view job_id) const;  // oldest first
    Shared<model::Deployment> latest_of_job(std::string_view ns, std::string_view job_id) const;
};

class AllocsReader : public TableReader {
public:
    using TableReader::TableReader;
    AllocRef find(std::string_view id) const;
    AllocRef find(const Uuid& id) const;
    Shared<model::Allocation> full(std::string_view id) const;
    Range<AllocRef> all() const;  // by identifier
    Result<Range<AllocRef>> with_prefix(std::string_view id_prefix) const;
    Range<AllocRef> by_creation() const;
    Range<AllocRef> of_node(std::string_view node_id) const;
    Range<AllocRef> of_node(const Uuid& node) const;
    Range<AllocRef> of_job(std::string_view ns, std::string_view job_id) const;
    Range<AllocRef> live_of_job(std::string_view ns, std::string_view job_id) const;  // those that are not terminal
    Range<AllocRef> of_eval(std::string_view eval_id) const;
    Range<AllocRef> of_deployment(std::string_view deployment_id) const;
    size_t size() const { return tables().allocs.size(); }

private:
    Range<AllocRef> by(Index index, std::string_view partition, size_t skip) const;
};

class RootKeysReader : public TableReader {
public:
    using TableReader::TableReader;
    Shared<model::RootKey> active() const;  // or null
    Range<model::RootKey> all() const { return rows<model::RootKey>(Table::root_keys, {}); }
};

class View {
public:
    View() = default;
    explicit View(std::shared_ptr<const Version> version, WatchSet* watch = nullptr)
        : version_(std::move(version)), watch_(watch) {}

    explicit operator bool() const { return version_ != nullptr; }
    // The same version, noting in `watch` (which must live as long as the view is used) what is asked.
    View tracked(WatchSet& watch) const { return View(version_, &watch); }

    uint64_t index() const { return version_->index; }
    uint64_t table_index(Table table) const { return version_->tables.last_change[static_cast<size_t>(table)]; }
    uint64_t restored_at() const { return version_->restored_at; }
    // What is told of allocations up to there may lack some that were told before. Not kept on disk: after a load, the
    // index of what was loaded.
    uint64_t allocs_erased_at() const { return version_->allocs_erased_at; }

    NodesReader nodes() const { return {*version_, watch_}; }
    NodePoolsReader node_pools() const { return {*version_, watch_}; }
    NamespacesReader namespaces() const { return {*version_, watch_}; }
    JobsReader jobs() const { return {*version_, watch_}; }
    JobVersionsReader job_versions() const { return {*version_, watch_}; }
    JobSummariesReader job_summaries() const { return {*version_, watch_}; }
    JobSubmissionsReader job_submissions() const { return {*version_, watch_}; }
    PeriodicLaunchesReader periodic_launches() const { return {*version_, watch_}; }
    EvalsReader evals() const { return {*version_, watch_}; }
    DeploymentsReader deployments() const { return {*version_, watch_}; }
    AllocsReader allocs() const { return {*version_, watch_}; }
    RootKeysReader root_keys() const { return {*version_, watch_}; }
    Shared<model::SchedulerConfiguration> scheduler_config() const;  // null until one was set
    Shared<model::AutopilotConfig> autopilot_config() const;         // null until one was set
    template <class Row>
    RowsReader<Row> rows() const {
        return {*version_, watch_};
    }

    const std::shared_ptr<const Version>& version() const { return version_; }

private:
    std::shared_ptr<const Version> version_;
    WatchSet* watch_ = nullptr;
};

}  // namespace drover::state
