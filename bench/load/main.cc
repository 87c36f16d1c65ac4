// Load for a server that speaks Nomad's RPC and HTTP: see usage() for its modes.

#include <sys/resource.h>

#include <cstdio>

#include "base/clock.h"
#include "load/fleet.h"
#include "load/objects.h"

namespace drover::load {
namespace {

constexpr int kJoining = 64;  // nodes that are registered at the same time

class Load {
public:
    Load(net::IoLoop& loop, net::Network& network, const Options& options)
        : loop_(loop),
          options_(options),
          mark_("load-" + std::to_string(SystemClock().now().unix_seconds() % 1'000'000) + "-"),
          calls_(network, options),
          fleet_(network, calls_, options, rng_) {}

    net::Task<Result<>> run() {
        const auto mode = find_mode();
        Result<> outcome = mode ? co_await (this->*mode)() : fail(Error::bad_request("no mode " + options_.mode));
        co_await fleet_.stop();
        co_await calls_.stop();
        co_return outcome;
    }

private:
    using Mode = net::Task<Result<>> (Load::*)();
    Mode find_mode() const {
        const std::pair<std::string_view, Mode> modes[] = {
            {"ping", &Load::ping},   {"get", &Load::get},
            {"write", &Load::write}, {"register", &Load::register_jobs},
            {"place", &Load::place}, {"nodes", &Load::join_nodes},
            {"hold", &Load::hold},
        };
        for (const auto& [name, mode] : modes) {
            if (name == options_.mode) return mode;
        }
        return nullptr;
    }

    net::Task<Tally> again_and_again(Operation operation) {
        return call_again_and_again(loop_, options_.callers, options_.jobs, options_.seconds, std::move(operation));
    }

    // One line of JSON. Nothing done is an error.
    static Result<> print(std::string_view what, Tally& tally) {
        std::string line;
        codec::JsonWriter json(line);
        json.begin_object();
        json.key("what"), json.text(what);
        tally.write(json);
        json.end_object();
        std::puts(line.c_str());
        std::fflush(stdout);
        if (tally.done == 0) return fail(Error::internal("nothing was done: " + tally.first_error));
        return {};
    }

    net::Task<Result<>> ping() {
        Tally tally = co_await again_and_again([this](int) { return calls_.ping(); });
        co_return print("ping", tally);
    }

    net::Task<Result<>> get() {
        Tally tally = co_await again_and_again([this](int) { return calls_.get(options_.path); });
        co_return print("get", tally);
    }

    net::Task<Result<>> write() {
        const auto operation = [this](int number) {
            return calls_.write(mark_ + std::to_string(number % options_.callers), std::to_string(number));
        };
        Tally tally = co_await again_and_again(operation);
        co_return print("write", tally);
    }

    net::Task<Result<std::string>> register_one(int number) {
        const std::string id = mark_ + std::to_string(number);
        if (options_.by_http) co_return co_await calls_.register_over_http(job_text(options_, id));
        model::Job job = job_;
        job.ID = job.Name = id;
        co_return co_await calls_.register_job(std::move(job));
    }

    net::Task<Result<>> register_only(int number) {
        auto eval = co_await register_one(number);
        if (!eval) co_return fail(eval.error());
        evals_.push_back(std::move(*eval));
        co_return Result<>{};
    }

    net::Task<Result<>> register_and_wait(int number) {
        auto eval = co_await register_one(number);
        if (!eval) co_return fail(eval.error());
        co_return co_await calls_.wait_for_eval(std::move(*eval));
    }

    Result<> prepare_job() {
        auto job = make_job(options_, mark_);
        if (!job) return fail(job.error());
        job_ = std::move(*job);
        return {};
    }

    net::Task<Result<>> register_jobs() {
        if (auto prepared = prepare_job(); !prepared) co_return prepared;
        Tally tally = co_await again_and_again([this](int number) { return register_only(number); });
        co_return print("register", tally);
    }

    net::Task<Result<>> join_nodes() {
        Tally tally = co_await call_again_and_again(loop_, kJoining, options_.nodes, 0,
                                                    [this](int number) { return fleet_.join_pooled(number); });
        co_return print("nodes", tally);
    }

    net::Task<Result<>> place() {
        if (auto joined = co_await join_nodes(); !joined) co_return joined;
        if (auto prepared = prepare_job(); !prepared) co_return prepared;
        const auto operation = [this](int number) {
            return options_.together ? register_only(number) : register_and_wait(number);
        };
        const Duration began = loop_.now();
        Tally tally = co_await again_and_again(operation);
        if (options_.together) {
            for (const std::string& eval : evals_) {
                if (auto ended = co_await calls_.wait_for_eval(eval); !ended) co_return ended;
            }
            tally.span = loop_.now() - began;
        }
        co_return print("place", tally);
    }

    net::Task<Result<>> hold() {
        Tally tally = co_await call_again_and_again(loop_, kJoining, options_.nodes, 0,
                                                    [this](int number) { return fleet_.join_connected(number); });
        if (auto printed = print("up", tally); !printed) co_return printed;
        const uint64_t heartbeats = fleet_.heartbeats(), polls = fleet_.polls();
        const Duration began = loop_.now();
        (void)co_await loop_.sleep(Duration{static_cast<int64_t>(options_.seconds * 1e9)});
        const double span = (loop_.now() - began).seconds();
        std::printf("{\"what\":\"hold\",\"seconds\":%.3f,\"heartbeats\":%llu,\"polls\":%llu,\"lost\":%llu}\n", span,
                    static_cast<unsigned long long>(fleet_.heartbeats() - heartbeats),
                    static_cast<unsigned long long>(fleet_.polls() - polls),
                    static_cast<unsigned long long>(fleet_.lost()));
        co_return Result<>{};
    }

    net::Loop& loop_;
    const Options& options_;
    SystemRng rng_;
    const std::string mark_;  // before the names of what this run makes
    ServerCalls calls_;
    Fleet fleet_;
    model::Job job_;
    std::vector<std::string> evals_;
};

void raise_file_limit() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

int run(int argc, char** argv) {
    const auto options = parse_options(argc, argv);
    if (!options) {
        std::fprintf(stderr, "%s\n%s", options.error().message.c_str(), usage());
        return 2;
    }
    raise_file_limit();
    SystemClock clock;
    net::BlockingPool pool(1);
    net::IoLoop loop(clock, &pool);
    const auto network = net::make_os_network(loop);
    Load load(loop, *network, *options);
    const Result<> outcome = net::run(loop, load.run());
    if (!outcome) std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
    return outcome ? 0 : 1;
}

}  // namespace
}  // namespace drover::load

int main(int argc, char** argv) { return drover::load::run(argc, argv); }
