#include "world.h"

#include <unistd.h>

#include <cstdio>
#include <thread>

#include "base/assert.h"

namespace drover::sim {

void Trace::note(const char* format, ...) {
    char line[512];
    const int head = snprintf(line, sizeof line, "%10.4f ", seconds());
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + head, sizeof line - static_cast<size_t>(head), format, arguments);
    va_end(arguments);
    for (const char* c = line; *c; ++c) hash_ = (hash_ ^ static_cast<unsigned char>(*c)) * 1099511628211ull;
    if (config_.verbose) fprintf(stderr, "%s\n", line);
}

void Trace::violation(const std::string& what) {
    printf("seed %llu: at %.3f s: %s\n", static_cast<unsigned long long>(config_.seed), seconds(), what.c_str());
    fflush(stdout);
    _exit(1);
}

Result<> SimLoop::offload(std::function<void()> work) {
    if (slowness_.ns == 0) {
        begin(std::move(work));
        return {};
    }
    // Most of it is quick; now and then it takes as long as it may.
    Duration wait{static_cast<int64_t>(rng_.below(static_cast<uint64_t>(slowness_.ns)))};
    if (rng_.below(8) != 0) wait = Duration{wait.ns / 16};
    delayed_.spawn(later(std::move(work), wait));
    return {};
}

void SimLoop::begin(std::function<void()> work) {
    if (!threads_) return post(std::move(work));
    std::thread(std::move(work)).detach();
}

net::Task<> SimLoop::later(std::function<void()> work, Duration wait) {
    (void)co_await sleep(wait);
    begin(std::move(work));
}

std::string ip_of(size_t number) { return "10.0.0." + std::to_string(number + 1); }

std::string id_of(size_t number) {
    return std::string(7, static_cast<char>('a' + number)) + std::to_string(number + 1) +
           "-0000-4000-8000-000000000000";
}

void World::new_weather(bool bad) {
    net::Weather weather;
    if (bad) {
        weather.delay_min = milliseconds(static_cast<int64_t>(chance.below(3)));
        weather.delay_max =
            weather.delay_min + milliseconds(static_cast<int64_t>(1 + chance.below(percent(20) ? 150 : 20)));
        weather.loss_percent = percent(50) ? static_cast<uint32_t>(chance.below(15)) : 0;
    }
    trace.note("weather: %lld to %lld ms, loss %u", static_cast<long long>(weather.delay_min.milliseconds()),
               static_cast<long long>(weather.delay_max.milliseconds()), weather.loss_percent);
    network.set_weather(weather);
}

void World::cut_something(const std::vector<std::string>& hosts) {
    const std::string& one = hosts[chance.below(hosts.size())];
    const std::string& other = hosts[chance.below(hosts.size())];
    const uint64_t kind = chance.below(4);
    trace.note("cut %s %s, kind %llu", one.c_str(), other.c_str(), static_cast<unsigned long long>(kind));
    if (kind == 0) {
        network.cut(one, "");
        network.cut("", one);
    } else if (kind == 1) {
        network.cut(one, "");
    } else if (kind == 2) {
        network.cut("", one);
    } else if (one != other) {
        network.cut(one, other);
        if (percent(50)) network.cut(other, one);
    }
}

}  // namespace drover::sim
