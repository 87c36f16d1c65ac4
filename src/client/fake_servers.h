#pragma once
// Servers that live in the test: they hand out the allocations that the test puts up, and keep what the client reports.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "client/server_api.h"

namespace drover::client {

class FakeServers final : public ServerApi {
public:
    explicit FakeServers(net::Loop& loop) : loop_(loop), changed_(loop) {}

    void put(model::Allocation alloc) {
        alloc.AllocModifyIndex = alloc.ModifyIndex = ++index_;
        const std::string id = alloc.ID;
        allocs_[id] = std::make_shared<const model::Allocation>(std::move(alloc));
        changed_.notify();
    }
    void stop(const std::string& id) {
        model::Allocation alloc = *allocs_.at(id);
        alloc.DesiredStatus = "stop";
        put(std::move(alloc));
    }
    void forget(const std::string& id) {
        allocs_.erase(id);
        ++index_;
        changed_.notify();
    }

    // The server at which the polls hang ends.
    void lose_polls() {
        ++lost_;
        changed_.notify();
    }

    const model::Allocation* reported(const std::string& id) const {
        auto found = reported_.find(id);
        return found == reported_.end() ? nullptr : &found->second;
    }
    std::string status(const std::string& id) const { return reported(id) ? reported(id)->ClientStatus : ""; }
    std::vector<std::string> history(const std::string& id) const {
        auto found = history_.find(id);
        return found == history_.end() ? std::vector<std::string>{} : found->second;
    }
    // The types of a task's events.
    std::vector<std::string> events(const std::string& id, const std::string& task) const {
        std::vector<std::string> out;
        const auto* alloc = reported(id);
        const auto* state = alloc ? alloc->TaskStates.get(task) : nullptr;
        if (state) {
            for (const auto& event : state->Events) out.push_back(event.Type);
        }
        return out;
    }

    int registrations = 0, heartbeats = 0, batches = 0;
    bool forgot_node = false;
    bool unreachable = false;
    Duration takes;  // to answer a report

    net::Task<Result<model::NodeUpdateResponse>> register_node(model::NodeRegisterRequest request,
                                                               net::Limit) override {
        if (unreachable) co_return fail(Error::unavailable("no servers"));
        ++registrations;
        forgot_node = false;
        node = request.Node;
        model::NodeUpdateResponse out;
        out.HeartbeatTTL = seconds(10);
        co_return out;
    }
    net::Task<Result<model::NodeUpdateResponse>> update_status(model::NodeUpdateStatusRequest, net::Limit) override {
        if (unreachable) co_return fail(Error::unavailable("no servers"));
        if (forgot_node) co_return fail(Error::not_found("node not found"));
        ++heartbeats;
        model::NodeUpdateResponse out;
        out.HeartbeatTTL = seconds(10);
        co_return out;
    }
    net::Task<Result<model::NodeClientAllocsResponse>> get_client_allocs(model::NodeSpecificRequest request,
                                                                         net::Limit limit) override {
        while (unreachable || request.MinQueryIndex >= index_) {
            const int lost = lost_;
            auto waited = co_await changed_.wait(limit);
            if (!waited) co_return fail(waited.error());
            if (lost != lost_) co_return fail(Error::unavailable("EOF"));
        }
        model::NodeClientAllocsResponse out;
        out.Index = index_;
        for (const auto& [id, alloc] : allocs_) out.Allocs[id] = alloc->AllocModifyIndex;
        co_return out;
    }
    net::Task<Result<model::AllocsGetResponse>> get_allocs(model::AllocsGetRequest request, net::Limit) override {
        model::AllocsGetResponse out;
        for (const auto& id : request.AllocIDs) {
            if (allocs_.contains(id)) out.Allocs.push_back(allocs_[id]);
        }
        co_return out;
    }
    net::Task<Result<model::SingleAllocResponse>> get_alloc(model::AllocSpecificRequest request, net::Limit) override {
        model::SingleAllocResponse out;
        if (allocs_.contains(request.AllocID)) out.Alloc = allocs_[request.AllocID];
        co_return out;
    }
    net::Task<Result<model::GenericResponse>> update_allocs(model::AllocUpdateRequest request, net::Limit) override {
        if (unreachable) co_return fail(Error::unavailable("no servers"));
        ++batches;
        if (takes.ns > 0) (void)co_await loop_.sleep(takes, {});
        for (const auto& alloc : request.Alloc) {
            auto& history = history_[alloc->ID];
            if (history.empty() || history.back() != alloc->ClientStatus) history.push_back(alloc->ClientStatus);
            reported_[alloc->ID] = *alloc;
        }
        co_return model::GenericResponse{};
    }

    Shared<model::Node> node;

private:
    net::Loop& loop_;
    std::map<std::string, Shared<model::Allocation>> allocs_;
    std::map<std::string, model::Allocation> reported_;
    std::map<std::string, std::vector<std::string>> history_;
    uint64_t index_ = 1;
    int lost_ = 0;
    net::Notify changed_;
};

// A job of one group of one task, to be changed by the test, as an allocation.
struct TestJob {
    model::Job job;
    model::TaskGroup& group() { return job.TaskGroups.front(); }
    model::Task& task(size_t index = 0) { return group().Tasks[index]; }

    explicit TestJob(std::string type = "service", std::string driver = "mock_driver") {
        job.ID = job.Name = "example";
        job.Namespace = "default";
        job.Type = std::move(type);
        model::TaskGroup made;
        made.Name = "cache";
        model::RestartPolicy policy;
        policy.Attempts = 2;
        policy.Interval = minutes(30);
        policy.Delay = seconds(15);
        policy.Mode = "fail";
        made.RestartPolicy = policy;
        job.TaskGroups.push_back(std::move(made));
        add("web", std::move(driver));
    }

    model::Task& add(std::string name, std::string driver = "mock_driver") {
        model::Task made;
        made.Name = std::move(name);
        made.Driver = std::move(driver);
        made.KillTimeout = seconds(5);
        made.RestartPolicy = group().RestartPolicy;
        group().Tasks.push_back(std::move(made));
        return group().Tasks.back();
    }

    model::Allocation alloc(std::string id) const {
        model::Allocation out;
        out.ID = std::move(id);
        out.Namespace = "default";
        out.Name = "example.cache[0]";
        out.JobID = job.ID;
        out.Job = std::make_shared<const model::Job>(job);
        out.TaskGroup = "cache";
        out.DesiredStatus = "run";
        out.ClientStatus = "pending";
        return out;
    }
};

}  // namespace drover::client
