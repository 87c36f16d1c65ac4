#include "load/callers.h"

#include <algorithm>

namespace drover::load {
namespace {

constexpr size_t kGapsKept = 5;

struct Round {
    net::Loop& loop;
    Operation operation;
    int limit;
    Duration begin, end;
    int next = 0;
    Duration last_done;
    Tally tally;

    bool over() const { return limit > 0 ? next >= limit : loop.now() >= end; }
    void note(const Result<>& outcome, Duration began) {
        const Duration now = loop.now();
        if (!outcome) {
            if (tally.failed++ == 0) tally.first_error = outcome.error().message;
            return;
        }
        ++tally.done;
        tally.latencies_ns.push_back((now - began).ns);
        note_gap({now - last_done, last_done - begin});
        last_done = now;
    }
    void note_gap(Tally::Gap gap) {
        auto& gaps = tally.gaps;
        if (gaps.size() == kGapsKept && gaps.back().length >= gap.length) return;
        gaps.push_back(gap);
        std::sort(gaps.begin(), gaps.end(), [](const auto& a, const auto& b) { return a.length > b.length; });
        if (gaps.size() > kGapsKept) gaps.pop_back();
    }
};

net::Task<> call_until_over(Round& round) {
    while (!round.over()) {
        const int number = round.next++;
        const Duration began = round.loop.now();
        const Result<> outcome = co_await round.operation(number);
        round.note(outcome, began);
        if (!outcome) (void)co_await round.loop.sleep(milliseconds(10));
    }
}

double milliseconds_of(int64_t ns) { return static_cast<double>(ns) / 1e6; }

}  // namespace

void Tally::write(codec::JsonWriter& json) {
    std::sort(latencies_ns.begin(), latencies_ns.end());
    const auto at = [&](size_t percent) {
        if (latencies_ns.empty()) return 0.0;
        return milliseconds_of(latencies_ns[std::min(latencies_ns.size() - 1, latencies_ns.size() * percent / 100)]);
    };
    const auto number = [&](const char* name, double value) { json.key(name), json.floating(value); };
    json.key("done"), json.natural(done);
    json.key("failed"), json.natural(failed);
    if (failed > 0) json.key("first_error"), json.text(first_error);
    number("seconds", span.seconds());
    number("per_second", rate());
    number("p50_ms", at(50)), number("p99_ms", at(99)), number("max_ms", at(100));
    json.key("gaps"), json.begin_array();
    for (const Gap& gap : gaps) {
        json.begin_object();
        number("ms", milliseconds_of(gap.length.ns)), number("at_s", gap.since_begin.seconds());
        json.end_object();
    }
    json.end_array();
}

net::Task<Tally> call_again_and_again(net::Loop& loop, int callers, int limit, double span, Operation operation) {
    const Duration begin = loop.now();
    Round round{loop, std::move(operation), limit, begin, begin + Duration{static_cast<int64_t>(span * 1e9)}, 0, begin,
                {}};
    net::TaskGroup group(loop);
    for (int i = 0; i < callers; ++i) group.spawn(call_until_over(round));
    co_await group.join();
    round.tally.span = loop.now() - begin;
    co_return std::move(round.tally);
}

}  // namespace drover::load
