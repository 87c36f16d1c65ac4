#include "state/loader.h"

#include "codec/msgpack.h"
#include "model/canonicalize.h"

namespace drover::state {

Version StateLoader::empty() {
    Version version;
    version.dictionary = std::make_shared<Dictionary>();
    return version;
}

StateLoader::StateLoader(bool canonical) : canonical_(canonical), txn_(empty(), kEdit) { txn_.stop_noting(); }

Error StateLoader::bad_key(std::string_view type) {
    return Error::bad_request(std::string(type) + " with a malformed identifier");
}

Result<> StateLoader::put(model::Job current) {
    txn_.put(shared(std::make_shared<model::Job>(std::move(current))));
    return {};
}

Result<> StateLoader::put_version(model::Job job) {
    txn_.put_version(shared(std::make_shared<model::Job>(std::move(job))));
    return {};
}

Result<> StateLoader::put(model::Allocation alloc) {
    if (!alloc.Job) return fail(Error::bad_request("allocation " + alloc.ID + " without a job"));
    alloc.Job = shared(std::move(alloc.Job));
    auto row = make_row(alloc, group(alloc.Job, alloc.TaskGroup, alloc.Namespace, alloc.JobID), resources(alloc),
                        txn_.dictionary());
    if (!row) return fail(row.error());
    txn_.put(std::move(*row));
    return {};
}

Result<> StateLoader::put(Ref<const AllocRow> row) {
    if (!txn_.put_new(row)) return fail(Error::bad_request("allocation " + to_string(row->id) + " stands there twice"));
    visit_index_keys(*row, [&](Index index, const std::string& key) { indexes_of_allocs_.add(index, key); });
    return {};
}

Shared<model::Job> StateLoader::shared(Shared<model::Job> job) {
    auto& variants = jobs_[{job->Namespace, job->ID, job->Version, job->CreateIndex}];
    for (auto known = variants.rbegin(); known != variants.rend(); ++known) {
        if (codec::equal(codec::type_of<model::Job>(), known->raw.get(), job.get())) return known->kept;
    }
    Known known{job, job};
    if (!canonical_) {
        auto full = std::make_shared<model::Job>(*job);
        model::canonicalize(*full);
        if (!codec::equal(codec::type_of<model::Job>(), full.get(), job.get())) known.kept = std::move(full);
    }
    if (variants.size() >= kMostVariants) variants.erase(variants.begin());
    variants.push_back(known);
    return known.kept;
}

Ref<const GroupRow> StateLoader::group(Shared<model::Job> job, const std::string& task_group, const std::string& ns,
                                       const std::string& job_id) {
    auto& made = groups_[{job.get(), task_group, ns, job_id}];
    if (made) return made;
    auto* row = new GroupRow;
    row->dictionary = txn_.view().version()->dictionary;
    row->job = std::move(job);
    row->ns = ns;
    row->job_id = job_id;
    row->task_group = task_group;
    return made = Ref<const GroupRow>(row);
}

Ref<const ResourcesRow> StateLoader::resources(const model::Allocation& alloc) {
    if (!alloc.AllocatedResources) return {};
    if (resources_.size() >= kMostResources) resources_.clear();
    auto& made = resources_[codec::to_msgpack(*alloc.AllocatedResources)];
    if (!made) made = make_resources(*alloc.AllocatedResources, txn_.dictionary());
    return made;
}

std::shared_ptr<const Version> StateLoader::finish(uint64_t index, uint64_t index_offset, uint64_t restored_at) {
    indexes_of_allocs_.finish(txn_);
    for (const auto& [table, at] : indexes_) txn_.set_table_index(table, at);
    txn_.set_index(index);
    txn_.set_restored(index_offset, restored_at);
    txn_.set_allocs_erased(index);
    Touched touched;
    return txn_.finish(touched);
}

}  // namespace drover::state
