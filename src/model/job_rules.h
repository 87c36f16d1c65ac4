#pragma once
// Pure rules on jobs: what kind of job it is, lookups in it, and whether two versions mean the same. Any thread; none
// of it fails.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/job.h"

namespace drover::model {

bool stopped(const Job* maybe_job);                // no job, or asked to stop
bool is_periodic(const Job& job);                  // has a periodic block
bool is_periodic_active(const Job& job);           // ... that is enabled, and the job is neither stopped nor a template
bool is_parameterized(const Job& job);             // waits to be dispatched: has the block and is no dispatched child
bool is_system_like(const Job& job);               // system or sysbatch
bool may_update(const Job& job);                   // service or system: may have an update block
bool has_update_strategy(const TaskGroup& group);  // not empty: deployments and rolling updates apply
bool is_terminal_job(const Job& job);              // stopped or dead: may be collected

const TaskGroup* maybe_group(const Job& job, std::string_view name);
const Task* maybe_task(const TaskGroup& group, std::string_view name);

// The signals that a job's tasks may be sent by group and task: of kill_signal, templates, Vault and identities. Each
// list is sorted and has no repetition.
Map<Map<List<std::string>>> required_signals(const Job& job);
std::vector<std::string> required_signals(const TaskGroup& group);

// Meta of job, group and task, the inner winning.
Map<std::string> combined_meta(const Job& job, const TaskGroup& group, const Task& task);

// Whether registering `b` over `a` is a new version: what the cluster itself keeps in a job (status, versions, indexes,
// times) does not count.
bool specification_changed(const Job& a, const Job& b);

// Replaces the scaling policies of all groups and tasks by edited copies.
void edit_scaling_policies(Job& job, const std::function<void(ScalingPolicy&)>& edit);
// Gives every scaling policy the identifier and indexes of its namesake in the stored version, so that one that stays
// the same is the same. One that changed has ModifyIndex 0, a new one no identifier either.
void keep_scaling_identity(Job& job, const Job& stored);

// A name in which words ("${JOB}") stand for others. What was put in is not looked at again, and far beyond what any
// name may have the rest stays as it is.
std::string replace_words(std::string_view name, std::span<const std::pair<std::string_view, std::string_view>> words);

JobListStub job_stub(const Job& job, Shared<JobSummary> summary, bool with_meta);

// A write that is based on that JobModifyIndex (0: on there being no such job). The error says what there is instead.
Result<> check_modify_index(const Job* maybe_present, uint64_t wanted);

}  // namespace drover::model
