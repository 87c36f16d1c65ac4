// How the client keeps in contact with the servers, and what it does when it has lost it.

#include <algorithm>

#include "client/client.h"
#include "model/alloc_rules.h"
#include "model/status.h"

namespace drover::client {
namespace {

constexpr Duration kRegisterRetry = seconds(15);
constexpr Duration kFirstContact = seconds(50);  // for the servers to be found after a start

// How long the allocation may run without contact.
std::optional<Duration> limit_without_contact(const AllocRunner& runner) {
    if (runner.finished() || model::server_terminal(runner.alloc())) return std::nullopt;
    const auto* group = model::maybe_group_of(runner.alloc());
    if (!group || !group->Disconnect || !group->Disconnect->StopOnClientAfter) return std::nullopt;
    return *group->Disconnect->StopOnClientAfter;
}

}  // namespace

// Registers until it has worked, then beats; and starts over when the servers have forgotten the node.
net::Task<> Client::keep_registered() {
    while (!group_.token().cancelled()) {
        if (!registered_.is_set()) {
            if (!co_await register_once()) {
                (void)co_await context_.loop.sleep(retry(kRegisterRetry), group_.token());
                continue;
            }
        }
        const bool alive = co_await heartbeat();
        const Duration wait = alive ? heartbeat_ttl_ : retry(seconds(1));
        (void)co_await reregister_.wait({context_.loop.in(wait), group_.token()});
    }
}

net::Task<bool> Client::register_once() {
    auto request = make_request<model::NodeRegisterRequest>();
    request.Node = context_.node;
    auto response = co_await servers_.register_node(std::move(request), soon());
    if (!response) {
        if (!group_.token().cancelled()) log_.error("cannot register", {{"error", response.error().message}});
        co_return false;
    }
    model::Node node = *context_.node;
    node.Status = "ready";
    context_.node = std::make_shared<const model::Node>(std::move(node));
    take_node_response(*response);
    note_contact();
    log_.info("node registered", {{"node_id", identity_.id}});
    registered_.set();
    co_return true;
}

net::Task<bool> Client::heartbeat() {
    auto request = make_request<model::NodeUpdateStatusRequest>();
    request.NodeID = identity_.id;
    request.Status = "ready";
    auto response = co_await servers_.update_status(std::move(request), soon());
    if (response) {
        take_node_response(*response);
        last_heartbeat_ = context_.now();
        note_contact();
        co_return true;
    }
    if (group_.token().cancelled()) co_return false;
    log_.warn("heartbeat failed", {{"error", response.error().message}});
    if (response.error().message.find("node not found") != std::string::npos) registered_.reset();
    co_return false;
}

void Client::take_node_response(const model::NodeUpdateResponse& response) {
    if (response.HeartbeatTTL.ns > 0) heartbeat_ttl_ = response.HeartbeatTTL;
    if (response.SchedulingEligibility.empty() ||
        response.SchedulingEligibility == context_.node->SchedulingEligibility) {
        return;
    }
    model::Node node = *context_.node;
    node.SchedulingEligibility = response.SchedulingEligibility;
    context_.node = std::make_shared<const model::Node>(std::move(node));
}

// The first one sets the limits anew; later ones only put them off.
void Client::note_contact() {
    if (!contact_) contact_limits_.notify();
    contact_ = context_.loop.now();
}

// Allocations that must not run on without the servers' knowledge are stopped when the contact has been lost for so
// long. They stay stopped: the servers have let others take their place by then.
net::Task<> Client::stop_cut_off() {
    const Duration started = context_.loop.now();
    while (!group_.token().cancelled()) {
        auto next = net::Deadline::never();
        for (auto& [id, entry] : allocs_) {
            const auto limit = entry.going ? std::nullopt : limit_without_contact(*entry.runner);
            if (!limit) continue;
            const Duration from = std::max(contact_.value_or(started), entry.since);  // whoever brings one is there
            const Duration span = contact_ || entry.since.ns != 0 ? *limit : kFirstContact;
            const net::Deadline until{from + std::min(span, Duration{INT64_MAX} - from)};
            if (context_.loop.now() < until.at) {
                next = std::min(next, until);
                continue;
            }
            log_.warn("stopping an allocation: the servers are out of reach", {{"alloc_id", id}});
            model::Allocation stopped = entry.runner->alloc();
            stopped.DesiredStatus = model::kAllocDesiredStop;
            entry.runner->update(std::make_shared<const model::Allocation>(std::move(stopped)));
        }
        (void)co_await contact_limits_.wait({next, group_.token()});
    }
}

}  // namespace drover::client
