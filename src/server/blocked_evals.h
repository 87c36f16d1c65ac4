#pragma once
// Evaluations that wait for capacity. Each says which computed classes could not run its job; a change of a node of a
// class that it did not rule out lets it go back to the broker. Runs on the leader; disabled it holds nothing. Any
// thread may call it. It changes no state: duplicates that are to be canceled are collected by take_duplicates.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/eval.h"

namespace drover::server {

using EvalPtr = Shared<model::Evaluation>;

class BlockedEvals {
public:
    // `release` gets what may run again, with the token that it was put back under (or none). It is called with a lock
    // held and must not call back.
    using Release = std::function<void(const EvalPtr& eval, const std::string& token)>;
    BlockedEvals(const Clock& clock, Release release) : clock_(clock), release_(std::move(release)) {}

    void set_enabled(bool enabled);

    // `token`: of the delivery by whose worker it was put back.
    void block(const EvalPtr& eval, const std::string& token = {});
    // The job was placed completely, or is gone.
    void untrack(const std::string& namespace_, const std::string& job_id);

    // Something became free, or a node came, on which nodes of that class may run more. The index of the change.
    void unblock_class(const std::string& computed_class, uint64_t index);
    // Those that wait because their plans were refused too often.
    void unblock_conflicts();

    // Forgets changes that no evaluation can have missed any more.
    void prune();

    std::vector<EvalPtr> take_duplicates();

    struct Stats {
        size_t blocked = 0, escaped = 0;
    };
    Stats stats() const;

private:
    struct Entry {
        EvalPtr eval;
        std::string token;
    };
    using JobKey = std::pair<std::string, std::string>;
    struct Change {
        uint64_t index = 0;
        Duration at;
    };

    bool missed_change(const model::Evaluation& eval) const;
    void release(std::map<JobKey, Entry>::iterator it);

    const Clock& clock_;
    Release release_;
    mutable std::mutex mutex_;
    bool enabled_ = false;
    std::map<JobKey, Entry> by_job_;
    std::unordered_map<std::string, Change> changes_;  // the latest of each class
    std::vector<EvalPtr> duplicates_;
};

}  // namespace drover::server
