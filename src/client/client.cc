#include "client/client.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>

#include "base/strings.h"
#include "base/uuid.h"
#include "model/alloc_rules.h"

namespace drover::client {
namespace {

Result<> make_directory(const std::string& path, mode_t mode) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return fail(Error::internal("cannot make " + path + ": " + error.message()));
    ::chmod(path.c_str(), mode);
    return {};
}

double used_percent(uint64_t total, uint64_t free) {
    return total == 0 ? 0 : 100.0 * static_cast<double>(total - free) / static_cast<double>(total);
}

}  // namespace

Client::Client(ClientConfig config, ServerApi& servers, driver::Drivers drivers, std::unique_ptr<StateStore> store,
               net::Loop& loop, Rng& rng)
    : config_(std::move(config)),
      servers_(servers),
      drivers_(std::move(drivers)),
      store_(std::move(store)),
      rng_(rng),
      log_("client"),
      context_{.loop = loop,
               .rng = rng,
               .config = config_,
               .drivers = drivers_,
               .store = *store_,
               .node = nullptr,
               .servers_contacted = net::Event(loop)},
      group_(loop),
      registered_(loop),
      updates_(loop),
      collect_now_(loop),
      reregister_(loop),
      contact_limits_(loop) {}

Client::~Client() = default;

Result<> Client::make_directories() {
    if (auto made = make_directory(config_.state_dir, 0700); !made) return made;
    return make_directory(config_.alloc_dir, 0711);
}

Result<> Client::prepare() {
    if (auto made = make_directories(); !made) return made;
    auto identity = node_identity(config_, rng_);
    if (!identity) return fail(identity.error());
    identity_ = *identity;
    auto node = fingerprint(config_, identity_, drivers_, context_.now());
    if (!node) return fail(node.error());
    context_.node = std::make_shared<const model::Node>(std::move(*node));
    return restore();
}

// Allocations of an earlier agent. What cannot be read costs one allocation, not the agent.
Result<> Client::restore() {
    std::vector<std::string> damaged;
    auto stored = store_->load(damaged);
    if (!stored)
        return fail(
            stored.error().wrapped("state in " + config_.state_dir + ", allocations in " + config_.alloc_dir + ": "));
    for (const auto& id : damaged) {
        log_.error("an allocation's state cannot be read and is forgotten", {{"alloc_id", id}});
        (void)store_->remove_alloc(id);
    }
    for (auto& one : *stored) {
        const std::string id = one.alloc.ID;
        auto alloc = std::make_shared<const model::Allocation>(one.alloc);
        if (one.tasks.empty() || !model::maybe_group_of(*alloc)) {
            (void)store_->remove_alloc(id);
            continue;
        }
        Entry& entry = allocs_[id];
        entry.runner = std::make_unique<AllocRunner>(
            context_, alloc, [this](AllocRunner& runner) { changed(runner); }, group_.token());
        entry.modify_index = alloc->AllocModifyIndex;
        entry.runner->restore(std::move(one));
    }
    return {};
}

net::Task<> Client::run() {
    for (auto& [id, entry] : allocs_) start(entry);
    group_.spawn(keep_registered());
    group_.spawn(stop_cut_off());
    group_.spawn(watch_allocs());
    group_.spawn(send_updates());
    group_.spawn(collect_garbage());
    co_await group_.join();
}

net::Task<> Client::stop(bool end_allocations) {
    if (end_allocations || config_.dev_mode) {
        net::TaskGroup ends(context_.loop);
        std::vector<std::string> ids;
        for (const auto& [id, entry] : allocs_) ids.push_back(id);
        for (const auto& id : ids) ends.spawn(destroy(id));
        co_await ends.join();
    }
    group_.cancel(Error::canceled("the client stops"));
    // What is being destroyed ends in the group.
    std::vector<AllocRunner*> staying;
    for (auto& [id, entry] : allocs_) {
        if (!std::exchange(entry.going, true)) staying.push_back(entry.runner.get());
    }
    for (AllocRunner* runner : staying) co_await runner->join();
}

void Client::start(Entry& entry) { group_.spawn(run_alloc(*entry.runner)); }

net::Task<> Client::run_alloc(AllocRunner& runner) {
    co_await runner.run([this, &runner](net::CancelToken cancel) { return await_previous(runner, std::move(cancel)); });
}

// An allocation that takes the place of others here starts when they have ended, and takes over what they kept for it.
net::Task<> Client::await_previous(AllocRunner& runner, net::CancelToken cancel) {
    std::vector<std::string> before(runner.alloc().PreemptedAllocations.begin(),
                                    runner.alloc().PreemptedAllocations.end());
    if (!runner.alloc().PreviousAllocation.empty()) before.push_back(runner.alloc().PreviousAllocation);
    for (const auto& id : before) {
        auto found = allocs_.find(id);
        if (found != allocs_.end()) co_await found->second.runner->wait_finished(cancel);
    }
    const auto* group = model::maybe_group_of(runner.alloc());
    const auto previous = allocs_.find(runner.alloc().PreviousAllocation);
    const bool sticky = group && group->EphemeralDisk && group->EphemeralDisk->Sticky;
    if (!sticky || previous == allocs_.end() || cancel.cancelled()) co_return;
    if (auto moved = runner.take_over(*previous->second.runner); !moved) {
        log_.warn("the previous allocation's data could not be taken over",
                  {{"alloc_id", runner.id()}, {"error", moved.error().message}});
    }
}

Result<AllocRunner*> Client::find(const std::string& alloc_id) {
    auto found = allocs_.find(alloc_id);
    if (found == allocs_.end() || found->second.going) {
        return fail(Error::not_found("Unknown allocation " + quote(alloc_id)));
    }
    return found->second.runner.get();
}

std::vector<const AllocRunner*> Client::allocations() const {
    std::vector<const AllocRunner*> out;
    for (const auto& [id, entry] : allocs_) out.push_back(entry.runner.get());
    return out;
}

net::Task<Result<>> Client::restart(std::string alloc_id, std::string task, bool all_tasks) {
    auto runner = find(alloc_id);
    if (!runner) co_return fail(runner.error());
    if (all_tasks && !task.empty()) {
        co_return fail(Error::internal("task name cannot be set when restarting all tasks"));
    }
    if (all_tasks) co_return co_await (*runner)->restart_all();
    co_return co_await (*runner)->restart(std::move(task));
}

net::Task<Result<>> Client::signal(std::string alloc_id, std::string task, std::string signal) {
    auto runner = find(alloc_id);
    if (!runner) co_return fail(runner.error());
    co_return co_await (*runner)->signal(std::move(task), std::move(signal));
}

Result<model::AllocResourceUsage> Client::usage(const std::string& alloc_id, const std::string& task) {
    auto runner = find(alloc_id);
    if (!runner) return fail(runner.error());
    return (*runner)->usage(task);
}

Result<List<model::AllocFileInfo>> Client::list_files(const std::string& alloc_id, const std::string& path) {
    auto runner = find(alloc_id);
    if (!runner) return fail(runner.error());
    return client::list_files((*runner)->directory().root(), path);
}

Result<model::AllocFileInfo> Client::stat_file(const std::string& alloc_id, const std::string& path) {
    auto runner = find(alloc_id);
    if (!runner) return fail(runner.error());
    return client::stat_file((*runner)->directory().root(), path);
}

Result<std::unique_ptr<FrameSource>> Client::stream_file(const std::string& alloc_id, FileStreamRequest request) {
    auto runner = find(alloc_id);
    if (!runner) return fail(runner.error());
    request.root = (*runner)->directory().root();
    return client::stream_file(context_.loop, std::move(request));
}

Result<std::unique_ptr<FrameSource>> Client::stream_logs(const std::string& alloc_id, LogStreamRequest request) {
    auto runner = find(alloc_id);
    if (!runner) return fail(runner.error());
    const TaskRunner* task = (*runner)->task(request.task);
    if (!task) return fail(Error::bad_request("unknown task name " + quote(request.task)));
    if (task->state().StartedAt.is_zero()) {
        return fail(Error::not_found("task " + quote(request.task) + " not started yet. No logs available"));
    }
    request.root = (*runner)->directory().root();
    request.task_ended = [this, alloc_id, name = request.task] {
        auto still = find(alloc_id);
        const TaskRunner* its = still ? (*still)->task(name) : nullptr;
        return !its || its->dead();
    };
    return client::stream_logs(context_.loop, std::move(request));
}

net::Task<> Client::destroy(std::string alloc_id) {
    auto found = allocs_.find(alloc_id);
    if (found == allocs_.end() || std::exchange(found->second.going, true)) co_return;
    co_await found->second.runner->destroy();
    over_[alloc_id] = found->second.modify_index;
    dirty_.erase(alloc_id);
    allocs_.erase(alloc_id);
}

net::Task<Result<>> Client::collect(std::string alloc_id) {
    auto runner = find(alloc_id);
    if (!runner) co_return fail(runner.error());
    if (!(*runner)->finished()) co_return fail(Error::bad_request("alloc is not eligible for garbage collection"));
    co_await destroy(alloc_id);
    co_return Result<>{};
}

net::Task<> Client::collect_all() {
    for (std::string id = oldest_over(); !id.empty(); id = oldest_over()) co_await destroy(id);
}

// The one that has been over the longest, of those whose end the servers know.
std::string Client::oldest_over() const {
    std::string oldest;
    Time since;
    for (const auto& [id, entry] : allocs_) {
        const bool known = entry.acknowledged && model::client_terminal(*entry.acknowledged);
        if (!entry.runner->finished() || entry.going || !known) continue;
        if (!oldest.empty() && entry.runner->finished_at() >= since) continue;
        oldest = id;
        since = entry.runner->finished_at();
    }
    return oldest;
}

bool Client::too_much_kept() const {
    if (static_cast<int64_t>(allocs_.size()) > config_.gc_max_allocs) return true;
    struct statvfs space{};
    if (::statvfs(config_.alloc_dir.c_str(), &space) != 0) return false;
    return used_percent(space.f_blocks, space.f_bavail) > config_.gc_disk_usage_threshold ||
           used_percent(space.f_files, space.f_favail) > config_.gc_inode_usage_threshold;
}

net::Task<> Client::collect_garbage() {
    while (!group_.token().cancelled()) {
        (void)co_await collect_now_.wait({context_.loop.in(config_.gc_interval), group_.token()});
        while (!group_.token().cancelled() && too_much_kept()) {
            const std::string id = oldest_over();
            if (id.empty()) break;
            log_.debug("garbage collecting an allocation", {{"alloc_id", id}});
            co_await destroy(id);
        }
    }
}

}  // namespace drover::client
