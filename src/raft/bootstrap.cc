#include "raft/bootstrap.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "base/uuid.h"
#include "codec/json.h"

namespace drover::raft {

using net::Limit;
using net::Task;

Bootstrap::Bootstrap(Members& members, net::Loop& loop, Rng& rng, BootstrapConfig config)
    : members_(members), loop_(loop), rng_(rng), config_(std::move(config)) {
    members_.answer_boot([this](BootAsk ask) { return answer(std::move(ask)); });
}

Task<Result<Bootstrap::Outcome>> Bootstrap::run(net::CancelToken cancel) {
    if (config_.has_state) {
        // The log was written, and the rest of the commit may be missing: one log has one proposal.
        if (std::optional<BootProposal> left = promise()) {
            if (Result<> done = co_await commit(*left); !done) co_return fail(done.error());
        }
        co_return Outcome::member;
    }
    for (;;) {
        if (failed_) co_return fail(*failed_);
        if (config_.has_state) co_return Outcome::member;
        Result<> step;
        if (std::optional<BootProposal> open = promise()) {
            const bool known = members_.cluster_of(members_.self().region()) == open->Cluster;
            if (known || !ask_at_ || loop_.now() >= *ask_at_) step = co_await resolve(std::move(*open), cancel);
        } else if (!members_.cluster_of(members_.self().region()).empty()) {
            co_return Outcome::wait;
        } else if (config_.expect > 0 && members_.asked_all()) {
            step = co_await propose(cancel);
        }
        if (!step) co_return fail(step.error());
        if (config_.has_state) continue;
        if (Result<> slept = co_await loop_.sleep(kLookEvery, cancel); !slept) co_return fail(slept.error());
    }
}

std::optional<BootProposal> Bootstrap::promise() const {
    const std::string& text = members_.memory().now().promise;
    if (text.empty()) return std::nullopt;
    Result<BootProposal> read = codec::from_json<BootProposal>(text);
    return read ? std::optional<BootProposal>(std::move(*read)) : std::nullopt;
}

// Only if there is none yet: two proposals may ask at the same time.
Task<Result<>> Bootstrap::keep_promise(BootProposal proposal) {
    const std::string text = codec::to_json(proposal);
    const auto edit = [text](Remembered& r) {
        if (r.promise.empty()) r.promise = text;
    };
    if (Result<> saved = co_await members_.memory().change(edit, Limit{}); !saved) co_return saved;
    if (members_.memory().now().promise != text) co_return fail(Error::conflict("promised to another proposal"));
    ask_at_ = loop_.now() + kPatience;
    co_return Result<>();
}

Task<Result<>> Bootstrap::drop_promise(BootProposal proposal) {
    const std::string text = codec::to_json(proposal);
    const auto edit = [text](Remembered& r) {
        if (r.promise == text) r.promise.clear();
    };
    ask_at_ = std::nullopt;
    co_return co_await members_.memory().change(edit, Limit{});
}

// Each step may be the last before a crash; run() goes on from what is there: with the log and the promise it does the
// rest again, with the promise alone it asks.
Task<Result<>> Bootstrap::commit(BootProposal proposal) {
    deciding_ = true;
    if (!config_.has_state) {
        if (Result<> written = co_await config_.write(proposal); !written) co_return written;
    }
    if (Result<> saved = co_await members_.set_cluster_id(proposal.Cluster); !saved) co_return saved;
    config_.has_state = true;
    deciding_ = false;
    log_.info("the cluster is bootstrapped", {{"cluster", proposal.Cluster}, {"servers", proposal.Servers.size()}});
    co_return co_await drop_promise(std::move(proposal));
}

BootServer Bootstrap::own() const { return {members_.self().id, members_.self().rpc_address()}; }

void Bootstrap::log_once(const std::string& message) {
    if (message == last_logged_) return;
    last_logged_ = message;
    log_.warn(message);
}

// The servers of the cluster to be, if they are all here.
std::optional<std::vector<BootServer>> Bootstrap::first_servers() {
    const std::string expect = std::to_string(config_.expect);
    std::vector<BootServer> ready{own()};
    for (const Member& member : members_.members()) {
        if (member.id == members_.self().id || member.region() != members_.self().region()) continue;
        if (gone(member.status)) continue;
        const std::string theirs = member.tag("expect");
        if (!theirs.empty() && theirs != expect) {
            log_once("servers do not agree on bootstrap_expect, so that none bootstraps: " + member.name + " has " +
                     theirs + ", this one has " + expect);
            return std::nullopt;
        }
        if (theirs == expect) ready.push_back({member.id, member.rpc_address()});
    }
    if (ready.size() < static_cast<size_t>(config_.expect)) return std::nullopt;
    std::sort(ready.begin(), ready.end(), [](const BootServer& a, const BootServer& b) { return a.ID < b.ID; });
    ready.resize(static_cast<size_t>(config_.expect));
    return ready;
}

Task<Result<>> Bootstrap::propose(net::CancelToken cancel) {
    std::optional<std::vector<BootServer>> servers = first_servers();
    if (!servers || servers->front().ID != members_.self().id) co_return Result<>();
    if (!co_await nobody_objects(*servers, cancel)) co_return Result<>();
    const BootProposal proposal{random_id(rng_), List<BootServer>(*servers)};
    collecting_ = proposal.Cluster;
    withdrawn_ = false;
    Result<> kept = co_await keep_promise(proposal);
    if (!kept) {
        collecting_.clear();
        // A promise to another server came first.
        co_return kept.error().code == ErrorCode::conflict ? Result<>() : kept;
    }
    const BootAsk ask{static_cast<uint8_t>(BootStep::promise), config_.expect, proposal};
    const std::vector<Reply> replies = co_await ask_each(*servers, ask, cancel);
    const bool all = std::all_of(replies.begin(), replies.end(),
                                 [](const Reply& reply) { return reply.answer && reply.answer->Accepted; });
    const bool withdrawn = withdrawn_;
    collecting_.clear();
    if (cancel.cancelled()) co_return cancel.check();
    if (!all || withdrawn) {
        ask_at_ = std::nullopt;
        co_return Result<>();
    }
    if (Result<> done = co_await commit(proposal); !done) co_return done;
    // Who does not hear it asks.
    const BootAsk told{static_cast<uint8_t>(BootStep::commit), config_.expect, proposal};
    co_await ask_each(*servers, told, cancel);
    co_return Result<>();
}

// Asks all servers of the region before anything is proposed.
Task<bool> Bootstrap::nobody_objects(std::vector<BootServer> servers, net::CancelToken cancel) {
    std::vector<BootServer> region;
    for (const Member& member : members_.members())
        if (member.region() == members_.self().region() && !gone(member.status)) region.push_back({member.id, {}});
    const BootAsk question{static_cast<uint8_t>(BootStep::ask), config_.expect, {}};
    for (const Reply& reply : co_await ask_each(std::move(region), question, cancel)) {
        const bool first = std::any_of(servers.begin(), servers.end(),
                                       [&](const BootServer& server) { return server.ID == reply.server.ID; });
        if (!reply.answer && first) co_return false;
        if (!reply.answer) continue;
        if (!reply.answer->Cluster.empty() || reply.answer->HasState) co_return false;
        if (first && (reply.answer->Expect != config_.expect || !reply.answer->Promised.empty())) co_return false;
    }
    co_return !cancel.cancelled();
}

// What became of a proposal that this server is bound to.
Task<Result<>> Bootstrap::resolve(BootProposal proposal, net::CancelToken cancel) {
    resolving_ = true;
    const BootAsk ask{static_cast<uint8_t>(BootStep::ask), config_.expect, proposal};
    const std::vector<Reply> replies =
        co_await ask_each({proposal.Servers.begin(), proposal.Servers.end()}, ask, cancel);
    resolving_ = false;
    if (cancel.cancelled()) co_return cancel.check();
    if (deciding_ || config_.has_state) co_return Result<>();
    std::vector<std::string> unsure;
    for (const Reply& reply : replies) {
        const BootStage stage = reply.answer ? static_cast<BootStage>(reply.answer->Stage) : BootStage::deciding;
        if (stage == BootStage::committed) co_return co_await commit(std::move(proposal));
        if (stage == BootStage::deciding) unsure.push_back(reply.server.ID + " (" + reply.server.Address + ")");
    }
    if (unsure.empty()) {
        log_.info("a proposal of a cluster is given up", {{"cluster", proposal.Cluster}});
        co_return co_await drop_promise(std::move(proposal));
    }
    log_once("this server is bound to a proposal of a cluster and cannot tell what became of it without " +
             drover::join(unsure, ", ") + "; if one of them is gone for ever, empty the data folders of all of them");
    co_return Result<>();
}

Task<std::vector<Bootstrap::Reply>> Bootstrap::ask_each(std::vector<BootServer> servers, BootAsk ask,
                                                        net::CancelToken cancel) {
    std::erase_if(servers, [&](const BootServer& server) { return server.ID == members_.self().id; });
    std::vector<Reply> replies;
    for (BootServer& server : servers) {
        replies.emplace_back();
        replies.back().server = std::move(server);
    }
    const Limit limit{loop_.in(kAskTimeout), cancel};
    net::TaskGroup asking(loop_, cancel);
    for (Reply& reply : replies) asking.spawn(ask_one(ask, limit, reply));
    co_await asking.join();
    co_return replies;
}

Task<> Bootstrap::ask_one(BootAsk ask, Limit limit, Reply& reply) {
    for (const Member& member : members_.members()) {
        if (member.id != reply.server.ID) continue;
        reply.answer = co_await members_.ask_boot(member, std::move(ask), limit);
        co_return;
    }
}

BootStage Bootstrap::stage_of(const BootProposal& proposal) const {
    if (proposal.Cluster.empty()) return BootStage::none;
    if (members_.cluster_id() == proposal.Cluster) return BootStage::committed;
    if (promise() != proposal) return BootStage::none;
    return deciding_ || config_.has_state ? BootStage::deciding : BootStage::promised;
}

Task<BootAnswer> Bootstrap::answer(BootAsk ask) {
    BootAnswer answer;
    answer.Accepted = true;
    Result<> done;
    switch (static_cast<BootStep>(ask.Step)) {
        case BootStep::ask:
            // Who is told that it is not committed may give it up: so it must not be committed any more.
            if (!deciding_ && collecting_ == ask.Proposal.Cluster) withdrawn_ = true;
            break;
        case BootStep::promise: done = co_await make_promise(ask.Proposal); break;
        case BootStep::commit:
            if (members_.cluster_id() == ask.Proposal.Cluster || deciding_) break;
            if (promise() != ask.Proposal) {
                done = fail(Error::conflict("not promised to this proposal"));
            } else if (done = co_await commit(ask.Proposal); !done) {
                failed_ = done.error();
            }
            break;
    }
    if (!done) {
        answer.Accepted = false;
        answer.Error = done.error().message;
    }
    const std::optional<BootProposal> bound = promise();
    answer.Cluster = members_.cluster_id();
    answer.HasState = config_.has_state;
    answer.Expect = config_.expect;
    answer.Stage = static_cast<uint8_t>(stage_of(ask.Proposal));
    answer.Promised = bound ? bound->Cluster : std::string();
    co_return answer;
}

Task<Result<>> Bootstrap::make_promise(BootProposal proposal) {
    if (Result<> may = may_promise(proposal); !may) co_return may;
    if (std::optional<BootProposal> bound = promise()) {
        if (*bound == proposal) co_return Result<>();
        ask_at_ = std::nullopt;  // the other proposal may be stuck: look now
        co_return fail(Error::conflict("promised to another proposal"));
    }
    co_return co_await keep_promise(std::move(proposal));
}

Result<> Bootstrap::may_promise(const BootProposal& proposal) const {
    const Member& self = members_.self();
    const std::string expect = std::to_string(config_.expect);
    if (config_.has_state || deciding_ || !members_.cluster_of(self.region()).empty())
        return fail(Error::conflict("there is a cluster already"));
    if (resolving_) return fail(Error::conflict("an earlier promise is being asked about"));
    if (!members_.asked_all()) return fail(Error::conflict("not every address was asked for a cluster yet"));
    if (proposal.Cluster.empty() || std::cmp_not_equal(proposal.Servers.size(), config_.expect))
        return fail(Error::conflict("this server expects " + expect + " servers"));
    const bool among = std::any_of(proposal.Servers.begin(), proposal.Servers.end(),
                                   [&](const BootServer& server) { return server.ID == self.id; });
    if (!among) return fail(Error::conflict("this server is not part of the proposal"));
    for (const Member& member : members_.members())
        if (member.region() == self.region() && !gone(member.status) && !member.tag("expect").empty() &&
            member.tag("expect") != expect)
            return fail(Error::conflict("servers do not agree on bootstrap_expect"));
    return {};
}

}  // namespace drover::raft
