#pragma once
// How servers without a log become a cluster, once (bootstrap_expect). The N smallest ids that know each other are its
// first servers; the smallest of them proposes, each promises itself to one proposal only, and with all promises the
// proposal is a fact. Until then it may be given up, but only when every server of it says that it was not committed.
// Whoever is not among them waits until the cluster's leader adds it. docs/decisions/0010 says why it is safe.
//
// One loop. Made before the members start, for a server with a log, too: it answers what the others ask. The members
// outlive it and are stopped before it goes.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "raft/members.h"

namespace drover::raft {

struct BootstrapConfig {
    int64_t expect = 0;      // bootstrap_expect; 0: this server never bootstraps
    bool has_state = false;  // there is a log or a snapshot
    // Writes the configuration as entry 1 of an empty log; it lasts when this has ended. A failure ends the bootstrap.
    std::function<net::Task<Result<>>(BootProposal)> write;
};

class Bootstrap {
public:
    enum class Outcome {
        member,  // there is a log: of before, or written just now
        wait,    // the leader of the region's cluster will add this server
    };

    Bootstrap(Members& members, net::Loop& loop, Rng& rng, BootstrapConfig config);

    // Ends when this server knows what it is. Errors: the store or the log fails, or the cancellation's reason.
    net::Task<Result<Outcome>> run(net::CancelToken cancel);

    static constexpr Duration kLookEvery = milliseconds(500), kAskTimeout = seconds(2);
    // How long a promise stands before its server asks what became of it.
    static constexpr Duration kPatience = seconds(10);

private:
    struct Reply {
        BootServer server;
        Result<BootAnswer> answer = fail(Error::unavailable("unknown member"));
    };

    std::optional<BootProposal> promise() const;
    net::Task<Result<>> keep_promise(BootProposal proposal);
    net::Task<Result<>> drop_promise(BootProposal proposal);
    net::Task<Result<>> commit(BootProposal proposal);

    net::Task<Result<>> propose(net::CancelToken cancel);
    std::optional<std::vector<BootServer>> first_servers();
    net::Task<bool> nobody_objects(std::vector<BootServer> servers, net::CancelToken cancel);
    net::Task<Result<>> resolve(BootProposal proposal, net::CancelToken cancel);
    net::Task<std::vector<Reply>> ask_each(std::vector<BootServer> servers, BootAsk ask, net::CancelToken cancel);
    net::Task<> ask_one(BootAsk ask, net::Limit limit, Reply& reply);

    net::Task<BootAnswer> answer(BootAsk ask);
    net::Task<Result<>> make_promise(BootProposal proposal);
    BootStage stage_of(const BootProposal& proposal) const;
    Result<> may_promise(const BootProposal& proposal) const;
    BootServer own() const;
    void log_once(const std::string& message);

    Members& members_;
    net::Loop& loop_;
    Rng& rng_;
    BootstrapConfig config_;
    Logger log_{"bootstrap"};
    std::string last_logged_;

    std::string collecting_;  // the cluster of the proposal that this server collects promises for
    bool withdrawn_ = false;  // somebody was told that it is not committed, so that it must not be
    bool deciding_ = false;   // the log is being written
    bool resolving_ = false;
    std::optional<Duration> ask_at_;  // when to ask about the promise; none: at once
    std::optional<Error> failed_;     // of a commit that another server asked for
};

}  // namespace drover::raft
