// Changes of the configuration: one at a time, each an entry of the log, and only by a leader that has committed an
// entry of its own term.
#include <algorithm>

#include "base/assert.h"
#include "raft/log_core.h"

namespace drover::raft {
namespace {

constexpr Duration kSettleTimeout = seconds(10);
constexpr Duration kCatchUpTimeout = seconds(600);
constexpr Duration kTransferTimeout = seconds(5);
constexpr Duration kPoll = milliseconds(10);

net::Task<> deliver(net::Task<Result<>> change, std::function<void(Result<>)> done) {
    Result<> result = co_await std::move(change);
    done(std::move(result));
}

auto count_voters(const std::vector<Peer>& peers) {
    return std::count_if(peers.begin(), peers.end(), [](const Peer& p) { return p.suffrage == Suffrage::voter; });
}

auto find_peer(std::vector<Peer>& peers, const std::string& id) {
    return std::find_if(peers.begin(), peers.end(), [&](const Peer& peer) { return peer.id == id; });
}

}  // namespace

void LogCore::begin_change(net::Task<Result<>> (LogCore::*change)(Peer), Peer peer,
                           std::function<void(Result<>)> done) {
    if (stopping_) return done(fail(Error::canceled("the log has stopped")));
    if (!engine_ || !engine_->leads() || failed_) return done(fail(Error::internal("No cluster leader")));
    if (changing_) return done(fail(Error::conflict("another change of the servers is under way")));
    group_.spawn(deliver(run_change((this->*change)(std::move(peer))), std::move(done)));
}

net::Task<Result<>> LogCore::run_change(net::Task<Result<>> change) {
    changing_ = true;
    Result<> result = co_await wait_until_settled();
    if (result) result = co_await std::move(change);
    changing_ = false;
    settle();
    co_return result;
}

net::Task<Result<>> LogCore::wait_until_settled() {
    const net::Deadline deadline = parts_.loop.in(kSettleTimeout);
    while (engine_->leads()) {
        if (term_start_ != 0 && applied_ >= term_start_ && engine_->configuration_settled()) co_return Result<>{};
        if (parts_.loop.now() >= deadline.at) co_return fail(Error::timeout("the log does not settle"));
        if (auto slept = co_await parts_.loop.sleep(kPoll, group_.token()); !slept) co_return slept;
    }
    co_return fail(Error::internal("No cluster leader"));
}

net::Task<Result<>> LogCore::change_configuration(std::vector<Peer> peers) {
    {
        std::lock_guard lock(inbox_mutex_);
        if (closed_) co_return fail(Error::canceled("the log has stopped"));
    }
    auto bytes = std::make_shared<const std::string>(encode_configuration(peers));
    auto [promise, future] = net::make_promise<Result<>>(parts_.loop);
    const uint64_t index = last_index() + 1;
    pending_.push_back({index, engine_->term(), 0, [p = promise](Outcome outcome) mutable {
                            p.complete(outcome ? Result<>{} : fail(outcome.error()));
                        }});
    std::vector<LogEntry> entries;
    entries.push_back({0, RAFT_CHANGE, *bytes, bytes, nullptr});
    if (auto submitted = engine_->submit(std::move(entries)); !submitted) {
        drop_pending(index, submitted.error());
        co_return submitted;
    }
    settle();
    auto done = co_await future.wait({net::Deadline::never(), group_.token()});
    if (!done) co_return fail(done.error());
    co_return *done;
}

net::Task<Result<>> LogCore::add_peer(Peer peer) {
    std::vector<Peer> peers = engine_->configuration();
    auto found = find_peer(peers, peer.id);
    if (found != peers.end() && *found == peer) co_return Result<>{};
    const bool votes_already = found != peers.end() && found->suffrage == Suffrage::voter;
    // One that lost its vote would not stand for election, and might be the only one with the entry that says so: the
    // others could not be elected either.
    if (votes_already && peer.suffrage == Suffrage::nonvoter)
        co_return fail(Error::bad_request("a server keeps its vote until it is removed"));
    Peer first = peer;
    if (!votes_already) first.suffrage = Suffrage::nonvoter;
    const bool step = found == peers.end() || *found != first;
    if (found == peers.end()) {
        peers.push_back(first);
    } else {
        *found = first;
    }
    if (step) {
        if (auto changed = co_await change_configuration(peers); !changed) co_return changed;
    }
    if (peer.suffrage == first.suffrage) co_return Result<>{};
    // It votes once it has what is committed: else it would slow down or stop the others. The core's own way of
    // catching up does not end where nothing new is written.
    const uint64_t number = server_number(peer.id);
    const net::Deadline deadline = parts_.loop.in(kCatchUpTimeout);
    while (engine_->match_index(number) < engine_->commit_index()) {
        if (parts_.loop.now() >= deadline.at) co_return fail(Error::timeout("the server does not catch up"));
        if (auto slept = co_await parts_.loop.sleep(kPoll, group_.token()); !slept) co_return slept;
        if (!engine_->leads()) co_return fail(Error::internal("No cluster leader"));
    }
    peers = engine_->configuration();
    found = find_peer(peers, peer.id);
    if (found == peers.end()) co_return fail(Error::not_found("the server was removed meanwhile"));
    *found = peer;
    co_return co_await change_configuration(peers);
}

net::Task<Result<>> LogCore::remove_peer(Peer peer) {
    std::vector<Peer> peers = engine_->configuration();
    const auto found = find_peer(peers, peer.id);
    if (found == peers.end()) co_return fail(Error::not_found("no server with that identifier in the log"));
    const std::string address = found->address;
    if (found->suffrage == Suffrage::voter && count_voters(peers) == 1)
        co_return fail(Error::bad_request("the last voter cannot be removed"));
    // For the same reason as in add_peer().
    if (peer.id == config_.server_id)
        co_return fail(Error::bad_request("a leader does not remove itself: transfer the leadership first"));
    peers.erase(found);
    auto changed = co_await change_configuration(peers);
    if (!changed) co_return changed;
    const uint64_t number = server_number(peer.id);
    if (heard_.size() < 64) heard_[number] = address;
    answered_.erase(number);
    tell_removed(number);
    co_return Result<>{};
}

// A server that was removed does not hear of it by the log.
void LogCore::tell_removed(uint64_t server) {
    if (!engine_->leads() || !engine_->configuration_settled()) return;
    for (const Peer& peer : engine_->configuration()) {
        if (server_number(peer.id) == server) return;
    }
    send_frame(server, encode(Removed{committed_configuration_.index}));
}

net::Task<Result<>> LogCore::transfer(Peer peer) {
    const std::vector<Peer> peers = engine_->configuration();
    uint64_t target = 0, best = 0;
    for (const Peer& one : peers) {
        const uint64_t number = server_number(one.id);
        if (one.suffrage != Suffrage::voter || number == engine_->number()) continue;
        if (!peer.id.empty() && one.id != peer.id) continue;
        if (target == 0 || engine_->match_index(number) > best) target = number, best = engine_->match_index(number);
    }
    if (target == 0) {
        if (peer.id == config_.server_id) co_return Result<>{};
        co_return fail(Error::not_found("no other voter to transfer the leadership to"));
    }
    const net::Deadline deadline = parts_.loop.in(kTransferTimeout);
    const uint64_t term = engine_->term();
    transferring_ = true;  // nothing new is appended: the engine gives up a transfer while entries are on their way
    Result<> result = fail(Error::timeout("the leadership was not taken over"));
    bool asked = false;
    while (parts_.loop.now() < deadline.at) {
        if (!engine_->leads() || engine_->term() != term) {
            result = {};
            break;
        }
        if (!asked && engine_->match_index(target) == last_index() && engine_->commit_index() == last_index()) {
            if (auto begun = engine_->transfer(target); !begun) {
                result = begun;
                break;
            }
            asked = true;
        } else if (asked && engine_->transferee() == 0) {
            asked = false;
        }
        settle();
        if (auto slept = co_await parts_.loop.sleep(kPoll, group_.token()); !slept) break;
    }
    transferring_ = false;
    co_return result;
}

}  // namespace drover::raft
