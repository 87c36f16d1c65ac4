#pragma once
// TaskRunner: the life of one task on this node, from the gate of its life-cycle stage to its last exit: directories
// and environment, start by a driver, restarts by policy, kills, and the events and states that tell of it. Owned by an
// AllocRunner; loop thread. Failures become events and states.

#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "client/alloc_dir.h"
#include "client/restart_tracker.h"
#include "client/runner_context.h"
#include "client/task_env.h"
#include "model/alloc.h"

namespace drover::client {

class TaskRunner;

// Told of every change of a task's state, after it was stored. Must not destroy the runner.
class TaskObserver {
public:
    virtual void task_changed(TaskRunner& task) = 0;

protected:
    ~TaskObserver() = default;
};

class TaskRunner {
public:
    // The task must be in the allocation's group. `life` ends the runner without ending the task: the agent leaves.
    TaskRunner(RunnerContext& context, Shared<model::Allocation> alloc, std::string name, AllocDir& directory,
               TaskObserver& observer, net::CancelToken life);

    // Before run(): what the state of an earlier agent says.
    void restore(StoredTask stored);
    // Until the task will not run again.
    net::Task<> run();
    // The stage of this task has come: run() goes on.
    void open_gate() { gate_.set(); }
    // After run() has ended: as if new, for a restart of the whole allocation.
    void reset();

    // Ends the task for good, and returns when it has ended. The first event that asks is the one that is told.
    net::Task<> kill(model::TaskEvent why, bool skip_shutdown_delay = false);
    // Ends what runs now and starts it anew; with `regate` from the gate of its stage on.
    net::Task<Result<>> restart(model::TaskEvent why, bool as_failure, bool regate = false);
    net::Task<Result<>> signal(std::string name, model::TaskEvent why);
    void emit(model::TaskEvent event);
    // Fails the task before it has run.
    void fail_setup(const std::string& error);
    void update(Shared<model::Allocation> alloc);

    const std::string& name() const { return name_; }
    const model::Task& task() const { return *task_; }
    const model::TaskState& state() const { return state_; }
    bool dead() const { return state_.State == "dead"; }
    bool finished() const { return finished_.is_set(); }
    bool running() const { return running_ != nullptr; }
    // The life-cycle stage: "" for a main task.
    std::string_view hook() const { return task_->Lifecycle ? std::string_view(task_->Lifecycle->Hook) : ""; }
    bool sidecar() const { return task_->Lifecycle && task_->Lifecycle->Sidecar; }
    Result<model::TaskResourceUsage> usage();

private:
    net::Task<> reattach();
    net::Task<bool> wait_for_gate();
    net::Task<> start();
    Result<> prepare();
    net::Task<> watch();
    net::Task<> apply(RestartDecision decision);
    net::Task<> stop_running();
    Result<driver::TaskConfig> make_config(const TaskEnv& env);
    TaskEnv environment() const;
    void start_failed(model::TaskEvent event, bool recoverable);
    void set_state(std::string_view state, model::TaskEvent event);
    void store_handle();
    Duration kill_timeout() const;
    int64_t now_ns() const { return context_.now().unix_ns; }

    RunnerContext& context_;
    Shared<model::Allocation> alloc_;
    std::string name_;
    AllocDir& directory_;
    TaskObserver& observer_;
    net::CancelToken life_;
    Logger log_;
    const model::TaskGroup* group_ = nullptr;
    const model::Task* task_ = nullptr;

    model::TaskState state_;
    std::optional<StoredHandle> handle_;
    RestartTracker tracker_;
    std::shared_ptr<driver::RunningTask> running_;
    std::unique_ptr<net::CancelSource> wake_;  // cancelled by a kill: ends gates and delays
    net::Event gate_;
    net::Event finished_;
    bool prepared_ = false;  // the directories are there
    bool stopping_ = false;  // somebody sees to the end of what runs
    bool regate_ = false;
    bool skip_shutdown_delay_ = false;
};

}  // namespace drover::client
