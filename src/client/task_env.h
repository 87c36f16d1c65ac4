#pragma once
// What a task finds in its environment, and what the ${...} in its specification stand for. Pure functions.

#include <string>
#include <string_view>

#include "base/containers.h"
#include "base/result.h"
#include "client/alloc_dir.h"
#include "codec/any.h"
#include "model/alloc.h"
#include "model/node.h"

namespace drover::client {

class TaskEnv {
public:
    Map<std::string> environment;
    Map<std::string> node_values;  // "node.datacenter", "attr.kernel.name", "meta.rack"

    // ${name} in plain text: known names are replaced once, unknown ones stay as they are.
    std::string replace(std::string_view text) const;

    // A driver's config block: every text in it, however deep. An unknown name is an error; `$${` stands for `${`.
    Result<codec::AnyObject> evaluate(const codec::AnyObject& config) const;

private:
    const std::string* find(std::string_view name) const;
    Result<std::string> evaluate_text(std::string_view text) const;
    Result<codec::Any> evaluate_value(const codec::Any& value) const;
};

// Where a task sees its directories, and what surrounds it.
struct TaskEnvInput {
    const model::Allocation& alloc;
    const model::TaskGroup& group;
    const model::Task& task;
    const model::Node& node;
    std::string_view region;
    TaskPaths paths;
    const Map<std::string>& host_environment;
    std::string_view env_denylist;  // comma separated; empty: the usual one
};

TaskEnv build_task_env(const TaskEnvInput& in);

// The job's, the group's and the task's metadata, the nearest first.
Map<std::string> combined_meta(const model::Job& job, const model::TaskGroup& group, const model::Task& task);

}  // namespace drover::client
