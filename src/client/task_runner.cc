#include "client/task_runner.h"

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "base/assert.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "client/task_files.h"
#include "driver/signals.h"
#include "model/alloc_rules.h"
#include "model/task_events.h"

namespace drover::client {
namespace {

namespace event = model::task_event;

constexpr int kStopTries = 5;
constexpr Duration kStopBackoff = seconds(5);
constexpr Duration kStopBackoffMax = minutes(2);

const model::Task* find_task(const model::TaskGroup& group, const std::string& name) {
    for (const auto& task : group.Tasks) {
        if (task.Name == name) return &task;
    }
    return nullptr;
}

model::RestartPolicy policy_of(const model::TaskGroup& group, const model::Task& task) {
    if (task.RestartPolicy) return *task.RestartPolicy;
    return group.RestartPolicy ? *group.RestartPolicy : model::RestartPolicy{};
}

}  // namespace

TaskRunner::TaskRunner(RunnerContext& context, Shared<model::Allocation> alloc, std::string name, AllocDir& directory,
                       TaskObserver& observer, net::CancelToken life)
    : context_(context),
      alloc_(std::move(alloc)),
      name_(std::move(name)),
      directory_(directory),
      observer_(observer),
      life_(std::move(life)),
      log_("client.task_runner"),
      group_(model::maybe_group_of(*alloc_)),
      task_(group_ ? find_task(*group_, name_) : nullptr),
      tracker_(task_ ? policy_of(*group_, *task_) : model::RestartPolicy{},
               task_ && RestartTracker::restarts_on_success(alloc_->Job->Type, task_->Lifecycle.get()), context.rng),
      wake_(std::make_unique<net::CancelSource>(life_)),
      gate_(context.loop),
      finished_(context.loop) {
    assert_always(task_ != nullptr);
    state_.State = "pending";
    model::append_event(state_, event::plain(model::kTaskReceived, now_ns()));
}

void TaskRunner::restore(StoredTask stored) {
    if (!stored.state.State.empty()) state_ = std::move(stored.state);
    handle_ = std::move(stored.handle);
    if (dead()) finished_.set();
}

void TaskRunner::reset() {
    finished_.reset();
    gate_.reset();
    state_.State = "pending";
    state_.Failed = false;
    state_.FinishedAt = {};
    tracker_ =
        RestartTracker(policy_of(*group_, *task_),
                       RestartTracker::restarts_on_success(alloc_->Job->Type, task_->Lifecycle.get()), context_.rng);
    wake_ = std::make_unique<net::CancelSource>(life_);
}

net::Task<> TaskRunner::run() {
    if (finished()) co_return;
    if (handle_) co_await reattach();
    bool ready = running() || co_await wait_for_gate();
    while (!life_.cancelled() && !dead()) {
        if (ready && !running() && !tracker_.killed()) co_await start();
        if (running()) co_await watch();
        if (life_.cancelled()) break;  // the task runs on without us
        co_await apply(tracker_.decide(context_.now()));
        if (!dead() && std::exchange(regate_, false)) ready = co_await wait_for_gate();
    }
    if (dead()) {
        finished_.set();
        observer_.task_changed(*this);
    }
}

net::Task<bool> TaskRunner::wait_for_gate() {
    Result<> opened = co_await gate_.wait({net::Deadline::never(), wake_->token()});
    co_return opened.has_value();
}

// Finds a task of an earlier agent. One that cannot be found may run elsewhere by now: it is started again only when
// the servers have said that it should.
net::Task<> TaskRunner::reattach() {
    auto driver = context_.drivers.find(handle_->Handle.Driver);
    if (driver != context_.drivers.end()) {
        auto found = co_await driver->second->recover(handle_->Handle);
        if (found) {
            running_ = std::move(*found);
            gate_.set();
            co_return;
        }
        log_.warn("cannot reattach to a task",
                  {{"alloc_id", alloc_->ID}, {"task", name_}, {"error", found.error().message}});
    }
    std::error_code ignored;
    std::filesystem::remove_all(handle_->StateDir, ignored);
    handle_.reset();
    store_handle();
    set_state("pending", event::plain(model::kTaskRestoreFailed, now_ns()));
    if (alloc_->Job->Type != "system") {
        (void)co_await context_.servers_contacted.wait({net::Deadline::never(), wake_->token()});
    }
}

net::Task<> TaskRunner::start() {
    if (auto ready = prepare(); !ready) {
        start_failed(event::message(model::kTaskHookFailed, ready.error().message, now_ns()), false);
        co_return;
    }
    auto driver = context_.drivers.find(task_->Driver);
    if (driver == context_.drivers.end()) {
        start_failed(event::driver_failure("driver " + quote(task_->Driver) + " is not offered by this node", now_ns()),
                     false);
        co_return;
    }
    auto config = make_config(environment());
    if (config) {
        if (auto valid = driver->second->validate(config->config); !valid) config = fail(valid.error());
    }
    if (!config) {
        start_failed(event::validation_failed(config.error().message, now_ns()), false);
        co_return;
    }
    const std::string state_dir = config->state_dir;
    driver::Started started = co_await driver->second->start(std::move(*config));
    if (!started.task) {
        std::error_code ignored;
        std::filesystem::remove_all(state_dir, ignored);
        start_failed(event::driver_failure(started.error->message, now_ns()), started.recoverable);
        co_return;
    }
    running_ = std::move(started.task);
    handle_ = StoredHandle{running_->handle(), state_dir};
    store_handle();
    set_state("running", event::plain(model::kTaskStarted, now_ns()));
}

void TaskRunner::start_failed(model::TaskEvent event, bool recoverable) {
    emit(std::move(event));
    tracker_.start_failed(recoverable);
}

// What has to be there before the driver is asked.
Result<> TaskRunner::prepare() {
    if (!prepared_) {
        emit(event::message(model::kTaskSetup, "Building Task Directory", now_ns()));
        if (auto built = directory_.build_task(name_); !built) return fail(built.error().wrapped("task_dir: "));
        prepared_ = true;
    }
    return write_task_files(*alloc_, *task_, directory_, environment());
}

TaskEnv TaskRunner::environment() const {
    const auto* denied = context_.config.options.get("env.denylist");
    if (!denied) denied = context_.config.options.get("env.blacklist");
    return build_task_env({.alloc = *alloc_,
                           .group = *group_,
                           .task = *task_,
                           .node = *context_.node,
                           .region = context_.config.region,
                           .paths = directory_.task(name_),
                           .host_environment = context_.config.host_environment,
                           .env_denylist = denied ? std::string_view(*denied) : ""});
}

Result<driver::TaskConfig> TaskRunner::make_config(const TaskEnv& env) {
    const TaskPaths paths = directory_.task(name_);
    driver::TaskConfig out;
    auto config = env.evaluate(task_->Config);
    if (!config) return fail(config.error());
    out.config = std::move(*config);
    const std::string run = random_id(context_.rng).substr(0, 8);
    out.id = alloc_->ID + "/" + name_ + "/" + run;
    out.name = name_;
    out.alloc_id = alloc_->ID;
    out.group = group_->Name;
    out.job_id = alloc_->JobID;
    out.job_name = alloc_->Job->Name;
    out.namespace_name = alloc_->Namespace;
    out.node_id = context_.node->ID;
    out.node_name = context_.node->Name;
    out.environment = env.environment;
    out.user = task_->User;
    out.task_dir = paths.root, out.local_dir = paths.local, out.secrets_dir = paths.secrets,
    out.shared_dir = paths.shared;
    out.state_dir = context_.config.state_dir + "/tasks/" + alloc_->ID + "/" + name_ + "." + run;
    std::error_code error;
    std::filesystem::create_directories(out.state_dir, error);
    if (error) return fail(Error::internal("mkdir " + out.state_dir + ": " + error.message()));
    ::chmod(out.state_dir.c_str(), 0700);
    const bool logs = !task_->LogConfig || !task_->LogConfig->Disabled;
    if (logs) {
        out.logs = {.directory = paths.logs, .stdout_name = name_ + ".stdout", .stderr_name = name_ + ".stderr"};
        if (task_->LogConfig && task_->LogConfig->MaxFiles > 0 && task_->LogConfig->MaxFileSizeMB > 0) {
            out.logs.max_files = static_cast<uint32_t>(std::min<int64_t>(task_->LogConfig->MaxFiles, 100'000));
            out.logs.max_size_bytes = static_cast<uint64_t>(task_->LogConfig->MaxFileSizeMB) << 20;
        }
    }
    const auto* given = alloc_->AllocatedResources ? alloc_->AllocatedResources->Tasks.get(name_) : nullptr;
    if (given) {
        out.cpu_shares = given->Cpu.CpuShares;
        out.memory_mb = given->Memory.MemoryMB;
        out.memory_max_mb = given->Memory.MemoryMaxMB;
    }
    out.durable = !context_.config.dev_mode;
    return out;
}

// Until what runs has ended, however it ends.
net::Task<> TaskRunner::watch() {
    const auto task = running_;
    if (tracker_.killed() && !std::exchange(stopping_, true)) co_await stop_running();
    auto ended = co_await task->wait({net::Deadline::never(), life_});
    if (life_.cancelled()) co_return;
    driver::ExitResult result;
    if (ended) {
        result = *ended;
    } else {
        result.Err = ended.error().message;
    }
    co_await task->destroy();
    running_.reset();
    stopping_ = false;
    std::error_code ignored;
    std::filesystem::remove_all(handle_->StateDir, ignored);
    handle_.reset();
    store_handle();
    tracker_.exited(result);
    emit(event::terminated(result.ExitCode, result.Signal, result.OOMKilled, result.Err, now_ns()));
}

net::Task<> TaskRunner::apply(RestartDecision decision) {
    using Kind = RestartDecision::Kind;
    switch (decision.kind) {
        case Kind::killed: set_state("dead", event::killed("", "", now_ns())); co_return;
        case Kind::fail: set_state("dead", event::not_restarting(decision.reason, true, now_ns())); co_return;
        case Kind::end: set_state("dead", {}); co_return;
        case Kind::restart: break;
    }
    ++state_.Restarts;
    state_.LastRestart = context_.now();
    set_state("pending", event::restarting(decision.delay, decision.reason, now_ns()));
    if (decision.delay.ns > 0) (void)co_await context_.loop.sleep(decision.delay, wake_->token());
}

net::Task<> TaskRunner::kill(model::TaskEvent why, bool skip_shutdown_delay) {
    if (finished()) co_return;
    if (!tracker_.killed()) {
        tracker_.kill();
        skip_shutdown_delay_ = skip_shutdown_delay;
        emit(std::move(why));
        wake_->cancel(Error::canceled("the task is killed"));
        if (running() && !std::exchange(stopping_, true)) co_await stop_running();
    }
    (void)co_await finished_.wait({net::Deadline::never(), life_});
}

// The signal that the task wants, time to react, and then the hard way.
net::Task<> TaskRunner::stop_running() {
    const auto task = running_;
    const Duration delay = task_->ShutdownDelay;
    if (delay.ns > 0 && tracker_.killed()) {
        const auto type = skip_shutdown_delay_ ? model::kTaskSkippingShutdownDelay : model::kTaskWaitingShutdownDelay;
        emit(event::shutdown_delay(type, delay, now_ns()));
        if (!skip_shutdown_delay_) (void)co_await context_.loop.sleep(delay, life_);
    }
    const int number = driver::signal_number(task_->KillSignal).value_or(SIGINT);
    Duration pause = kStopBackoff;
    for (int tries = 0; tries < kStopTries && running_ == task && !life_.cancelled(); ++tries) {
        auto stopped = co_await task->stop(number, kill_timeout());
        if (stopped) co_return;
        log_.error("cannot stop a task",
                   {{"alloc_id", alloc_->ID}, {"task", name_}, {"error", stopped.error().message}});
        (void)co_await context_.loop.sleep(pause, life_);
        pause = std::min(pause * 4, kStopBackoffMax);
    }
}

net::Task<Result<>> TaskRunner::restart(model::TaskEvent why, bool as_failure, bool regate) {
    if (!running() || stopping_) co_return fail(Error::bad_request("Task not running"));
    emit(std::move(why));
    tracker_.restart_requested(as_failure);
    if (regate) gate_.reset();
    regate_ = regate;
    stopping_ = true;
    co_await stop_running();
    co_return Result<>{};
}

net::Task<Result<>> TaskRunner::signal(std::string name, model::TaskEvent why) {
    const auto task = running_;
    if (!task) co_return fail(Error::bad_request("Task not running"));
    emit(std::move(why));
    // An unknown name interrupts the task: that is what people's scripts have come to know.
    co_return co_await task->signal(driver::signal_number(name).value_or(SIGINT));
}

void TaskRunner::fail_setup(const std::string& error) {
    if (dead()) return;
    set_state("dead", event::setup_failure(error, now_ns()));
    wake_->cancel(Error::canceled("the task has failed"));
}

void TaskRunner::update(Shared<model::Allocation> alloc) {
    const auto* group = model::maybe_group_of(*alloc);
    const auto* task = group ? find_task(*group, name_) : nullptr;
    if (!task) return;
    alloc_ = std::move(alloc);
    group_ = group;
    task_ = task;
    tracker_.set_policy(policy_of(*group_, *task_));
}

void TaskRunner::emit(model::TaskEvent event) { set_state(state_.State, std::move(event)); }

void TaskRunner::set_state(std::string_view state, model::TaskEvent event) {
    const Time now = context_.now();
    if (event.FailsTask) state_.Failed = true;
    if (!event.Type.empty()) model::append_event(state_, std::move(event));
    if (state_.State != state) {
        if (state == "running") state_.StartedAt = now;
        if (state == "dead" && state_.FinishedAt.is_zero()) state_.FinishedAt = now;
        state_.State = state;
    }
    if (auto stored = context_.store.put_task_state(alloc_->ID, name_, state_); !stored) {
        log_.error("cannot store a task's state",
                   {{"alloc_id", alloc_->ID}, {"task", name_}, {"error", stored.error().message}});
    }
    observer_.task_changed(*this);
}

void TaskRunner::store_handle() {
    auto stored = context_.store.put_handle(alloc_->ID, name_, handle_ ? &*handle_ : nullptr);
    if (!stored) {
        log_.error("cannot store a task's handle",
                   {{"alloc_id", alloc_->ID}, {"task", name_}, {"error", stored.error().message}});
    }
}

Duration TaskRunner::kill_timeout() const { return std::min(task_->KillTimeout, context_.config.max_kill_timeout); }

Result<model::TaskResourceUsage> TaskRunner::usage() {
    if (!running()) return fail(Error::not_found("Task not running"));
    auto used = running_->usage();
    const auto& resources = context_.node->NodeResources;
    if (!used || !resources || resources->Cpu.TotalCpuCores == 0) return used;
    // Drivers tell shares of one core; ticks are MHz.
    const double per_core = static_cast<double>(resources->Cpu.CpuShares) / resources->Cpu.TotalCpuCores;
    const auto add_ticks = [&](model::ResourceUsage& usage) {
        if (usage.CpuStats) usage.CpuStats->TotalTicks = usage.CpuStats->Percent / 100 * per_core;
    };
    if (used->ResourceUsage) add_ticks(*used->ResourceUsage);
    for (auto& [pid, usage] : used->Pids) add_ticks(usage);
    return used;
}

}  // namespace drover::client
