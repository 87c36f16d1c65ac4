#pragma once
// The parts of model/validate, by what they look at. Each returns its own list, for its caller to nest.

#include <optional>
#include <string>
#include <string_view>

#include "model/validate.h"

namespace drover::model::parts {

// "Constraint 2 validation failed: ..." for each that is wrong.
void check_constraints(const List<Constraint>& constraints, ErrorList& errors);
void check_affinities(const List<Affinity>& affinities, ErrorList& errors);
void check_spreads(const List<Spread>& spreads, ErrorList& errors);

ErrorList check_group(const TaskGroup& group, const Job& job);
ErrorList check_task(const Task& task, const TaskGroup& group, const Job& job);
ErrorList check_networks(const TaskGroup& group);
ErrorList check_resources(const Resources& resources);
ErrorList check_group_services(const TaskGroup& group);
ErrorList check_task_services(const Task& task, const TaskGroup& group);
// What is wrong with the Connect block of one service.
void check_connect(const Service& service, ErrorList& errors);
// What the services in the mesh need of their groups: the first thing that is missing, then the first check that cannot
// be exposed.
void check_mesh(const Job& job, Validation& result);
ErrorList check_periodic(const PeriodicConfig& periodic, const ValidateOptions& options);

std::vector<std::string> job_warnings(const Job& job, const ValidateOptions& options);

// Whether a path below a task's directory (or, with `alloc_dir`, the allocation's) leaves the allocation.
bool escapes_alloc(std::string_view path);

// Why a version constraint (lenient, or strict SemVer) cannot be read.
std::optional<std::string> version_constraint_error(std::string_view text, bool semver);

}  // namespace drover::model::parts
