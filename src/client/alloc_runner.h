#pragma once
// AllocRunner: one allocation on this node: its directory, its tasks in the order of their life-cycle stages, what one
// task's end means for the others, its health for a deployment, and the state that the servers are told. Owned by the
// client; loop thread.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "client/task_runner.h"

namespace drover::client {

class AllocRunner final : public TaskObserver {
public:
    // `changed` is called after every change of what client_state() says.
    AllocRunner(RunnerContext& context, Shared<model::Allocation> alloc, std::function<void(AllocRunner&)> changed,
                net::CancelToken life);
    ~AllocRunner();

    void restore(StoredAlloc stored);
    // Until every task has ended, the poststop ones included.
    // Tasks wait for `prerun`, which is told when to give up.
    net::Task<> run(std::function<net::Task<>(net::CancelToken)> prerun);
    net::Task<> wait_finished(net::CancelToken cancel);
    // Moves what an earlier allocation on this node kept: the shared data and each task's local files.
    Result<> take_over(const AllocRunner& previous);
    // What the servers want has changed.
    void update(Shared<model::Allocation> alloc);
    // Ends everything, and removes the directory and what was stored. After it the runner may go.
    net::Task<> destroy();
    // Before the runner goes without destroy(): its `life` is cancelled; returns when nothing of it runs any more.
    net::Task<> join();

    // One task, or with an empty name every running one.
    net::Task<Result<>> restart(std::string task);
    net::Task<Result<>> restart_all();
    net::Task<Result<>> signal(std::string task, std::string name);
    // Of the tasks that run.
    Result<model::AllocResourceUsage> usage(const std::string& task);

    const model::Allocation& alloc() const { return *alloc_; }
    const std::string& id() const { return alloc_->ID; }
    // What Node.UpdateAlloc tells: only what the client decides.
    model::Allocation client_state() const;
    // Only the status of client_state(), which is cheaper to ask.
    std::string_view status() const;
    const Box<model::AllocDeploymentStatus>& health() const { return health_; }
    bool finished() const { return finished_.is_set(); }
    Time finished_at() const { return finished_at_; }
    const AllocDir& directory() const { return directory_; }
    const TaskRunner* task(const std::string& name) const;

private:
    void task_changed(TaskRunner& task) override;
    net::Task<> prepare(std::function<net::Task<>(net::CancelToken)> prerun);
    void open_gates();
    bool may_start(const TaskRunner& task) const;
    void react_to_end(TaskRunner& task);
    net::Task<> kill_tasks(model::TaskEvent why, const TaskRunner* maybe_but);
    net::Task<> kill_some(std::vector<TaskRunner*> tasks, model::TaskEvent why);
    void stop_for_servers();
    net::Task<> limit_run_time();
    net::Task<> watch_health();
    void set_health(bool healthy);
    net::Task<> run_task(TaskRunner& task);
    void changed();
    bool must_stop() const;

    RunnerContext& context_;
    Shared<model::Allocation> alloc_;
    std::function<void(AllocRunner&)> changed_;
    Logger log_;
    AllocDir directory_;
    net::CancelToken life_;
    net::TaskGroup group_;
    std::map<std::string, std::unique_ptr<TaskRunner>> tasks_;
    net::Event finished_;
    net::Event run_ended_;
    bool run_started_ = false;
    bool ready_ = false;  // what comes before the first task is done
    net::Notify task_states_changed_;
    Time finished_at_;
    bool killing_ = false;  // the tasks are being ended, for whatever reason
    std::string status_override_, description_override_;
    Box<model::AllocDeploymentStatus> health_;
};

}  // namespace drover::client
