#pragma once
// Launches periodic jobs when they are due. What was launched last is in the state, so that a new leader finds what was
// missed while nobody led: of several missed launches one is made. Leader only; lives on the server's loop.

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"
#include "net/loop.h"
#include "server/leader.h"

namespace drover::server {

class PeriodicDuty {
public:
    explicit PeriodicDuty(Leader& leader);

    // Started and stopped as often as the leadership changes.
    void start();
    net::Task<> stop();
    // Another state has taken the place of the one before.
    void restart();

    size_t tracked() const { return jobs_.size(); }

private:
    using Key = std::pair<std::string, std::string>;  // namespace and identifier
    struct Tracked {
        Time due;
        Time considered;  // the last time that was due, launched or not
        bool launching = false;
    };
    // What the apply thread tells the loop.
    struct Changes {
        std::mutex mutex;
        std::set<Key> jobs;
        bool follows = false;
    };
    static void note(Changes& changes, const state::View& before, const state::View& after);

    net::Task<> run();
    void follow();
    void track(const Key& key, const Shared<model::Job>& job);
    void schedule(const Key& key, const model::Job& job, Tracked tracked);
    void forget(const Key& key);
    void launch_due();
    bool overlaps(const model::Job& job, const Tracked& tracked) const;
    net::Task<> launch(Shared<model::Job> job, Time at);

    Leader& leader_;
    std::shared_ptr<Changes> changes_ = std::make_shared<Changes>();
    net::Notify changed_;
    std::unique_ptr<net::TaskGroup> group_;  // while running
    std::map<Key, Tracked> jobs_;
    std::set<std::pair<Time, Key>> order_;  // by when they are due
    Logger log_{"server.periodic"};
};

}  // namespace drover::server
