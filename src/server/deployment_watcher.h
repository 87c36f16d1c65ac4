#pragma once
// Follows the deployments that are under way and does what nobody asks for by hand: fails them (and takes their jobs
// back), promotes them, lets unhealthy allocations be replaced, has jobs evaluated. What to do is scheduler's
// judge_deployment. Leader only; lives on the server's loop.
//
// A deployment is looked at when it changed, or when a deadline has come; the larger it is, the less often, a second
// apart at most. Evaluations go out in batches a second apart, the first at once.

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"
#include "net/loop.h"
#include "scheduler/deployment_rules.h"
#include "server/leader.h"

namespace drover::server {

// What the rules are to know of a deployment. `looked_at` counts the rows that were read for it.
scheduler::DeploymentFacts deployment_facts(const state::View& view, const model::Deployment& deployment,
                                            size_t& looked_at);

class DeploymentWatcher {
public:
    // Observes the leader's store for as long as that publishes.
    explicit DeploymentWatcher(Leader& leader);
    DeploymentWatcher(const DeploymentWatcher&) = delete;

    // Started and stopped as often as the leadership changes.
    void start();
    net::Task<> stop();

private:
    // What changed since it was last asked. Filled on the apply thread.
    struct Changes {
        std::mutex mutex;
        bool running = false;
        bool all = false;  // everything is to be looked at: a new leader, or another state
        std::set<std::string> ids;
    };
    struct Watched {
        Duration due;         // when it is looked at next, by the loop's clock
        Duration not_before;  // however often it changes
    };

    void published(const state::View& before, const state::View& after);
    net::Task<> run();
    void take_changes();
    void look_at(const std::string& id, Duration at);
    net::Task<> look(std::string id);
    void add_to_batch(const state::View& view, const model::Deployment& deployment,
                      const scheduler::DeploymentStep& step);
    net::Task<> send_batch();
    net::Task<> carry_out(std::string id, state::Command command);

    Leader& leader_;
    net::Notify wake_;
    Changes changes_;
    std::unique_ptr<net::TaskGroup> group_;  // while running
    std::map<std::string, Watched> watched_;
    std::set<std::pair<Duration, std::string>> queue_;        // of those that are due at some time
    Map<model::DesiredTransition> marks_;                     // these two are the batch
    std::map<std::string, Shared<model::Evaluation>> evals_;  // by deployment
    Duration next_batch_;
    Logger log_{"server.deployments"};
};

}  // namespace drover::server
