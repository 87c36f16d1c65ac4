#pragma once
// Evaluations that wait for capacity. Each says which computed classes could not run its job; a change of a node of a
// class that it did not rule out lets it go back to the broker. One of a system job waits for the one node that it
// names. Runs on the leader; disabled it holds nothing. Any
// thread may call it. It changes no state: duplicates that are to be canceled are collected by take_duplicates.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
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
    // Whether one of that job waits for that node already, so that no change of the node can be missed.
    bool waits_for_node(const model::Evaluation& eval) const;
    // The job was placed completely, or is gone.
    void untrack(const std::string& namespace_, const std::string& job_id);

    // Something became free on those nodes, or they came: nodes of those computed classes may run more, and what waits
    // for one of the nodes may run there. The index of the change.
    using Names = std::set<std::string>;
    void unblock(const Names& classes, const Names& nodes, uint64_t index);
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
    using Key = std::tuple<std::string, std::string, std::string>;  // namespace, job, node (empty: any)
    static Key key_of(const model::Evaluation& eval) { return {eval.Namespace, eval.JobID, eval.NodeID}; }
    struct Change {
        uint64_t index = 0;
        Duration at;
    };

    using Entries = std::map<Key, Entry>;
    bool missed_change(const model::Evaluation& eval) const;
    void release(Entries::iterator it);
    Entries::iterator erase(Entries::iterator it);
    template <class Predicate>
    void release_if(Predicate&& predicate);

    const Clock& clock_;
    Release release_;
    mutable std::mutex mutex_;
    bool enabled_ = false;
    Entries by_job_;
    std::unordered_map<std::string, std::set<Key>> of_node_;  // those that wait for the one node
    using Changes = std::unordered_map<std::string, Change>;
    Changes changes_, node_changes_;  // the latest of each class, and of each node
    std::vector<EvalPtr> duplicates_;
};

}  // namespace drover::server
