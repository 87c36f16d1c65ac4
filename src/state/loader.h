#pragma once
// StateLoader: builds a whole state from rows in any order, beside the one that is in use. What equals is kept once:
// job versions among current jobs, kept versions and allocations; groups and resources among allocations. A row that
// cannot be kept (a malformed identifier, an allocation without a job) is an error, after which the loader is thrown
// away. Belongs to one thread.

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/result.h"
#include "state/index_builder.h"
#include "state/txn.h"

namespace drover::state {

class StateLoader {
public:
    // With `canonical` false, rows may come from an older program: what it left out is filled in.
    explicit StateLoader(bool canonical);

    template <class Row>
    Result<> put(Row row) {
        return put_row(std::make_shared<Row>(std::move(row)));
    }
    Result<> put(model::Job current);
    Result<> put_version(model::Job job);
    Result<> put(model::Allocation alloc);
    // A row whose group and texts are this loader's. Twice the same allocation is an error.
    Result<> put(Ref<const AllocRow> row);

    // The job as it is kept: one for all that equal it.
    Shared<model::Job> shared(Shared<model::Job> job);
    Ref<const GroupRow> group(Shared<model::Job> job, const std::string& task_group, const std::string& ns,
                              const std::string& job_id);

    void set_table_index(Table table, uint64_t index) { indexes_.emplace_back(table, index); }
    // Under this index; the loader is used up.
    std::shared_ptr<const Version> finish(uint64_t index, uint64_t index_offset, uint64_t restored_at);

    Txn& txn() { return txn_; }
    Dictionary& dictionary() { return txn_.dictionary(); }

private:
    static constexpr uint64_t kEdit = 1;
    static constexpr size_t kMostVariants = 8;      // of one job version that are compared
    static constexpr size_t kMostResources = 4096;  // that are looked at for equal ones

    // A job as it came, and as it is kept.
    struct Known {
        Shared<model::Job> raw, kept;
    };

    template <class Row>
    Result<> put_row(std::shared_ptr<Row> row) {
        constexpr bool kIsOnlyRow = std::is_base_of_v<OnlyRow, RowTable<Row>>;
        if (!kIsOnlyRow && RowTable<Row>::key(*row).empty()) return fail(bad_key(codec::type_of<Row>().name));
        txn_.put(std::move(row));
        return {};
    }
    static Error bad_key(std::string_view type);
    Ref<const ResourcesRow> resources(const model::Allocation& alloc);

    static Version empty();

    const bool canonical_;
    Txn txn_;
    std::vector<std::pair<Table, uint64_t>> indexes_;
    IndexBuilder indexes_of_allocs_{kEdit};
    std::map<std::tuple<std::string, std::string, uint64_t, uint64_t>, std::vector<Known>> jobs_;
    std::map<std::tuple<const model::Job*, std::string, std::string, std::string>, Ref<const GroupRow>> groups_;
    std::map<std::string, Ref<const ResourcesRow>> resources_;
};

}  // namespace drover::state
