#include "driver/mock_driver.h"

#include <algorithm>
#include <fstream>

#include "driver/config_schema.h"
#include "driver/signals.h"

namespace drover::driver {
namespace {

constexpr Option kOptions[] = {
    {"start_error", OptionType::text},         {"start_error_recoverable", OptionType::boolean},
    {"start_block_for", OptionType::duration}, {"run_for", OptionType::duration},
    {"kill_after", OptionType::duration},      {"exit_code", OptionType::integer},
    {"exit_signal", OptionType::integer},      {"exit_err_msg", OptionType::text},
    {"signal_error", OptionType::text},        {"stdout_string", OptionType::text},
    {"stdout_repeat", OptionType::integer},    {"stderr_string", OptionType::text},
    {"stderr_repeat", OptionType::integer},
};

class MockTask final : public RunningTask {
public:
    MockTask(net::Loop& loop, std::string id, codec::AnyObject config)
        : loop_(loop), id_(std::move(id)), config_(std::move(config)), started_(loop.clock().now()), killed_(loop) {
        const Duration run_for = duration_option(config_, "run_for");
        ends_ = run_for.ns > 0 ? loop_.in(run_for) : net::Deadline{loop_.now()};
        result_.ExitCode = integer_option(config_, "exit_code", 0);
        result_.Signal = integer_option(config_, "exit_signal", 0);
        result_.Err = text_option(config_, "exit_err_msg");
    }

    TaskHandle handle() const override { return {.Driver = "mock_driver", .ID = id_, .Version = 1, .State = {}}; }
    Time started_at() const override { return started_; }

    net::Task<Result<ExitResult>> wait(net::Limit limit) override {
        while (loop_.now() < ends_.at) {
            auto changed = co_await killed_.wait({std::min(ends_, limit.deadline), limit.cancel});
            killed_.reset();
            const bool over = loop_.now() >= ends_.at;
            if (!changed && !over) co_return fail(changed.error());
        }
        co_return result_;
    }

    net::Task<Result<>> signal(int) override {
        const std::string error = text_option(config_, "signal_error");
        if (!error.empty()) co_return fail(Error::internal(error));
        co_return Result<>{};
    }

    net::Task<Result<>> stop(int number, Duration timeout) override {
        if (loop_.now() < ends_.at) {
            const Duration takes = duration_option(config_, "kill_after");
            result_ = {};
            result_.Signal = takes > timeout ? 9 : number;
            result_.ExitCode = 128 + result_.Signal;
            ends_ = loop_.in(std::min(takes, timeout));
            killed_.set();
        }
        (void)co_await wait({});
        co_return Result<>{};
    }

    net::Task<> destroy() override {
        ends_ = {loop_.now()};
        killed_.set();
        co_return;
    }

    Result<model::TaskResourceUsage> usage() override {
        model::TaskResourceUsage out;
        out.ResourceUsage.make();
        out.Timestamp = loop_.clock().now().unix_ns;
        return out;
    }

private:
    net::Loop& loop_;
    std::string id_;
    codec::AnyObject config_;
    Time started_;
    net::Deadline ends_;
    net::Event killed_;
    ExitResult result_;
};

void write_output(const LogFiles& logs, const std::string& name, const std::string& text, int64_t repeat) {
    if (logs.directory.empty() || text.empty()) return;
    std::ofstream out(logs.directory + "/" + name + ".0", std::ios::app);
    for (int64_t i = 0; i <= std::clamp<int64_t>(repeat, 0, 1'000'000); ++i) out << text;
}

class MockDriver final : public Driver {
public:
    explicit MockDriver(net::Loop& loop) : loop_(loop) {}

    std::string_view name() const override { return "mock_driver"; }

    model::DriverInfo fingerprint(Time now) const override {
        model::DriverInfo info;
        info.Attributes["driver.mock_driver"] = "true";
        info.Detected = info.Healthy = true;
        info.HealthDescription = "Healthy";
        info.UpdateTime = now;
        return info;
    }

    Capabilities capabilities() const override { return {}; }
    Result<> validate(const codec::AnyObject& config) const override { return check_config(config, kOptions); }

    net::Task<Started> start(TaskConfig task) override {
        if (auto valid = validate(task.config); !valid) co_return Started{.task = nullptr, .error = valid.error()};
        const Duration block = duration_option(task.config, "start_block_for");
        if (block.ns > 0) (void)co_await loop_.sleep(block);
        const std::string error = text_option(task.config, "start_error");
        if (!error.empty()) {
            co_return Started{.task = nullptr,
                              .error = Error::internal(error),
                              .recoverable = boolean_option(task.config, "start_error_recoverable", false)};
        }
        for (const auto& [stream, name] : {std::pair{std::string("stdout"), task.logs.stdout_name},
                                           std::pair{std::string("stderr"), task.logs.stderr_name}}) {
            write_output(task.logs, name, text_option(task.config, stream + "_string"),
                         integer_option(task.config, stream + "_repeat", 0));
        }
        co_return Started{.task = std::make_unique<MockTask>(loop_, task.id, std::move(task.config)), .error = {}};
    }

    net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle) override {
        co_return fail(Error::not_found("task not found for given id"));
    }

private:
    net::Loop& loop_;
};

}  // namespace

std::unique_ptr<Driver> make_mock_driver(net::Loop& loop) { return std::make_unique<MockDriver>(loop); }

}  // namespace drover::driver
