// Whole servers: log, store, broker, workers, plan applier, heartbeats and autopilot of three servers, with nodes that
// register, beat and run what they are given, and jobs that are registered and stopped, all at servers picked by
// chance. The servers find each other and make their cluster themselves. Leaders crash, networks are cut, disks lose
// what was not synced, are slow, full, broken and damaged, clocks are set. What must hold: one leader in a term,
// acknowledged jobs are everywhere, stores are equal at equal index, every evaluation ends, and each job has the
// allocations that it asks for.

#include <map>
#include <memory>
#include <vector>

#include "base/uuid.h"
#include "lockstep.h"
#include "model/rpc_alloc.h"
#include "model/rpc_job.h"
#include "model/rpc_node.h"
#include "server/archive.h"
#include "server/server.h"
#include "sim_disk.h"
#include "world.h"

namespace drover::sim {
namespace {

constexpr size_t kServers = 3, kNodes = 4, kMaxJobs = 40;
constexpr Duration kStep = milliseconds(20);
constexpr Duration kStorm = seconds(40), kCalm = minutes(12);
constexpr Duration kBeat = seconds(3);

struct SimServer {
    std::string id, ip;
    std::unique_ptr<SimDisk> disk;
    std::unique_ptr<SetClock> clock;
    std::unique_ptr<net::Network> network;
    std::unique_ptr<raft::ApplyWorker> worker;
    std::unique_ptr<server::Server> server;
    std::unique_ptr<net::TaskGroup> calls;  // that clients have here
    uint64_t life = 0, compared = 0;        // the index at which its store was compared
    bool failed = false;
    Duration back_at;

    bool up() const { return server != nullptr; }
};

struct SimNode {
    std::string id, secret, name;
    bool registered = false, busy = false;
    Duration next_beat;
};

struct SimJob {
    std::string id;
    int64_t count = 1;
    bool registered = false, stop_asked = false, stopped = false, busy = false;  // as acknowledged
};

class ServerRound {
public:
    explicit ServerRound(const RoundConfig& config);
    uint64_t run();

private:
    void start(SimServer& server);
    void stop(SimServer& server, bool crash);
    SimServer* any_up();
    SimServer* leader();
    void spawn(SimServer& at, net::Task<> task) { at.calls->spawn(std::move(task)); }
    void use();
    void trouble();
    void set_a_clock();
    bool may_damage(const SimServer& server) const;
    uint64_t lag(const SimServer& server) const;
    void bring_back(bool all);
    void step(bool calm);
    net::Task<> beat(SimServer* at, SimNode* node);
    net::Task<> run_allocs(SimServer* at, SimNode* node, net::CancelToken cancel);
    net::Task<> register_job(SimServer* at, SimJob* job);
    net::Task<> stop_job(SimServer* at, SimJob* job);
    void watch();
    void compare_stores();
    std::string unfinished();
    std::string unfinished_at(const SimServer& server);

    World world_;
    std::vector<std::unique_ptr<SimServer>> servers_;
    std::vector<std::string> ips_;
    std::vector<std::unique_ptr<SimNode>> nodes_;
    std::vector<std::unique_ptr<SimJob>> jobs_;
    std::map<uint64_t, std::string> leaders_;   // by term
    std::map<uint64_t, uint64_t> stores_;       // hash by index
    uint64_t crashes_, cuts_, disks_, clocks_;  // chances per mille and step
};

ServerRound::ServerRound(const RoundConfig& config) : world_(config) {
    world_.loop.use_threads();
    enable_lockstep([this](std::function<void()> call) { world_.loop.post(std::move(call)); });
    for (size_t i = 0; i < kServers; ++i) {
        auto server = std::make_unique<SimServer>();
        server->ip = ip_of(i);
        server->id = id_of(i);
        server->disk = std::make_unique<SimDisk>(world_, server->ip);
        server->clock = std::make_unique<SetClock>(world_.loop.clock());
        server->network = world_.network.host(server->ip);
        server->worker = raft::make_apply_on(world_.loop);
        ips_.push_back(server->ip);
        servers_.push_back(std::move(server));
    }
    for (size_t i = 0; i < kNodes; ++i) {
        auto node = std::make_unique<SimNode>();
        node->id = random_id(world_.chance);
        node->secret = random_id(world_.chance);
        node->name = "node-" + std::to_string(i);
        nodes_.push_back(std::move(node));
    }
    crashes_ = world_.chance.below(4) * 4;
    cuts_ = world_.chance.below(4) * 4;
    disks_ = world_.chance.below(3) * 4;
    clocks_ = world_.chance.below(3) * 4;
}

void ServerRound::start(SimServer& server) {
    server::ServerConfig config;
    config.name = server.ip;
    config.id = server.id;
    config.rpc_address = server.ip + ":4647";
    config.rpc.listen = net::Address::tcp(server.ip, 4647);
    config.instance = world_.rng.next();
    config.bootstrap_expect = kServers;
    config.members.listen = net::Address::tcp(server.ip, 4648);
    for (const std::string& ip : ips_) config.members.retry_join.push_back(ip);
    config.members.retry_interval = seconds(1);
    server.failed = false;
    server.compared = 0;
    ++server.life;
    server.calls = std::make_unique<net::TaskGroup>(world_.loop);
    server.server = std::make_unique<server::Server>(
        config, server::ServerParts{
                    .loop = world_.loop,
                    .network = *server.network,
                    .rng = world_.rng,
                    .maybe_clock = server.clock.get(),
                    .durable = server::ServerParts::Durable{.disk = server.disk->disk(),
                                                            .loop = world_.loop,
                                                            .network = *server.network,
                                                            .worker = *server.worker,
                                                            .on_failure = [&server](Error) { server.failed = true; }},
                    .on_fatal = [&server](Error) { server.failed = true; }});
    auto started = net::run(world_.loop, server.server->start());
    world_.trace.note("%s starts%s: %s", server.ip.c_str(), server.disk->damaged ? ", damaged" : "",
                      started ? "done" : started.error().message.c_str());
    if (started) return;
    if (!server.disk->full() && !server.failed)
        world_.trace.violation(server.ip + " cannot start: " + started.error().message);
    server.disk->make_room();
    server.failed = true;
}

void ServerRound::stop(SimServer& server, bool crash) {
    if (!server.up()) return;
    world_.trace.note("%s %s", server.ip.c_str(), crash ? "crashes" : "stops");
    if (crash) {
        world_.network.vanish(server.ip);
        server.disk->lose_power();
    }
    server.calls->cancel();
    net::run(world_.loop, server.server->stop());
    net::run(world_.loop, server.calls->join());
    server.server.reset();
    server.calls.reset();
    server.disk->restore_power();
}

SimServer* ServerRound::any_up() {
    SimServer& one = *servers_[world_.chance.below(servers_.size())];
    return one.up() ? &one : nullptr;
}

SimServer* ServerRound::leader() {
    for (auto& server : servers_) {
        if (server->up() && server->server->is_leader()) return server.get();
    }
    return nullptr;
}

net::Task<> ServerRound::beat(SimServer* at, SimNode* node) {
    node->busy = true;
    const net::CancelToken cancel = at->calls->token();
    if (!node->registered) {
        model::NodeRegisterRequest request;
        auto known = std::make_shared<model::Node>();
        known->ID = node->id, known->SecretID = node->secret, known->Name = node->name;
        known->Datacenter = "dc1", known->NodePool = "default", known->Status = "ready";
        known->Drivers["mock_driver"] = {{}, true, true, "", {}};
        model::NodeResources& resources = known->NodeResources.make();
        resources.Cpu.CpuShares = 100000, resources.Memory.MemoryMB = 100000, resources.Disk.DiskMB = 1000000;
        request.Node = std::move(known);
        auto answer = co_await at->server->call<model::NodeUpdateResponse>("Node.Register", std::move(request), cancel);
        world_.trace.note("%s registers at %s: %s", node->name.c_str(), at->ip.c_str(),
                          answer ? "done" : answer.error().message.c_str());
        if (answer) node->registered = true;
    } else {
        model::NodeUpdateStatusRequest request;
        request.NodeID = node->id, request.AuthToken = node->secret;
        request.Status = "ready";
        auto answer =
            co_await at->server->call<model::NodeUpdateResponse>("Node.UpdateStatus", std::move(request), cancel);
        if (answer) co_await run_allocs(at, node, cancel);
    }
    node->next_beat = world_.loop.now() + kBeat;
    node->busy = false;
}

// What a client does about its allocations, at once.
net::Task<> ServerRound::run_allocs(SimServer* at, SimNode* node, net::CancelToken cancel) {
    model::NodeSpecificRequest request;
    request.NodeID = node->id, request.AuthToken = node->secret;
    request.AllowStale = world_.percent(50);
    auto wanted =
        co_await at->server->call<model::NodeClientAllocsResponse>("Node.GetClientAllocs", std::move(request), cancel);
    if (!wanted) co_return;
    model::AllocUpdateRequest update;
    update.AuthToken = node->secret;
    const state::View view = at->server->store().view();
    for (const auto& alloc : view.allocs().of_node(node->id)) {
        const bool stop = alloc.server_terminal();
        const auto now = alloc.client_status();
        if (alloc.client_terminal() || (!stop && now == state::ClientStatus::running)) continue;
        auto report = std::make_shared<model::Allocation>();
        report->ID = alloc.id();
        report->NodeID = node->id;
        report->ClientStatus = stop ? "complete" : "running";
        update.Alloc.push_back(std::move(report));
    }
    if (update.Alloc.empty()) co_return;
    auto updated = co_await at->server->call<model::GenericResponse>("Node.UpdateAlloc", std::move(update), cancel);
    world_.trace.note("%s reports: %s", node->name.c_str(), updated ? "done" : updated.error().message.c_str());
}

net::Task<> ServerRound::register_job(SimServer* at, SimJob* job) {
    auto spec = std::make_shared<model::Job>();
    spec->ID = spec->Name = job->id;
    spec->Namespace = "default", spec->Region = "global", spec->Type = "service", spec->Priority = 50;
    spec->NodePool = "default";
    spec->Datacenters = {"*"};
    model::TaskGroup& group = spec->TaskGroups.emplace_back();
    group.Name = "g", group.Count = job->count;
    group.EphemeralDisk = model::EphemeralDisk{false, 10, false};
    group.RestartPolicy.make().Interval = minutes(10);
    group.RestartPolicy->Attempts = 2, group.RestartPolicy->Delay = seconds(15), group.RestartPolicy->Mode = "fail";
    group.ReschedulePolicy.make().Unlimited = true;
    group.ReschedulePolicy->Delay = seconds(5), group.ReschedulePolicy->DelayFunction = "constant";
    model::Task& task = group.Tasks.emplace_back();
    task.Name = "t", task.Driver = "mock_driver";
    task.Resources.make().CPU = 100;
    task.Resources->MemoryMB = 10;
    model::JobRegisterRequest request;
    request.Job = std::move(spec);
    request.Namespace = "default";
    job->busy = true;
    auto answer =
        co_await at->server->call<model::JobRegisterResponse>("Job.Register", std::move(request), at->calls->token());
    world_.trace.note("%s registered at %s: %s", job->id.c_str(), at->ip.c_str(),
                      answer ? "done" : answer.error().message.c_str());
    job->registered = answer.has_value();
    job->busy = false;
}

net::Task<> ServerRound::stop_job(SimServer* at, SimJob* job) {
    model::JobDeregisterRequest request;
    request.JobID = job->id;
    request.Namespace = "default";
    job->busy = job->stop_asked = true;
    auto answer = co_await at->server->call<model::JobDeregisterResponse>("Job.Deregister", std::move(request),
                                                                          at->calls->token());
    world_.trace.note("%s stopped at %s: %s", job->id.c_str(), at->ip.c_str(),
                      answer ? "done" : answer.error().message.c_str());
    job->stopped = answer.has_value();
    job->busy = false;
}

void ServerRound::use() {
    for (auto& node : nodes_) {
        if (node->busy || world_.loop.now() < node->next_beat) continue;
        if (SimServer* at = any_up()) spawn(*at, beat(at, node.get()));
    }
    SimServer* at = any_up();
    if (!at || !world_.percent(5)) return;
    if (jobs_.size() < kMaxJobs && world_.percent(70)) {
        auto job = std::make_unique<SimJob>();
        job->id = "job-" + std::to_string(jobs_.size());
        job->count = static_cast<int64_t>(1 + world_.chance.below(5));
        jobs_.push_back(std::move(job));
        spawn(*at, register_job(at, jobs_.back().get()));
    } else if (!jobs_.empty()) {
        SimJob& job = *jobs_[world_.chance.below(jobs_.size())];
        if (job.registered && !job.busy && !job.stopped) spawn(*at, stop_job(at, &job));
    }
}

void ServerRound::trouble() {
    if (world_.per_mille(crashes_)) {
        const bool all = world_.percent(10);
        SimServer* leads = leader();
        for (auto& server : servers_) {
            const bool chosen = all || (world_.percent(50) ? server.get() == leads : world_.percent(33));
            if (!chosen || !server->up()) continue;
            stop(*server, world_.percent(85));
            server->back_at = world_.loop.now() + milliseconds(static_cast<int64_t>(world_.chance.below(4000)));
            if (may_damage(*server) && world_.percent(25)) server->disk->damage();
            if (!all) break;
        }
    }
    if (world_.per_mille(disks_)) {
        SimServer& server = *servers_[world_.chance.below(servers_.size())];
        server.disk->trouble(server.up());
    }
    for (auto& server : servers_) {
        if (server->disk->full() && world_.per_mille(5)) server->disk->make_room();
    }
    if (world_.per_mille(clocks_)) set_a_clock();
    if (world_.per_mille(cuts_)) world_.cut_something(ips_);
    if (world_.per_mille(cuts_ * 2)) {
        world_.trace.note("all cuts heal");
        world_.network.heal();
    }
    if (world_.per_mille(3)) world_.new_weather(world_.percent(60));
    if (world_.per_mille(2)) {
        const Duration most = milliseconds(static_cast<int64_t>(world_.percent(50) ? world_.chance.below(300) : 0));
        world_.trace.note("disks take up to %lld ms", static_cast<long long>(most.milliseconds()));
        world_.loop.set_slowness(most);
    }
}

void ServerRound::set_a_clock() {
    SimServer& server = *servers_[world_.chance.below(servers_.size())];
    const Duration units[] = {milliseconds(100), seconds(10), minutes(10), hours(10)};
    const Duration unit = units[world_.chance.below(4)];
    const Duration offset{unit.ns / 10 * (static_cast<int64_t>(world_.chance.below(200)) - 100)};
    world_.trace.note("the clock of %s is %.3f s off", server.ip.c_str(), static_cast<double>(offset.ns) / 1e9);
    server.clock->set_offset(offset);
}

// One at a time, and only where both others have what it loses.
bool ServerRound::may_damage(const SimServer& server) const {
    for (const auto& other : servers_) {
        if (other->disk->damaged) return false;
        if (other.get() != &server && (!other->up() || lag(*other) > 20)) return false;
    }
    return true;
}

// How many entries it does not have that some server has.
uint64_t ServerRound::lag(const SimServer& server) const {
    uint64_t most = 0;
    for (const auto& other : servers_) {
        if (other->up()) most = std::max(most, other->server->store().view().index());
    }
    return most - server.server->store().view().index();
}

void ServerRound::bring_back(bool all) {
    for (auto& server : servers_) {
        if (server->up() && server->failed) stop(*server, true);
        if (!server->up() && (all || world_.loop.now() >= server->back_at)) start(*server);
        if (server->up() && !server->server->log_stats().state.empty()) server->disk->damaged = false;  // it takes part
    }
}

void ServerRound::watch() {
    for (auto& server : servers_) {
        if (!server->up()) continue;
        const raft::Leadership now = server->server->log().leadership();
        if (!now.is_leader) continue;
        const std::string who = server->ip + " in its life " + std::to_string(server->life);
        const auto [place, is_new] = leaders_.try_emplace(now.term, who);
        if (is_new) world_.trace.note("%s leads term %llu", who.c_str(), static_cast<unsigned long long>(now.term));
        if (place->second != who)
            world_.trace.violation("two leaders in term " + std::to_string(now.term) + ": " + place->second + " and " +
                                   who);
    }
}

void ServerRound::compare_stores() {
    for (auto& server : servers_) {
        if (!server->up()) continue;
        const state::View view = server->server->store().view();
        if (std::exchange(server->compared, view.index()) == view.index()) continue;
        uint64_t hash = 1469598103934665603ull;
        // As others read it: a snapshot for our own disk holds numbers that each server gives for itself.
        auto written = server::save_archive(view, {}, 0, Time{}, [&](std::string_view piece) -> Result<> {
            for (const char c : piece) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
            return {};
        });
        if (!written) world_.trace.violation("no snapshot: " + written.error().message);
        const auto [place, is_new] = stores_.try_emplace(view.index(), hash);
        if (is_new)
            world_.trace.note("store at %llu: %016llx", static_cast<unsigned long long>(view.index()),
                              static_cast<unsigned long long>(hash));
        if (place->second != hash)
            world_.trace.violation("the store of " + server->ip + " differs at index " + std::to_string(view.index()));
    }
}

void ServerRound::step(bool calm) {
    use();
    if (!calm) trouble();
    world_.loop.advance(kStep);
    watch();
    bring_back(calm);
    if (world_.percent(2)) compare_stores();
}

// What is not as it must be in the end; empty: nothing.
std::string ServerRound::unfinished() {
    if (!leader()) return "no leader";
    const uint64_t index = leader()->server->store().view().index();
    for (auto& server : servers_) {
        if (!server->up() || server->server->store().view().index() != index) return server->ip + " lags";
        if (std::string what = unfinished_at(*server); !what.empty()) return server->ip + ": " + what;
    }
    return {};
}

std::string ServerRound::unfinished_at(const SimServer& server) {
    const state::View view = server.server->store().view();
    for (const auto& eval : view.evals().all()) {
        const bool later = eval->Wait.ns > 0 || eval->WaitUntil.unix_ns > 0;
        if (eval->Status == "pending" && !later)
            return "evaluation " + eval->ID + " of " + eval->JobID + " (" + eval->TriggeredBy + ") is pending";
    }
    for (const auto& node : nodes_) {
        const auto known = view.nodes().find(node->id);
        if (!known || known->Status != "ready") return node->name + " is not ready";
    }
    for (const auto& job : jobs_) {
        if (job->busy) return job->id + " is being registered";
        const auto known = view.jobs().find("default", job->id);
        if (job->registered && !known) return job->id + " was acknowledged and is lost";
        if (job->stopped && !known->Stop) return job->id + " was stopped and is not";
        if (!known) continue;
        int64_t live = 0;
        for (const auto& alloc : view.allocs().of_job("default", job->id)) live += alloc.terminal() ? 0 : 1;
        const int64_t wanted = known->Stop ? 0 : job->count;
        if (live != wanted)
            return job->id + " has " + std::to_string(live) + " allocations, not " + std::to_string(wanted);
    }
    return {};
}

uint64_t ServerRound::run() {
    for (auto& server : servers_) start(*server);
    while (world_.loop.now() < kStorm) step(false);
    world_.trace.note("calm");
    world_.network.heal();
    world_.new_weather(false);
    world_.loop.set_slowness({});
    for (auto& server : servers_) {
        server->disk->make_room();
        server->disk->restore_power();
    }
    const Duration end = world_.loop.now() + kCalm, least = world_.loop.now() + seconds(20);
    std::string left;
    while (world_.loop.now() < least || !(left = unfinished()).empty()) {
        if (world_.loop.now() >= least && world_.percent(2)) world_.trace.note("not yet: %s", left.c_str());
        if (world_.loop.now() >= end) world_.trace.violation("after the calm: " + left);
        step(true);
    }
    compare_stores();
    world_.trace.note("end: %zu jobs, %zu terms, index %llu", jobs_.size(), leaders_.size(),
                      static_cast<unsigned long long>(leader()->server->store().view().index()));
    return world_.trace.hash();
}

}  // namespace

// The round is left as it is: the process ends after it.
uint64_t run_server_round(const RoundConfig& config) { return (new ServerRound(config))->run(); }

}  // namespace drover::sim
