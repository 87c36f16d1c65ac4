#include "driver/raw_exec.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "base/strings.h"
#include "driver/config_schema.h"
#include "driver/host_program.h"
#include "driver/process_usage.h"
#include "driver/shim_client.h"
#include "driver/shim_spec.h"

namespace drover::driver {
namespace {

constexpr Duration kAnswerTime = seconds(10);  // a shim answers at once; the machine may be busy
constexpr int kWaitTries = 3;                  // a lost connection is made again while the shim lives

constexpr Option kTaskOptions[] = {
    {"command", OptionType::text, true},
    {"args", OptionType::text_list},
    {"work_dir", OptionType::text},
    {"cgroup_v2_override", OptionType::text},
    {"cgroup_v1_override", OptionType::text_map},
    {"oom_score_adj", OptionType::integer},
    {"denied_envvars", OptionType::text_list},
};

constexpr Option kPluginOptions[] = {
    {"enabled", OptionType::boolean},          {"no_cgroups", OptionType::boolean},
    {"denied_host_uids", OptionType::text},    {"denied_host_gids", OptionType::text},
    {"denied_envvars", OptionType::text_list},
};

ExitResult to_result(const ShimStatus& status) {
    ExitResult out;
    out.ExitCode = status.exit_code;
    out.Signal = status.signal;
    return out;
}

std::string start_failure(const ShimStatus& status, const std::string& program) {
    static constexpr std::string_view kPlaces[] = {
        "", "spec: ", "pipes: ", "cgroup: ", "limits: ", "user: ", "work_dir: "};
    const std::string reason = std::strerror(status.error);
    if (status.stage == kStageExecute || status.stage >= std::size(kPlaces)) return "exec " + program + ": " + reason;
    return std::string(kPlaces[status.stage]) + reason;
}

// What people look at when a task does not start: the log of the helper beside it. A shim reports to the agent instead
// and leaves the file empty.
void touch_helper_log(const std::string& task_dir) {
    const int fd =
        ::open((task_dir + "/executor.out").c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644);
    if (fd >= 0) ::close(fd);
}

class ShimTask final : public RunningTask {
public:
    ShimTask(net::Network& network, const Clock& clock, std::string id, std::string directory, const ShimStatus& status)
        : clock_(clock), shim_(network, std::move(directory)), id_(std::move(id)), status_(status) {}

    TaskHandle handle() const override {
        codec::AnyMap state;
        state["directory"] = shim_.directory();
        state["shim_pid"] = int64_t{status_.shim_pid};
        return {.Driver = "raw_exec", .ID = id_, .Version = 1, .State = std::move(state)};
    }

    Time started_at() const override { return Time::from_unix_ns(status_.started_ns); }

    net::Task<Result<ExitResult>> wait(net::Limit limit) override {
        Result<ShimStatus> ended = status_;
        for (int tries = 0; tries < kWaitTries && status_.state == kShimRunning; ++tries) {
            ended = co_await shim_.wait(limit);
            if (ended) status_ = *ended;
            if (!ended && (ended.error().code == ErrorCode::timeout || limit.cancel.cancelled())) break;
        }
        if (!ended && ended.error().code != ErrorCode::timeout && !limit.cancel.cancelled()) {
            ended = read_shim_state(shim_.directory());
            if (!ended || ended->state == kShimRunning) {
                co_return fail(Error::internal("the task's shim ended without telling how the task ended"));
            }
            status_ = *ended;
        }
        if (!ended) co_return fail(ended.error());
        co_return to_result(*ended);
    }

    net::Task<Result<>> signal(int number) override { return shim_.signal(number, kTargetTask, soon()); }

    net::Task<Result<>> stop(int number, Duration timeout) override {
        auto sent = co_await shim_.signal(number, kTargetTask, soon());
        if (!sent && sent.error().code == ErrorCode::not_found) co_return Result<>{};
        net::Loop& loop = shim_loop();
        auto ended = co_await wait({loop.in(timeout), {}});
        if (ended) co_return Result<>{};
        co_return co_await kill();
    }

    net::Task<> destroy() override {
        if (status_.state == kShimRunning) (void)co_await kill();
        auto finished = co_await shim_.finish(soon());
        // A shim that does not answer would leave a zombie and a socket behind.
        if (!finished && ::kill(status_.shim_pid, 0) == 0 && is_our_child()) ::kill(status_.shim_pid, SIGKILL);
        ::waitpid(status_.shim_pid, nullptr, finished ? 0 : WNOHANG);
    }

    Result<model::TaskResourceUsage> usage() override { return usage_.sample(status_.shim_pid, clock_.now()); }

private:
    net::Task<Result<>> kill() {
        auto sent = co_await shim_.signal(SIGKILL, kTargetAll, soon());
        if (!sent && sent.error().code != ErrorCode::not_found) co_return fail(sent.error());
        auto ended = co_await wait(soon());
        if (!ended && ended.error().code == ErrorCode::timeout) co_return fail(ended.error());
        co_return Result<>{};
    }

    bool is_our_child() const { return ::waitpid(status_.shim_pid, nullptr, WNOHANG) == 0; }
    net::Loop& shim_loop() { return shim_.loop(); }
    net::Limit soon() { return {shim_loop().in(kAnswerTime), {}}; }

    const Clock& clock_;
    ShimClient shim_;
    std::string id_;
    ShimStatus status_;
    ProcessUsage usage_;
};

class RawExec final : public Driver {
public:
    RawExec(RawExecOptions options, net::Network& network, const Clock& clock)
        : options_(std::move(options)), network_(network), clock_(clock) {}

    std::string_view name() const override { return "raw_exec"; }

    model::DriverInfo fingerprint(Time now) const override {
        model::DriverInfo info;
        info.Attributes.made = true;
        info.UpdateTime = now;
        if (!options_.enabled) {
            info.HealthDescription = "disabled";
        } else if (::access(options_.shim_program.c_str(), X_OK) != 0) {
            info.HealthDescription = "the shim is not installed: " + options_.shim_program;
        } else {
            info.Attributes["driver.raw_exec"] = "true";
            info.Detected = info.Healthy = true;
            info.HealthDescription = "Healthy";
        }
        return info;
    }

    Capabilities capabilities() const override { return {}; }

    Result<> validate(const codec::AnyObject& config) const override { return check_config(config, kTaskOptions); }

    net::Task<Started> start(TaskConfig config) override {
        auto prepared = prepare(config);
        if (!prepared) co_return refused(prepared.error());
        auto spec = encode(*prepared);
        if (!spec) co_return refused(spec.error());
        touch_helper_log(config.task_dir);
        auto pid = spawn_shim(options_.shim_program, config.state_dir, *spec);
        if (!pid) co_return refused(pid.error(), true);

        ShimClient shim(network_, config.state_dir);
        const net::Limit limit{network_.loop().in(kAnswerTime), {}};
        auto status = co_await shim.status(limit);
        if (status && status->state != kShimStartFailed) {
            co_return Started{
                .task = std::make_unique<ShimTask>(network_, clock_, config.id, config.state_dir, *status),
                .error = {}};
        }
        const Error why =
            status ? Error::internal(start_failure(*status, prepared->program)) : status.error().wrapped("shim: ");
        if (status) (void)co_await shim.finish(limit);
        if (!status) ::kill(*pid, SIGKILL);
        ::waitpid(*pid, nullptr, 0);
        co_return refused(why, !status);
    }

    net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle handle) override {
        const auto* state = handle.State.as<codec::AnyMap>();
        const codec::Any* directory = state ? handle.State.member("directory") : nullptr;
        if (!directory || !directory->as<std::string>())
            co_return fail(Error::bad_request("task handle is not of raw_exec"));
        const std::string path = *directory->as<std::string>();
        ShimClient shim(network_, path);
        auto status = co_await shim.status({network_.loop().in(kAnswerTime), {}});
        if (!status) {
            // The shim is gone, but it may have told how the task ended.
            status = read_shim_state(path);
            if (status && status->state == kShimRunning) status = fail(Error::not_found("the task's shim is gone"));
        }
        if (!status) co_return fail(status.error());
        std::unique_ptr<RunningTask> task = std::make_unique<ShimTask>(network_, clock_, handle.ID, path, *status);
        co_return task;
    }

private:
    static Started refused(const Error& why, bool recoverable = false) {
        return {.task = nullptr,
                .error = why.wrapped("failed to launch command with executor: "),
                .recoverable = recoverable};
    }

    Result<ShimSpec> prepare(const TaskConfig& task) const;
    Result<> choose_user(const TaskConfig& task, ShimSpec& spec) const;
    void fill_environment(const TaskConfig& task, ShimSpec& spec) const;

    RawExecOptions options_;
    net::Network& network_;
    const Clock& clock_;
};

Result<> RawExec::choose_user(const TaskConfig& task, ShimSpec& spec) const {
    const bool restricted = !options_.denied_host_uids.empty() || !options_.denied_host_gids.empty();
    if (task.user.empty() && !restricted) return {};
    auto user = find_user(task.user.empty() ? std::to_string(::geteuid()) : task.user);
    if (!user) return fail(user.error());
    if (id_in_ranges(user->uid, options_.denied_host_uids)) {
        return fail(Error::bad_request("running as uid " + std::to_string(user->uid) + " is disallowed"));
    }
    for (uint32_t gid : user->groups) {
        if (id_in_ranges(gid, options_.denied_host_gids)) {
            return fail(Error::bad_request("running as gid " + std::to_string(gid) + " is disallowed"));
        }
    }
    // Without the right to change users, being asked for the one that we are is no change.
    if (!task.user.empty() && user->uid != ::geteuid()) spec.user = *user;
    return {};
}

void RawExec::fill_environment(const TaskConfig& task, ShimSpec& spec) const {
    auto denied = options_.denied_envvars;
    for (auto& glob : list_option(task.config, "denied_envvars")) denied.push_back(std::move(glob));
    for (const auto& [name, value] : task.environment) {
        bool drop = false;
        for (const auto& glob : denied) drop = drop || glob_match(glob, name);
        if (!drop) spec.environment.push_back(name + "=" + value);
    }
}

Result<ShimSpec> RawExec::prepare(const TaskConfig& task) const {
    if (auto valid = validate(task.config); !valid) return fail(valid.error());
    ShimSpec spec;
    const std::string command = text_option(task.config, "command");
    auto program = find_program(command, task.local_dir, task.task_dir, options_.search_path);
    if (!program) return fail(program.error());
    spec.program = *program;
    spec.arguments = list_option(task.config, "args");
    spec.arguments.insert(spec.arguments.begin(), *program);
    spec.directory = text_option(task.config, "work_dir", task.task_dir);
    if (!has_prefix(spec.directory, "/")) return fail(Error::bad_request("work_dir must be an absolute path"));
    if (auto chosen = choose_user(task, spec); !chosen) return fail(chosen.error());
    fill_environment(task, spec);

    spec.log_directory = task.logs.directory;
    if (!spec.log_directory.empty()) {
        spec.out = find_log(spec.log_directory, task.logs.stdout_name);
        spec.err = find_log(spec.log_directory, task.logs.stderr_name);
        spec.limits = {.max_size_bytes = task.logs.max_size_bytes, .max_files = task.logs.max_files, .reserved = 0};
    }
    spec.cgroups = task.cgroups;
    if (const auto path = text_option(task.config, "cgroup_v2_override"); !path.empty()) {
        spec.cgroups = {has_prefix(path, "/sys/fs/cgroup") ? path : "/sys/fs/cgroup/" + path};
    }
    if (const auto places = map_option(task.config, "cgroup_v1_override"); !places.empty()) {
        spec.cgroups.clear();
        for (const auto& [controller, path] : places)
            spec.cgroups.push_back("/sys/fs/cgroup/" + controller + "/" + path);
    }
    const int64_t score = integer_option(task.config, "oom_score_adj", 0);
    if (score < 0) return fail(Error::bad_request("oom_score_adj must not be negative"));
    if (score > 0) spec.oom_score_adj = static_cast<int32_t>(std::min<int64_t>(score, 1000));
    spec.durable = task.durable;
    return spec;
}

}  // namespace

Result<RawExecOptions> raw_exec_options(const codec::AnyObject& config) {
    if (auto valid = check_config(config, kPluginOptions); !valid) return fail(valid.error());
    RawExecOptions out;
    out.enabled = boolean_option(config, "enabled", false);
    out.denied_envvars = list_option(config, "denied_envvars");
    out.denied_host_uids = text_option(config, "denied_host_uids");
    out.denied_host_gids = text_option(config, "denied_host_gids");
    for (const auto& ranges : {out.denied_host_uids, out.denied_host_gids}) {
        if (auto valid = check_id_ranges(ranges); !valid) return fail(valid.error());
    }
    return out;
}

std::string find_shim() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return (self.parent_path() / "drover-shim").string();
}

std::unique_ptr<Driver> make_raw_exec(RawExecOptions options, net::Network& network, const Clock& clock) {
    return std::make_unique<RawExec>(std::move(options), network, clock);
}

}  // namespace drover::driver
