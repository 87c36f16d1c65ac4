// What the client and the servers tell each other.

#include <algorithm>

#include "base/strings.h"
#include "base/uuid.h"
#include "client/client.h"
#include "model/alloc_rules.h"

namespace drover::client {
namespace {

constexpr Duration kWatchRetry = seconds(30);
constexpr Duration kMissingRetry = seconds(2);  // an allocation that should be there was not answered
constexpr Duration kUpdateRetry = seconds(5);
constexpr Duration kPollTime = minutes(5);
constexpr Duration kPollSlack = seconds(30);
constexpr Duration kUrgentGapLeast = milliseconds(10);  // between batches with a changed status:
constexpr int64_t kGapPerAnswer = 20;                   // so many times what the servers took,
constexpr Duration kUrgentGapMost = milliseconds(200);  // and this at most
constexpr Duration kIdleGap = seconds(1);               // between others
constexpr Duration kSettleGap = milliseconds(200);      // before others
constexpr size_t kMaxBatch = 4096;

bool mentions(const Error& error, std::string_view text) { return error.message.find(text) != std::string::npos; }

bool same(const model::Allocation& a, const model::Allocation& b) {
    return codec::equal(codec::type_of<model::Allocation>(), &a, &b);
}

}  // namespace

net::Task<> Client::watch_allocs() {
    uint64_t index = 0;
    bool at_once = false;  // this is asked after a failure, without a pause
    while (!group_.token().cancelled()) {
        if (auto ready = co_await registered_.wait({net::Deadline::never(), group_.token()}); !ready) co_return;
        const Duration began = context_.loop.now();
        auto seen = co_await pull(index);
        if (seen) {
            at_once = false;
            // An index that goes back means that the servers were restored: start over.
            index = *seen < index ? 0 : std::max<uint64_t>(*seen, 1);
            continue;
        }
        if (group_.token().cancelled()) co_return;
        log_.error("cannot learn what should run here", {{"error", seen.error().message}});
        if (mentions(seen.error(), "node secret ID does not match") || mentions(seen.error(), "node not found")) {
            registered_.reset();
            reregister_.notify();
        }
        // A server that ends takes the polls along that hang at it: the others are asked before there is a pause.
        at_once = !at_once || context_.loop.now() - began >= kWatchRetry;
        if (!at_once) (void)co_await context_.loop.sleep(retry(kWatchRetry), group_.token());
    }
}

// One long poll, and what follows from it.
net::Task<Result<uint64_t>> Client::pull(uint64_t index) {
    auto request = make_request<model::NodeSpecificRequest>();
    request.NodeID = identity_.id;
    request.SecretID = identity_.secret;
    request.AllowStale = index > 0;
    request.MinQueryIndex = index;
    request.MaxQueryTime = kPollTime;
    const net::Limit limit{context_.loop.in(kPollTime + kPollSlack), group_.token()};
    auto response = co_await servers_.get_client_allocs(std::move(request), limit);
    if (!response) co_return fail(response.error());
    auto taken = co_await take(response->Allocs);
    if (!taken) co_return fail(taken.error());
    if (!context_.servers_contacted.is_set()) {
        context_.servers_contacted.set();
        updates_.notify();
    }
    co_return response->Index;
}

// Brings what runs here in line with what should: id -> version.
net::Task<Result<>> Client::take(const Map<uint64_t>& wanted) {
    std::vector<std::string> gone;
    for (const auto& [id, entry] : allocs_) {
        if (!wanted.contains(id) && !entry.going) gone.push_back(id);
    }
    for (const auto& id : gone) group_.spawn(destroy(id));
    std::erase_if(over_, [&](const auto& one) { return !wanted.contains(one.first); });
    std::erase_if(refused_, [&](const auto& id) { return !wanted.contains(id); });

    auto request = make_request<model::AllocsGetRequest>();
    request.AllowStale = true;
    uint64_t newest = 0;
    for (const auto& [id, version] : wanted) {
        const auto known = allocs_.find(id);
        const auto past = over_.find(id);
        if (refused_.contains(id) || (past != over_.end() && past->second >= version)) continue;
        if (known != allocs_.end() && known->second.modify_index >= version) continue;
        request.AllocIDs.push_back(id);
        newest = std::max(newest, version);
    }
    if (request.AllocIDs.empty()) co_return Result<>{};
    request.MinQueryIndex = newest - 1;
    const size_t asked = request.AllocIDs.size();
    auto response = co_await servers_.get_allocs(std::move(request), soon());
    if (!response) co_return fail(response.error());
    for (const auto& alloc : response->Allocs) {
        if (!alloc) continue;
        auto known = allocs_.find(alloc->ID);
        if (known == allocs_.end()) {
            add(alloc);
        } else if (alloc->AllocModifyIndex > known->second.modify_index && !known->second.going) {
            known->second.modify_index = alloc->AllocModifyIndex;
            known->second.runner->update(alloc);
            contact_limits_.notify();
        }
    }
    if (response->Allocs.size() < asked) {
        (void)co_await context_.loop.sleep(retry(kMissingRetry), group_.token());
        co_return fail(Error::unavailable("the servers did not send every allocation that they named"));
    }
    co_return Result<>{};
}

void Client::add(Shared<model::Allocation> alloc) {
    if (model::client_terminal(*alloc)) {
        over_[alloc->ID] = alloc->AllocModifyIndex;
        return;
    }
    std::string problem;
    if (!is_uuid(alloc->ID)) problem = "allocation has no valid identifier";
    if (!model::maybe_group_of(*alloc)) problem = "task group " + quote(alloc->TaskGroup) + " is not in the job";
    if (auto stored = problem.empty() ? store_->put_alloc(*alloc) : Result<>{}; !stored)
        problem = stored.error().message;
    if (!problem.empty()) {
        model::Allocation refusal;
        refusal.ID = alloc->ID;
        refusal.NodeID = identity_.id;
        refusal.ClientStatus = "failed";
        refusal.ClientDescription = "Unable to add allocation due to error: " + problem;
        if (!alloc->DeploymentID.empty()) {
            refusal.DeploymentStatus.make().Healthy = false;
            refusal.DeploymentStatus->Timestamp = context_.now();
        }
        refusals_[alloc->ID] = std::move(refusal);
        refused_.insert(alloc->ID);
        updates_.notify();
        return;
    }
    Entry& entry = allocs_[alloc->ID];
    contact_limits_.notify();
    entry.since = context_.loop.now();
    entry.modify_index = alloc->AllocModifyIndex;
    entry.runner = std::make_unique<AllocRunner>(
        context_, std::move(alloc), [this](AllocRunner& runner) { changed(runner); }, group_.token());
    start(entry);
    if (static_cast<int64_t>(allocs_.size()) > config_.gc_max_allocs) collect_now_.notify();
}

void Client::changed(AllocRunner& runner) {
    dirty_.insert(runner.id());
    auto found = allocs_.find(runner.id());
    if (found != allocs_.end() && urgent(found->second)) urgent_ = true;
    updates_.notify();
    if (runner.finished()) collect_now_.notify();
}

// A status that the servers do not know yet cannot wait; a new event can.
bool Client::urgent(const Entry& entry) const {
    if (!entry.runner) return false;
    const auto& known = entry.acknowledged;
    if (entry.runner->status() != (known ? std::string_view(known->ClientStatus) : "pending")) return true;
    const bool health_known = known && known->DeploymentStatus && known->DeploymentStatus->Healthy;
    return entry.runner->health() && entry.runner->health()->Healthy && !health_known;
}

net::Task<> Client::send_updates() {
    if (auto ready = co_await context_.servers_contacted.wait({net::Deadline::never(), group_.token()}); !ready)
        co_return;
    net::Deadline urgent_from{}, idle_from{};
    urgent_from.at = idle_from.at = context_.loop.now();
    while (!group_.token().cancelled()) {
        if (dirty_.empty() && refusals_.empty()) {
            if (auto woken = co_await updates_.wait({net::Deadline::never(), group_.token()}); !woken) co_return;
            // What is no change of status soon is followed by one, as a task that is set up starts.
            idle_from.at = std::max(idle_from.at, context_.loop.in(kSettleGap).at);
            continue;
        }
        const bool cannot_wait = urgent_ || !refusals_.empty();
        const net::Deadline from = cannot_wait ? urgent_from : idle_from;
        if (context_.loop.now() < from.at) {
            (void)co_await updates_.wait({from, group_.token()});
            continue;
        }
        // What happens in the same turn of the loop goes together.
        co_await context_.loop.yield();
        const Duration began = context_.loop.now();
        if (!co_await send_batch()) (void)co_await context_.loop.sleep(retry(kUpdateRetry), group_.token());
        // Servers that answer at once may be told at once again; the longer they take, the more goes together.
        const Duration gap = std::clamp((context_.loop.now() - began) * kGapPerAnswer, kUrgentGapLeast, kUrgentGapMost);
        if (cannot_wait) urgent_from = context_.loop.in(gap);
        idle_from = context_.loop.in(kIdleGap);
    }
}

net::Task<bool> Client::send_batch() {
    auto request = make_request<model::AllocUpdateRequest>();
    std::map<std::string, model::Allocation> sent;
    urgent_ = false;
    while (!dirty_.empty() && sent.size() < kMaxBatch) {
        const std::string id = *dirty_.begin();
        dirty_.erase(dirty_.begin());
        auto found = allocs_.find(id);
        if (found == allocs_.end()) continue;
        auto state = found->second.runner->client_state();
        if (found->second.acknowledged && same(*found->second.acknowledged, state)) continue;
        sent[id] = std::move(state);
    }
    const auto refusals = refusals_;
    for (const auto& [id, state] : refusals) sent[id] = state;
    if (sent.empty()) co_return true;
    for (const auto& [id, state] : sent) request.Alloc.push_back(std::make_shared<const model::Allocation>(state));
    auto response = co_await servers_.update_allocs(std::move(request), soon());
    if (!response) {
        if (!group_.token().cancelled()) log_.error("cannot report states", {{"error", response.error().message}});
        for (const auto& [id, state] : sent) {
            if (allocs_.contains(id)) dirty_.insert(id);
        }
        urgent_ = true;
        co_return false;
    }
    for (auto& [id, state] : sent) {
        refusals_.erase(id);
        auto found = allocs_.find(id);
        if (found == allocs_.end()) continue;
        found->second.acknowledged = std::move(state);
        if (urgent(found->second)) urgent_ = true;  // it has gone on while we told
    }
    if (!dirty_.empty()) updates_.notify();
    if (too_much_kept()) collect_now_.notify();
    co_return true;
}

}  // namespace drover::client
