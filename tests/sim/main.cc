// The deterministic simulator: every seed is one story of a cluster, with its faults, in one thread and virtual time.
//
//   sim [--from N] [--to N] [--round log|server|all] [--seconds S] [--jobs N] [--verbose]
//
// Every seed runs in a process of its own. Some run twice: their traces must agree. The last line is `N passed, N
// failed`.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "world.h"

namespace drover::sim {
namespace {

constexpr unsigned kSeedLimitS = 120;
constexpr uint64_t kTwiceEvery = 5;

struct Options {
    uint64_t from = 1, to = 200;
    std::string round = "all";
    int seconds = 0;  // 0: no limit
    int jobs = 2;
    bool verbose = false;
};

struct Case {
    std::string round;
    uint64_t seed = 0;
    bool runs_twice() const { return seed % kTwiceEvery == 0; }
    std::string name() const {
        return "--round " + round + " --from " + std::to_string(seed) + " --to " + std::to_string(seed);
    }
};

uint64_t run_round(const std::string& round, const RoundConfig& config) {
    return round == "log" ? run_log_round(config) : run_server_round(config);
}

struct Child {
    Case what;
    int pipe = -1;
    bool second = false;
};

Child fork_child(const Case& what, bool second, std::map<pid_t, Child>& children) {
    int ends[2];
    if (pipe(ends) != 0) abort();
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        alarm(kSeedLimitS);
        const uint64_t hash = run_round(what.round, {what.seed, false});
        const ssize_t written = write(ends[1], &hash, sizeof hash);
        fflush(stdout);
        _exit(written == sizeof hash ? 0 : 1);
    }
    close(ends[1]);
    return children[pid] = {what, ends[0], second};
}

class Runner {
public:
    explicit Runner(Options options) : options_(std::move(options)) {}

    int run() {
        const auto began = std::chrono::steady_clock::now();
        for (const Case& one : cases()) {
            const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
            if (options_.seconds > 0 && passed.count() > options_.seconds) break;
            start(one, false);
            if (one.runs_twice()) start(one, true);
        }
        while (!children_.empty()) reap();
        printf("%zu passed, %zu failed\n", passed_, failed_);
        return failed_ > 0 || passed_ == 0 ? 1 : 0;
    }

private:
    std::vector<Case> cases() const {
        std::vector<Case> all;
        for (uint64_t seed = options_.from; seed <= options_.to; ++seed) {
            if (options_.round == "all") {
                all.push_back({seed % 2 == 0 ? "server" : "log", seed});
            } else {
                all.push_back({options_.round, seed});
            }
        }
        return all;
    }
    void start(const Case& one, bool second) {
        while (children_.size() >= static_cast<size_t>(options_.jobs)) reap();
        fork_child(one, second, children_);
    }
    void reap() {
        int status = 0;
        const pid_t pid = wait(&status);
        const auto found = children_.find(pid);
        if (found == children_.end()) return;
        const Child child = found->second;
        children_.erase(found);
        uint64_t hash = 0;
        const bool told = read(child.pipe, &hash, sizeof hash) == sizeof hash;
        close(child.pipe);
        std::string problem;
        if (WIFSIGNALED(status)) problem = "ended by signal " + std::to_string(WTERMSIG(status));
        if (WIFEXITED(status) && WEXITSTATUS(status) != 0) problem = "failed";
        if (problem.empty() && !told) problem = "told no result";
        if (problem.empty() && child.what.runs_twice()) problem = compare(child, hash);
        if (problem.empty()) {
            passed_ += child.second ? 0 : 1;
            return;
        }
        if (child.second && hash == 0) return;  // its twin says the same
        ++failed_;
        printf("FAILED (%s): to see it: sim %s --verbose\n", problem.c_str(), child.what.name().c_str());
        fflush(stdout);
    }
    std::string compare(const Child& child, uint64_t hash) {
        const auto [place, is_new] = hashes_.try_emplace(child.what.name(), hash);
        return is_new || place->second == hash ? "" : "two runs differ";
    }

    const Options options_;
    std::map<pid_t, Child> children_;
    std::map<std::string, uint64_t> hashes_;
    size_t passed_ = 0, failed_ = 0;
};

std::optional<Options> parse(int count, char** words) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--verbose") {
            options.verbose = true;
            continue;
        }
        if (i + 1 == count) return {};
        const char* value = words[++i];
        if (word == "--from") {
            options.from = strtoull(value, nullptr, 10);
        } else if (word == "--to") {
            options.to = strtoull(value, nullptr, 10);
        } else if (word == "--round") {
            options.round = value;
        } else if (word == "--seconds") {
            options.seconds = atoi(value);
        } else if (word == "--jobs") {
            options.jobs = std::max(1, atoi(value));
        } else {
            return {};
        }
    }
    const bool known = options.round == "all" || options.round == "log" || options.round == "server";
    return known ? std::optional(options) : std::nullopt;
}

int run_verbosely(const Options& options) {
    std::string round = options.round;
    if (round == "all") round = options.from % 2 == 0 ? "server" : "log";
    const uint64_t hash = run_round(round, {options.from, true});
    printf("seed %llu: trace %016llx\n1 passed, 0 failed\n", static_cast<unsigned long long>(options.from),
           static_cast<unsigned long long>(hash));
    fflush(stdout);
    _exit(0);  // a round may leave threads behind that wait for their turn
}

}  // namespace
}  // namespace drover::sim

int main(int argc, char** argv) {
    const auto options = drover::sim::parse(argc, argv);
    if (!options) {
        fprintf(stderr,
                "usage: sim [--from N] [--to N] [--round log|server|all] [--seconds S] [--jobs N] [--verbose]\n");
        return 2;
    }
    drover::configure_logging({options->verbose ? drover::LogLevel::debug : drover::LogLevel::off, false, ""});
    return options->verbose ? drover::sim::run_verbosely(*options) : drover::sim::Runner(*options).run();
}
