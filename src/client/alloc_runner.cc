#include "client/alloc_runner.h"

#include <filesystem>

#include "base/assert.h"
#include "base/strings.h"
#include "client/health.h"
#include "model/alloc_rules.h"
#include "model/error_list.h"
#include "model/status.h"
#include "model/task_events.h"

namespace drover::client {
namespace {

namespace event = model::task_event;

bool is(std::string_view hook, std::string_view which) { return hook == which; }

}  // namespace

AllocRunner::AllocRunner(RunnerContext& context, Shared<model::Allocation> alloc,
                         std::function<void(AllocRunner&)> changed, net::CancelToken life)
    : context_(context),
      alloc_(std::move(alloc)),
      changed_(std::move(changed)),
      log_("client.alloc_runner"),
      directory_(context.config.alloc_dir, alloc_->ID),
      life_(std::move(life)),
      group_(context.loop, life_),
      finished_(context.loop),
      run_ended_(context.loop),
      task_states_changed_(context.loop) {
    const auto* group = model::maybe_group_of(*alloc_);
    assert_always(group != nullptr);
    for (const auto& task : group->Tasks) {
        tasks_[task.Name] =
            std::make_unique<TaskRunner>(context_, alloc_, task.Name, directory_, *this, group_.token());
    }
    health_ = alloc_->DeploymentStatus;
}

AllocRunner::~AllocRunner() = default;

void AllocRunner::restore(StoredAlloc stored) {
    for (auto& [name, task] : stored.tasks) {
        auto found = tasks_.find(name);
        if (found != tasks_.end()) found->second->restore(std::move(task));
    }
}

net::Task<> AllocRunner::run(std::function<net::Task<>(net::CancelToken)> prerun) {
    run_started_ = true;
    bool all_dead = true;
    for (const auto& [name, task] : tasks_) all_dead = all_dead && task->dead();
    for (const auto& [name, task] : tasks_) {
        if (!task->finished()) group_.spawn(run_task(*task));
    }
    if (must_stop()) stop_for_servers();
    if (!all_dead) {
        changed();
        co_await prepare(std::move(prerun));
        group_.spawn(limit_run_time());
        group_.spawn(watch_health());
    }
    ready_ = true;
    open_gates();
    changed();
    (void)co_await finished_.wait({net::Deadline::never(), group_.token()});
    run_ended_.set();
}

net::Task<> AllocRunner::prepare(std::function<net::Task<>(net::CancelToken)> prerun) {
    if (must_stop()) co_return;
    auto built = directory_.build();
    if (!built) {
        for (const auto& [name, task] : tasks_) task->fail_setup("failed to setup alloc: " + built.error().message);
    } else if (prerun) {
        co_await prerun(group_.token());
    }
}

net::Task<> AllocRunner::wait_finished(net::CancelToken cancel) {
    (void)co_await finished_.wait({net::Deadline::never(), std::move(cancel)});
}

Result<> AllocRunner::take_over(const AllocRunner& previous) {
    std::error_code error;
    const auto move = [&](const std::string& from, const std::string& to) {
        if (error || !std::filesystem::exists(from, error)) return;
        std::filesystem::remove_all(to, error);
        if (!error) std::filesystem::rename(from, to, error);
    };
    move(previous.directory_.root() + "/alloc/data", directory_.root() + "/alloc/data");
    for (const auto& [name, task] : tasks_) {
        if (error || !previous.tasks_.contains(name)) continue;
        if (auto built = directory_.build_task(name); !built) return built;
        move(previous.directory_.task(name).local, directory_.task(name).local);
    }
    if (error) return fail(Error::internal(error.message()));
    return {};
}

net::Task<> AllocRunner::run_task(TaskRunner& task) { co_await task.run(); }

void AllocRunner::task_changed(TaskRunner& task) {
    task_states_changed_.notify();
    if (task.finished() && task.dead()) react_to_end(task);
    open_gates();
    bool all = true;
    for (const auto& [name, other] : tasks_) all = all && other->finished();
    if (all && !finished()) {
        finished_at_ = context_.now();
        finished_.set();
    }
    changed();
}

// Which stages have come. Order: prestart, main, poststart; poststop when everything else is over.
bool AllocRunner::may_start(const TaskRunner& task) const {
    bool prestart_done = true, main_pending = false, others_dead = true;
    for (const auto& [name, other] : tasks_) {
        const auto hook = other->hook();
        const auto& state = other->state();
        if (is(hook, model::kLifecyclePrestart)) {
            const bool done =
                other->sidecar() ? state.State == model::kTaskStateRunning : other->dead() && !state.Failed;
            prestart_done = prestart_done && done;
        }
        if (hook.empty() && state.State == model::kTaskStatePending) main_pending = true;
        if (!is(hook, model::kLifecyclePoststop) && !other->finished()) others_dead = false;
    }
    const auto hook = task.hook();
    if (is(hook, model::kLifecyclePrestart)) return true;
    if (is(hook, model::kLifecyclePoststop)) return others_dead;
    if (is(hook, model::kLifecyclePoststart)) return prestart_done && !main_pending;
    return prestart_done;
}

void AllocRunner::open_gates() {
    if (!ready_) return;
    for (const auto& [name, task] : tasks_) {
        if (!task->dead() && may_start(*task)) task->open_gate();
    }
}

// A task has ended for good: some ends are everybody's.
void AllocRunner::react_to_end(TaskRunner& task) {
    if (killing_ || is(task.hook(), model::kLifecyclePoststop)) return;
    const int64_t now = context_.now().unix_ns;
    bool only_sidecars = true, something_left = false, any_main = false;
    for (const auto& [name, other] : tasks_) {
        if (other->finished() || is(other->hook(), model::kLifecyclePoststop)) continue;
        something_left = true;
        if (!other->sidecar()) only_sidecars = false;
    }
    for (const auto& [name, other] : tasks_) any_main = any_main || other->hook().empty();
    if (!something_left) return;
    std::optional<model::TaskEvent> why;
    if (task.state().Failed) {
        why = event::sibling_failed(task.name(), now);
    } else if (task.task().Leader) {
        why = event::plain(model::kTaskLeaderDead, now);
    } else if (only_sidecars && any_main) {
        why = event::plain(model::kTaskMainDead, now);
    }
    if (why) group_.spawn(kill_tasks(std::move(*why), &task));
}

// The leader alone, then the other tasks, then the sidecars. Poststop tasks are left to run.
net::Task<> AllocRunner::kill_tasks(model::TaskEvent why, const TaskRunner* maybe_but) {
    killing_ = true;
    std::vector<TaskRunner*> leader, mains, sidecars;
    for (const auto& [name, task] : tasks_) {
        if (task.get() == maybe_but || task->finished() || is(task->hook(), model::kLifecyclePoststop)) continue;
        (task->task().Leader ? leader : task->sidecar() ? sidecars : mains).push_back(task.get());
    }
    for (auto* tasks : {&leader, &mains, &sidecars}) co_await kill_some(*tasks, why);
}

net::Task<> AllocRunner::kill_some(std::vector<TaskRunner*> tasks, model::TaskEvent why) {
    const auto* group = model::maybe_group_of(*alloc_);
    const bool skip = alloc_->DesiredTransition.NoShutdownDelay.value_or(false);
    net::TaskGroup kills(context_.loop);
    if (!tasks.empty() && group && group->ShutdownDelay && group->ShutdownDelay->ns > 0 && !skip) {
        (void)co_await context_.loop.sleep(*group->ShutdownDelay, life_);
    }
    for (TaskRunner* task : tasks) {
        if (!why.Type.empty()) task->emit(why);
        const Duration timeout = std::min(task->task().KillTimeout, context_.config.max_kill_timeout);
        kills.spawn(task->kill(event::killing(timeout, "", context_.now().unix_ns), skip));
    }
    co_await kills.join();
}

bool AllocRunner::must_stop() const { return model::server_terminal(*alloc_) || model::client_terminal(*alloc_); }

void AllocRunner::stop_for_servers() {
    if (!killing_) group_.spawn(kill_tasks({}, nullptr));
}

void AllocRunner::update(Shared<model::Allocation> alloc) {
    const bool reconnected = alloc->ClientStatus == model::kAllocClientUnknown && !model::server_terminal(*alloc);
    const bool new_deployment = alloc->DeploymentID != alloc_->DeploymentID;
    alloc_ = std::move(alloc);
    if (auto stored = context_.store.put_alloc(*alloc_); !stored) {
        log_.error("cannot store an allocation", {{"alloc_id", id()}, {"error", stored.error().message}});
    }
    for (const auto& [name, task] : tasks_) task->update(alloc_);
    if (model::server_terminal(*alloc_)) {
        stop_for_servers();
        return;
    }
    if (new_deployment) {
        health_.reset();
        if (!finished()) group_.spawn(watch_health());
    }
    if (reconnected) {
        for (const auto& [name, task] : tasks_) {
            task->emit(event::plain(model::kTaskClientReconnected, context_.now().unix_ns));
        }
    }
}

net::Task<> AllocRunner::destroy() {
    co_await kill_tasks({}, nullptr);
    for (const auto& [name, task] : tasks_) {
        if (task->finished()) continue;  // what is left are poststop tasks
        co_await task->kill(event::killing(context_.config.max_kill_timeout, "", context_.now().unix_ns));
    }
    co_await join();
    if (auto removed = directory_.remove(); !removed) {
        log_.error("cannot remove an allocation's directory", {{"alloc_id", id()}, {"error", removed.error().message}});
    }
    std::error_code ignored;
    std::filesystem::remove_all(context_.config.state_dir + "/tasks/" + id(), ignored);
    if (auto removed = context_.store.remove_alloc(id()); !removed) {
        log_.error("cannot forget an allocation", {{"alloc_id", id()}, {"error", removed.error().message}});
    }
}

net::Task<> AllocRunner::join() {
    group_.cancel();
    co_await group_.join();
    if (run_started_) (void)co_await run_ended_.wait({});
}

// Batch work with a limit ends at it, as complete.
net::Task<> AllocRunner::limit_run_time() {
    const auto* group = model::maybe_group_of(*alloc_);
    if (!group || !group->MaxRunDuration || group->MaxRunDuration->ns <= 0) co_return;
    const Time end = Time::from_unix_ns(alloc_->CreateTime) + *group->MaxRunDuration;
    auto slept = co_await context_.loop.sleep(std::max(end - context_.now(), Duration{}), group_.token());
    if (!slept || finished()) co_return;
    status_override_ = model::kAllocClientComplete;
    description_override_ = "allocation exceeded max_run_duration";
    co_await kill_tasks({}, nullptr);
    for (const auto& [name, task] : tasks_) {
        if (!task->finished())
            co_await task->kill(event::killing(context_.config.max_kill_timeout, "", context_.now().unix_ns));
    }
}

net::Task<> AllocRunner::watch_health() {
    HealthRule rule = health_rule(*alloc_);
    if (!rule.watched || (health_ && health_->Healthy)) co_return;
    const std::string deployment = alloc_->DeploymentID;
    HealthWatch watch(rule, context_.now());
    while (!finished()) {
        Map<model::TaskState> states;
        for (const auto& [name, task] : tasks_) states[name] = task->state();
        const HealthVerdict verdict = watch.look(*model::maybe_group_of(*alloc_), states, context_.now());
        if (deployment != alloc_->DeploymentID) co_return;
        if (verdict.healthy) {
            set_health(*verdict.healthy);
            if (!*verdict.healthy && !deployment.empty() && !verdict.reason.empty()) {
                const int64_t now = context_.now().unix_ns;
                for (const auto& [name, task] : tasks_) {
                    task->emit(event::message(model::kTaskAllocUnhealthy, verdict.reason, now));
                }
            }
            co_return;
        }
        auto waited = co_await task_states_changed_.wait({context_.loop.in(verdict.look_again), group_.token()});
        if (!waited && waited.error().code != ErrorCode::timeout) co_return;
    }
    if (!health_ && !deployment.empty() && client_state().ClientStatus == model::kAllocClientFailed) set_health(false);
}

void AllocRunner::set_health(bool healthy) {
    model::AllocDeploymentStatus status = health_ ? *health_ : model::AllocDeploymentStatus{};
    status.Healthy = healthy;
    status.Timestamp = context_.now();
    health_ = std::move(status);
    changed();
}

model::Allocation AllocRunner::client_state() const {
    model::Allocation out;
    out.ID = alloc_->ID;
    out.NodeID = alloc_->NodeID;
    for (const auto& [name, task] : tasks_) out.TaskStates[name] = task->state();
    const auto derived = model::client_status(out.TaskStates);
    out.ClientStatus = derived.status;
    out.ClientDescription = derived.description;
    if (!status_override_.empty() && finished()) {
        out.ClientStatus = status_override_;
        out.ClientDescription = description_override_;
    }
    out.DeploymentStatus = health_;
    out.NetworkStatus.make();  // host networks only: nothing to tell
    return out;
}

std::string_view AllocRunner::status() const {
    if (!status_override_.empty() && finished()) return status_override_;
    Map<model::TaskState> states;
    for (const auto& [name, task] : tasks_) {
        auto& state = states[name];
        state.State = task->state().State;
        state.Failed = task->state().Failed;
    }
    return model::client_status(states).status;
}

void AllocRunner::changed() {
    if (changed_) changed_(*this);
}

const TaskRunner* AllocRunner::task(const std::string& name) const {
    auto found = tasks_.find(name);
    return found == tasks_.end() ? nullptr : found->second.get();
}

net::Task<Result<>> AllocRunner::restart(std::string name) {
    if (finished() || must_stop()) co_return fail(Error::internal("restart of an alloc that should not run"));
    if (!name.empty()) {
        auto found = tasks_.find(name);
        if (found == tasks_.end()) co_return fail(Error::internal("Could not find task runner for task: " + name));
        co_return co_await found->second->restart(
            event::restart_signal("User requested task to restart", context_.now().unix_ns), false);
    }
    for (const auto& [task_name, task] : tasks_) {
        if (!task->running()) continue;
        auto restarted = co_await task->restart(
            event::restart_signal("User requested running tasks to restart", context_.now().unix_ns), false);
        // One that has ended meanwhile is none that was running.
        if (!restarted && task->running()) co_return restarted;
    }
    co_return Result<>{};
}

net::Task<Result<>> AllocRunner::restart_all() {
    if (finished() || killing_) co_return fail(Error::bad_request("Allocation is not running"));
    const auto why = event::restart_signal("User requested all tasks to restart", context_.now().unix_ns);
    // Ended tasks first: main tasks that are restarted wait for their prestart tasks again.
    for (const auto& [name, task] : tasks_) {
        if (!task->finished() || is(task->hook(), model::kLifecyclePoststop)) continue;
        task->reset();
        task->emit(why);
        group_.spawn(run_task(*task));
    }
    for (const auto& [name, task] : tasks_) {
        if (task->running()) (void)co_await task->restart(why, false, true);
    }
    open_gates();
    co_return Result<>{};
}

net::Task<Result<>> AllocRunner::signal(std::string name, std::string signal_name) {
    if (!name.empty() && !tasks_.contains(name)) co_return fail(Error::internal("Task not found"));
    model::ErrorList errors;
    for (const auto& [task_name, task] : tasks_) {
        if (!name.empty() && task_name != name) continue;
        auto sent = co_await task->signal(signal_name, event::signaling(signal_name, "", context_.now().unix_ns));
        if (sent) continue;
        if (!name.empty()) co_return sent;
        errors.add("Failed to signal task: " + task_name + ", err: " + sent.error().message);
    }
    if (!errors.empty()) co_return fail(Error::internal(errors.text()));
    co_return Result<>{};
}

Result<model::AllocResourceUsage> AllocRunner::usage(const std::string& name) {
    model::AllocResourceUsage out;
    auto& sum = out.ResourceUsage.make();
    sum.DeviceStats.made = true;
    auto& memory = sum.MemoryStats.make();
    auto& cpu = sum.CpuStats.make();
    out.Tasks.made = true;
    for (const auto& [task_name, task] : tasks_) {
        if (!task->running() || (!name.empty() && task_name != name)) continue;
        auto used = task->usage();
        if (!used) continue;
        out.Timestamp = std::max(out.Timestamp, used->Timestamp);
        if (used->ResourceUsage && used->ResourceUsage->MemoryStats && used->ResourceUsage->CpuStats) {
            const auto& its = *used->ResourceUsage;
            memory.RSS += its.MemoryStats->RSS;
            memory.Swap += its.MemoryStats->Swap;
            memory.Measured = its.MemoryStats->Measured;
            cpu.SystemMode += its.CpuStats->SystemMode;
            cpu.UserMode += its.CpuStats->UserMode;
            cpu.Percent += its.CpuStats->Percent;
            cpu.TotalTicks += its.CpuStats->TotalTicks;
            cpu.Measured = its.CpuStats->Measured;
        }
        out.Tasks[task_name] = std::move(*used);
    }
    return out;
}

}  // namespace drover::client
