#pragma once
// Broker: hands evaluations to the scheduler workers, one at a time for each job, and takes them back if a worker does
// not finish in time. Runs on the leader; disabled it holds nothing. Any thread may call it. Time is told by the
// Clock: who owns the broker calls tick() when next_due() says so. It changes no state: evaluations that it gives up
// or makes superfluous are collected by take_failed and take_cancelable for whoever commits that.
//
// An evaluation is in one place: waiting (for its time), ready, unacked (with a worker), or pending (behind another of
// the same job).

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/rng.h"
#include "model/eval.h"

namespace drover::server {

inline constexpr Duration kNackTimeout = seconds(60);
inline constexpr int kDeliveryLimit = 3;
inline constexpr Duration kFirstNackDelay = seconds(1);
inline constexpr Duration kNackDelay = seconds(20);
inline constexpr size_t kCancelBatch = 728;

using EvalPtr = Shared<model::Evaluation>;

class Broker {
public:
    Broker(const Clock& clock, Rng& rng) : clock_(clock), rng_(rng) {}

    // Disabling drops everything and wakes who waits in dequeue.
    void set_enabled(bool enabled);
    bool enabled() const;

    // Ignored if the broker has it already; if `token` is that of its delivery, it comes again after the ack.
    void enqueue(const EvalPtr& eval, std::string_view token = {});

    struct Delivery {
        EvalPtr eval;
        std::string token;
        uint64_t wait_index = 0;  // the state must have come so far
    };
    // The best ready evaluation of these types; nothing if there is none.
    std::optional<Delivery> try_dequeue(const std::vector<std::string>& types);
    // Waits for one. Nothing: `stopped` became true (interrupt() wakes for that), or the broker is disabled.
    std::optional<Delivery> dequeue(const std::vector<std::string>& types, const std::function<bool()>& stopped);
    void interrupt();

    // An error if that delivery is not outstanding.
    Result<> ack(std::string_view id, std::string_view token);
    Result<> nack(std::string_view id, std::string_view token);
    Result<> outstanding(std::string_view id, std::string_view token) const;
    // The nack timer of a delivery: stopped while a plan is being committed, started again after it.
    Result<> pause_nack(std::string_view id, std::string_view token);
    Result<> reset_nack(std::string_view id, std::string_view token);

    // Lets go what is due: nack timers and evaluations that waited.
    void tick();
    std::optional<Duration> next_due() const;  // by the monotonic clock

    // Evaluations that were delivered too often; they are with the caller from then on, as if dequeued.
    std::vector<Delivery> take_failed();
    // Evaluations that a newer one of their job has made superfluous, kCancelBatch at most.
    std::vector<EvalPtr> take_cancelable();
    // Called without locks held whenever next_due may have become earlier, or one of the two above has something.
    void on_work(std::function<void()> call) { on_work_ = std::move(call); }

    struct Stats {
        size_t ready = 0, unacked = 0, pending = 0, waiting = 0, cancelable = 0;
        struct OfType {
            size_t ready = 0, unacked = 0;
        };
        std::map<std::string, OfType> by_type;
    };
    Stats stats() const;

private:
    using Ready = std::multimap<std::pair<int64_t, uint64_t>, EvalPtr>;  // by falling priority, then creation
    struct Unacked {
        EvalPtr eval;
        std::string token;
        std::optional<Duration> nack_at;  // nothing: paused
    };
    using JobKey = std::pair<std::string, std::string>;

    void make_ready(const EvalPtr& eval, const std::string& queue);
    void enqueue_locked(const EvalPtr& eval);
    void wait(const EvalPtr& eval, Duration d);
    Delivery deliver(const EvalPtr& eval);
    void nack_locked(const std::string& id);
    Result<Unacked*> find(std::string_view id, std::string_view token);
    Result<> check(std::string_view id, std::string_view token) const;
    void release_job(const model::Evaluation& eval);
    void forget(const std::string& id);
    std::optional<Delivery> dequeue_locked(const std::vector<std::string>& types);
    void note_work(std::unique_lock<std::mutex>& lock);

    const Clock& clock_;
    Rng& rng_;
    std::function<void()> on_work_;
    mutable std::mutex mutex_;
    std::condition_variable ready_changed_;
    bool enabled_ = false;
    std::unordered_map<std::string, int> deliveries_;   // of every evaluation that is here, by identifier
    std::map<std::string, Ready> ready_;                // by type, and kFailedQueue
    std::unordered_map<std::string, Unacked> unacked_;  // by identifier
    std::map<JobKey, std::string> busy_jobs_;           // the evaluation that is ready or unacked
    std::map<JobKey, std::vector<EvalPtr>> pending_;
    std::multimap<Duration, EvalPtr> waiting_;
    std::unordered_map<std::string, EvalPtr> requeue_;  // by the token of the outstanding delivery
    std::vector<EvalPtr> cancelable_;
};

}  // namespace drover::server
