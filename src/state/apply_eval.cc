#include <algorithm>

#include "state/apply.h"

namespace drover::state {
namespace {

// A complete evaluation that placed everything makes the blocked ones of its job superfluous.
void cancel_blocked(Txn& txn, const model::Evaluation& done) {
    std::vector<Shared<model::Evaluation>> blocked;
    for (const auto& other : txn.view().evals().of_job(done.Namespace, done.JobID)) {
        if (other->Status == "blocked") blocked.push_back(other);
    }
    for (const auto& other : blocked) {
        model::Evaluation canceled = *other;
        canceled.Status = "canceled";
        canceled.StatusDescription = "evaluation \"" + done.ID + "\" successful";
        canceled.ModifyIndex = txn.index();
        canceled.ModifyTime = std::max(done.ModifyTime, canceled.CreateTime + 1);
        txn.put(std::make_shared<model::Evaluation>(std::move(canceled)));
    }
}

}  // namespace

Result<> check_evals(const List<Shared<model::Evaluation>>& evals) {
    for (const auto& eval : evals) {
        if (!eval || !is_uuid(eval->ID)) return fail(Error::internal("an evaluation without a valid identifier"));
    }
    return {};
}

void put_eval(Txn& txn, model::Evaluation eval) {
    auto row = std::make_shared<model::Evaluation>(std::move(eval));
    const auto present = txn.view().evals().find(row->ID);
    row->CreateIndex = present ? present->CreateIndex : txn.index();
    row->ModifyIndex = txn.index();
    if (row->JobModifyIndex == 0 && present) row->JobModifyIndex = present->JobModifyIndex;
    copy_queued(txn, *row);
    const bool done = row->Status == "complete" && row->FailedTGAllocs.empty();
    txn.put(Shared<model::Evaluation>(row));
    if (done) cancel_blocked(txn, *row);
}

void put_evals(Txn& txn, const List<Shared<model::Evaluation>>& evals) {
    for (const auto& eval : evals) put_eval(txn, *eval);
    for (const auto& eval : evals) refresh_job_status(txn, eval->Namespace, eval->JobID);
}

Result<bool> apply(Txn& txn, const command::UpsertEvals& command) {
    if (auto checked = check_evals(command.Evals); !checked) return fail(checked.error());
    if (command.PlannedAfter != 0 && !command.Evals.empty()) {
        const auto present = txn.view().evals().find(command.Evals.front()->ID);
        if (!present || present->ModifyIndex <= command.PlannedAfter)
            return fail(Error::conflict("the plan that the evaluation ended with was not applied"));
    }
    put_evals(txn, command.Evals);
    return true;
}

Result<bool> apply(Txn& txn, const command::DeleteEvals& command) {
    std::vector<std::pair<std::string, std::string>> jobs;
    for (const std::string& id : command.Evals) {
        const auto eval = txn.view().evals().find(id);
        if (!eval) continue;
        jobs.emplace_back(eval->Namespace, eval->JobID);
        txn.erase<model::Evaluation>(id);
    }
    for (const std::string& id : command.Allocs) {
        if (auto uuid = parse_uuid(id)) txn.erase_alloc(*uuid);
    }
    for (const auto& [ns, job] : jobs) {
        // A job whose last evaluation is collected keeps the status that it had.
        if (!txn.view().evals().of_job(ns, job).empty()) refresh_job_status(txn, ns, job);
    }
    return true;
}

}  // namespace drover::state
