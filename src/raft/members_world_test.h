#pragma once
// Servers that are nothing but members, in virtual time, on disks that survive them: for tests of membership and
// bootstrap. Everything is drawn from one seed.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/memory_stream.h"
#include "net/virtual_loop.h"
#include "raft/bootstrap.h"
#include "raft/members.h"

namespace drover::raft {

// What lasts of a server. `crash_at`: the step (a save, or the writing of a log) at which its power goes; done or not.
class SimDisk final : public MemberStore {
public:
    Remembered saved;
    std::optional<BootProposal> log;   // entry 1
    std::vector<std::string> written;  // the clusters of all logs that were ever begun here
    size_t steps = 0;
    size_t crash_at = 0;  // counted from 1; 0: never
    bool done_before_crash = false;
    bool crash_at_write = false;  // of a log, instead
    bool dead = false;
    bool full = false;  // nothing can be saved
    std::function<void()> on_crash;

    net::Task<Result<Remembered>> load() override { co_return saved; }
    net::Task<Result<>> save(Remembered next) override {
        if (full) co_return fail(Error{ErrorCode::too_large, "no space left"});
        if (!step()) co_return fail(Error::internal("no power"));
        saved = std::move(next);
        co_return finish();
    }
    net::Task<Result<>> write(BootProposal proposal) {
        if (crash_at_write && !dead) die();
        if (!step()) co_return fail(Error::internal("no power"));
        written.push_back(proposal.Cluster);
        log = std::move(proposal);
        co_return finish();
    }

private:
    bool step() {
        if (!dead && ++steps == crash_at && !done_before_crash) die();
        return !dead;
    }
    Result<> finish() {
        if (steps == crash_at && done_before_crash) die();
        return dead ? Result<>(fail(Error::internal("no power"))) : Result<>();
    }
    void die() {
        dead = true;
        on_crash();
    }
};

struct ServerOptions {
    std::string region = "global";
    std::string name = {};  // empty: the id
    std::vector<std::string> retry_join = {};
    int64_t expect = 0;
    int64_t retry_max = 0;
    KeyRing keys = {};
};

class SimServers {
public:
    struct Server {
        std::string id, ip;
        ServerOptions options;
        std::unique_ptr<net::Network> network;
        std::unique_ptr<SeededRng> rng;
        std::unique_ptr<Members> members;
        std::unique_ptr<Bootstrap> bootstrap;
        std::unique_ptr<net::TaskGroup> group;
        std::optional<Result<Bootstrap::Outcome>> outcome;
        std::vector<Error> fatal;
        std::vector<Member> seen;  // by an observer
    };

    explicit SimServers(uint64_t seed) : chance(seed), world(loop, &chance) {}
    ~SimServers() {
        while (!servers.empty()) stop(servers.begin()->first);
    }

    // Of this id, with what is on its disk. `copy`: a second process with the same disk's content.
    Server& start(const std::string& id, const std::string& ip, ServerOptions options = {},
                  const std::string& disk_name = {}) {
        const std::string key = disk_name.empty() ? id : disk_name;
        SimDisk& disk = disks[key];
        disk.dead = false;
        auto server = std::make_unique<Server>();
        Server& s = *server;
        s.id = id, s.ip = ip, s.options = options;
        disk.on_crash = [this, ip] {
            world.vanish(ip);
            world.cut(ip, "");
            world.cut("", ip);
        };
        world.heal(ip, "");
        world.heal("", ip);
        s.network = world.host(ip);
        s.rng = std::make_unique<SeededRng>(chance.next());
        MembersConfig config;
        config.id = id;
        config.node_name = options.name.empty() ? id : options.name;
        config.region = options.region;
        config.listen = net::Address::tcp(ip, kSerfPort);
        config.tags = {{"port", "4647"}};
        config.expect = options.expect;
        config.retry_join = options.retry_join;
        config.retry_max = options.retry_max;
        config.keys = options.keys;
        config.on_fatal = [&s](Error error) { s.fatal.push_back(std::move(error)); };
        s.members = std::make_unique<Members>(*s.network, *s.rng, disk, std::move(config));
        s.members->observe([&s](const Member& member) { s.seen.push_back(member); });
        s.group = std::make_unique<net::TaskGroup>(loop);
        BootstrapConfig boot;
        boot.expect = options.expect;
        boot.has_state = disk.log.has_value();
        boot.write = [&disk](BootProposal proposal) { return disk.write(std::move(proposal)); };
        s.bootstrap = std::make_unique<Bootstrap>(*s.members, loop, *s.rng, std::move(boot));
        servers[key] = std::move(server);
        Result<> started = net::run(loop, s.members->start());
        if (!disk.dead) EXPECT_TRUE(started) << started.error().message;
        if (started) s.group->spawn(run_bootstrap(s));
        return s;
    }

    void stop(const std::string& key) {
        std::unique_ptr<Server> server = std::move(servers.at(key));
        servers.erase(key);
        server->group->cancel();
        net::run(loop, end(*server));
        // Its listener's last connections.
        loop.settle();
    }
    // As when the power goes: nobody hears of it.
    void crash(const std::string& key) {
        disks[key].dead = true;
        disks[key].on_crash();
        stop(key);
    }
    void wipe(const std::string& key) { disks[key] = SimDisk(); }

    Server& at(const std::string& key) { return *servers.at(key); }
    Members& members(const std::string& key) { return *at(key).members; }

    std::string status(const std::string& on, const std::string& of) {
        for (const Member& member : members(on).members())
            if (member.id == of) return std::string(to_string(member.status));
        return "none";
    }
    // "a:alive b:failed"
    std::string view(const std::string& on) {
        std::string out;
        for (const Member& member : members(on).members()) {
            if (!out.empty()) out += ' ';
            out += member.id + ":" + std::string(to_string(member.status));
        }
        return out;
    }
    Result<size_t> join(const std::string& who, const std::string& address) {
        return net::run(loop, members(who).join({address}, net::Limit{loop.in(seconds(30)), {}}));
    }
    net::Limit limit(Duration d = seconds(30)) { return {loop.in(d), {}}; }

    net::VirtualLoop loop;
    SeededRng chance;
    net::MemoryWorld world;
    std::map<std::string, SimDisk> disks;
    std::map<std::string, std::unique_ptr<Server>> servers;

private:
    static net::Task<> run_bootstrap(Server& server) {
        server.outcome = co_await server.bootstrap->run(server.group->token());
    }
    static net::Task<> end(Server& server) {
        co_await server.group->join();
        co_await server.members->stop();
    }
};

}  // namespace drover::raft
