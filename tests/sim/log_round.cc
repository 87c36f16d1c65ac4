// Logs alone: up to five servers with a small state machine, crashes, cuts, bad weather, full, slow, failing and
// damaged disks, changes of who belongs to the cluster. What must hold whatever happens: one leader in a term, one
// history, nothing acknowledged lost, and no read older than what its reader could have known.

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "raft/replicated_log.h"
#include "sim_disk.h"
#include "world.h"

namespace drover::sim {
namespace {

constexpr size_t kServers = 5, kFounders = 3;
constexpr Duration kStep = milliseconds(10);
constexpr Duration kStorm = seconds(30), kCalm = seconds(40);
constexpr uint64_t kKeys = 8;

class Write final : public raft::Command {
public:
    Write(uint64_t key, uint64_t value, size_t padding) : key_(key), value_(value), padding_(padding) {}
    std::string encode() const override {
        return std::to_string(value_) + " " + std::to_string(key_) + " " + std::string(padding_, 'p');
    }

private:
    uint64_t key_, value_;
    size_t padding_;
};

// The one history that all servers must agree on, as the first of them applied it.
class History {
public:
    explicit History(Trace& trace) : trace_(trace) {}

    void applied(const std::string& who, uint64_t index, uint64_t term, uint64_t value, uint64_t state) {
        const auto [place, is_new] = entries_.try_emplace(index, Applied{term, value, state});
        if (is_new) {
            if (const auto [old, first] = places_.try_emplace(value, index); !first)
                trace_.violation("value " + std::to_string(value) + " was applied at " + std::to_string(old->second) +
                                 " and at " + std::to_string(index));
            if (index <= last_)
                trace_.violation(who + " applied " + std::to_string(index) + ", which others did not have");
            last_ = std::max(last_, index);
            return;
        }
        const Applied& known = place->second;
        if (known.term != term || known.value != value || known.state != state)
            trace_.violation(who + " applied another entry at " + std::to_string(index) + ": value " +
                             std::to_string(value) + " of term " + std::to_string(term) + ", not " +
                             std::to_string(known.value) + " of term " + std::to_string(known.term));
    }
    void restored(const std::string& who, uint64_t index, uint64_t state) {
        const auto found = entries_.find(index);
        if (index != 0 && (found == entries_.end() || found->second.state != state))
            trace_.violation(who + " restored another state at " + std::to_string(index));
    }
    void acknowledged(uint64_t value, uint64_t index) {
        const auto found = entries_.find(index);
        if (found == entries_.end() || found->second.value != value)
            trace_.violation("value " + std::to_string(value) + " was acknowledged at " + std::to_string(index) +
                             ", where it is not");
        ++acknowledged_;
        known_ = std::max(known_, index);
    }
    // What a reader that begins now must see.
    uint64_t known() const { return known_; }
    void seen(uint64_t index) { known_ = std::max(known_, index); }
    uint64_t last() const { return last_; }
    uint64_t acknowledged() const { return acknowledged_; }

private:
    struct Applied {
        uint64_t term, value, state;
    };
    Trace& trace_;
    std::map<uint64_t, Applied> entries_;
    std::map<uint64_t, uint64_t> places_;  // of values
    uint64_t last_ = 0, known_ = 0, acknowledged_ = 0;
};

// Registers, and a sum over everything that ever happened to them.
class Registers final : public raft::StateMachine {
public:
    Registers(std::string who, History& history, Trace& trace)
        : who_(std::move(who)), history_(history), trace_(trace) {}

    std::vector<raft::Outcome> apply(std::span<const raft::Entry> entries) override {
        std::vector<raft::Outcome> outcomes;
        for (const raft::Entry& entry : entries) {
            const std::string text = entry.maybe_command ? entry.maybe_command->encode() : std::string(entry.data);
            unsigned long long value = 0, key = 0;
            if (sscanf(text.c_str(), "%llu %llu", &value, &key) != 2) trace_.violation("an entry is not as it was");
            if (entry.index <= last_index_)
                trace_.violation(who_ + " applied " + std::to_string(entry.index) + " after " +
                                 std::to_string(last_index_));
            last_index_ = entry.index;
            values_[key] = value;
            state_ = (state_ ^ (entry.index * 31 + value)) * 1099511628211ull;
            history_.applied(who_, entry.index, entry.term, value, state_);
            outcomes.emplace_back(std::any(entry.index));
        }
        return outcomes;
    }
    std::function<Result<>(const Sink&)> snapshot() override {
        std::string text = std::to_string(last_index_) + " " + std::to_string(state_);
        for (const auto& [key, value] : values_) text += " " + std::to_string(key) + " " + std::to_string(value);
        return [text](const Sink& sink) -> Result<> {
            for (size_t at = 0; at < text.size(); at += 16) {
                if (auto written = sink(std::string_view(text).substr(at, 16)); !written) return written;
            }
            return {};
        };
    }
    Result<> restore(const Source& source) override {
        std::string text(4096, '\0');
        size_t size = 0;
        while (true) {
            auto got = source(text.data() + size, text.size() - size);
            if (!got) return fail(got.error());
            if (*got == 0) break;
            size += *got;
        }
        text.resize(size);
        unsigned long long index = 0, state = 0, key = 0, value = 0;
        int used = 0;
        if (sscanf(text.c_str(), "%llu %llu%n", &index, &state, &used) != 2)
            return fail(Error::internal("not a snapshot"));
        values_.clear();
        for (const char* at = text.c_str() + used; sscanf(at, "%llu %llu%n", &key, &value, &used) == 2; at += used)
            values_[key] = value;
        history_.restored(who_, index, state);
        last_index_ = index, state_ = state;
        return {};
    }
    uint64_t last_index() const { return last_index_; }

private:
    const std::string who_;
    History& history_;
    Trace& trace_;
    std::map<uint64_t, uint64_t> values_;
    uint64_t last_index_ = 0, state_ = 0;
};

// One server: its disk outlives its log.
class LogServer {
public:
    LogServer(World& world, History& history, std::map<uint64_t, std::string>& leaders, size_t number)
        : disk(world, ip_of(number)),
          world_(world),
          history_(history),
          leaders_(leaders),
          ip_(ip_of(number)),
          id_(id_of(number)),
          network_(world.network.host(ip_)),
          worker_(raft::make_apply_on(world.loop)) {}

    const std::string& id() const { return id_; }
    const std::string& ip() const { return ip_; }
    const char* name() const { return ip_.c_str(); }
    raft::Peer peer(raft::Suffrage suffrage = raft::Suffrage::voter) const { return {id_, ip_ + ":4647", suffrage}; }
    bool up() const { return log != nullptr; }
    bool leads() const { return log && log->leadership().is_leader; }

    void start();
    void stop();
    void crash();

    SimDisk disk;
    std::unique_ptr<Registers> machine;
    std::unique_ptr<raft::ReplicatedLog> log;
    bool failed = false;  // its disk did: it must be started anew
    Duration back_at;     // while it is down

private:
    void note_leadership(const raft::Leadership& now);
    net::Task<> accept();
    net::Task<> hand_over(std::unique_ptr<net::Stream> stream);

    World& world_;
    History& history_;
    std::map<uint64_t, std::string>& leaders_;  // by term
    const std::string ip_, id_;
    uint64_t life_ = 0;
    std::unique_ptr<net::Network> network_;
    std::unique_ptr<raft::ApplyWorker> worker_;
    std::unique_ptr<net::Listener> listener_;
    std::unique_ptr<net::TaskGroup> group_;
};

void LogServer::start() {
    raft::ReplicatedLogConfig config;
    config.server_id = id_;
    config.address = ip_ + ":4647";
    config.instance = world_.rng.next();
    config.snapshot_entries = 40;
    config.trailing_entries = 10;
    config.window_bytes = 2000;
    config.entries.segment_bytes = 16 << 10;
    config.entries.reserve_bytes = 4 << 10;
    ++life_;
    machine = std::make_unique<Registers>(ip_, history_, world_.trace);
    auto opened = raft::ReplicatedLog::open(config,
                                            {.loop = world_.loop,
                                             .network = *network_,
                                             .disk = disk.disk(),
                                             .rng = world_.rng,
                                             .worker = *worker_,
                                             .on_failure =
                                                 [this](Error error) {
                                                     world_.trace.note("%s: %s", name(), error.message.c_str());
                                                     failed = true;
                                                 }},
                                            *machine);
    if (!opened) {
        if (!disk.full()) world_.trace.violation(ip_ + " cannot start: " + opened.error().message);
        disk.make_room();
        return start();
    }
    world_.trace.note("%s starts at %llu%s", name(), static_cast<unsigned long long>(machine->last_index()),
                      disk.damaged ? ", damaged" : "");
    log = std::move(*opened);
    log->observe_leadership([this](const raft::Leadership& now) { note_leadership(now); });
    auto listener = network_->listen(net::Address::tcp(ip_, 4647));
    if (!listener) world_.trace.violation("no listener: " + listener.error().message);
    listener_ = std::move(*listener);
    group_ = std::make_unique<net::TaskGroup>(world_.loop);
    group_->spawn(accept());
    failed = false;
    if (auto started = log->start(); !started) world_.trace.violation("no start: " + started.error().message);
}

void LogServer::note_leadership(const raft::Leadership& now) {
    world_.trace.note("%s: term %llu%s", name(), static_cast<unsigned long long>(now.term),
                      now.is_leader ? ", leads" : "");
    if (!now.is_leader) return;
    const std::string who = ip_ + " in its life " + std::to_string(life_);
    const auto [place, is_new] = leaders_.try_emplace(now.term, who);
    if (!is_new && place->second != who)
        world_.trace.violation("two leaders in term " + std::to_string(now.term) + ": " + place->second + " and " +
                               who);
}

void LogServer::stop() {
    if (!log) return;
    listener_->close();
    net::run(world_.loop, log->stop(world_.loop));
    group_->cancel();
    net::run(world_.loop, group_->join());
    log.reset(), group_.reset(), listener_.reset();
}

// The power goes: nobody is told, and what was not synced is lost in part.
void LogServer::crash() {
    world_.network.vanish(ip_);
    disk.lose_power();
    stop();
    disk.restore_power();
}

net::Task<> LogServer::accept() {
    while (true) {
        auto stream = co_await listener_->accept({net::Deadline::never(), group_->token()});
        if (!stream) co_return;
        group_->spawn(hand_over(std::move(*stream)));
    }
}

net::Task<> LogServer::hand_over(std::unique_ptr<net::Stream> stream) {
    char first = 0;
    auto got = co_await stream->read_some({&first, 1}, {world_.loop.in(seconds(5)), group_->token()});
    if (got && *got == 1 && log) log->accept(std::move(stream), false);
}

class LogRound {
public:
    explicit LogRound(const RoundConfig& config) : world_(config), history_(world_.trace) {
        for (size_t i = 0; i < kServers; ++i) {
            servers_.push_back(std::make_unique<LogServer>(world_, history_, leaders_, i));
            ips_.push_back(servers_.back()->ip());
        }
        // Each story has its own mix of troubles.
        crashes_ = world_.chance.below(4) * 3;
        cuts_ = world_.chance.below(4) * 3;
        changes_ = world_.chance.below(3) * 6;
        disks_ = world_.chance.below(3) * 3;
        load_ = 5 + world_.chance.below(60);
    }
    uint64_t run();

private:
    LogServer& any() { return *servers_[world_.chance.below(servers_.size())]; }
    LogServer* leader();
    LogServer& likely_leader();
    void bootstrap();
    void step();
    void use();
    void write(LogServer& server);
    void read(LogServer& server);
    void trouble();
    void crash_some();
    void change_servers();
    void bring_back(bool all);
    bool may_damage(const LogServer& server) const;
    void calm_down();
    bool is_whole();
    std::string state() const;

    World world_;
    History history_;
    std::map<uint64_t, std::string> leaders_;
    std::vector<std::unique_ptr<LogServer>> servers_;
    std::vector<std::string> ips_;
    uint64_t crashes_, cuts_, changes_, disks_, load_;  // chances per mille and step, and per cent
    uint64_t next_value_ = 1, reads_ = 0, refused_reads_ = 0, changed_ = 0;
};

LogServer* LogRound::leader() {
    LogServer* best = nullptr;
    for (auto& server : servers_) {
        if (server->leads() && (!best || server->log->stats().term > best->log->stats().term)) best = server.get();
    }
    return best;
}

LogServer& LogRound::likely_leader() {
    LogServer* now = leader();
    return now && world_.percent(90) ? *now : any();
}

void LogRound::bootstrap() {
    std::vector<raft::Peer> peers;
    for (size_t i = 0; i < kFounders; ++i) peers.push_back(servers_[i]->peer());
    for (auto& server : servers_) server->start();
    for (size_t i = 0; i < kFounders; ++i) servers_[i]->log->bootstrap("cluster", peers, [](Result<>) {});
}

void LogRound::write(LogServer& server) {
    if (!server.up()) return;
    const uint64_t value = next_value_++;
    const size_t padding = world_.percent(5) ? world_.chance.below(6000) : world_.chance.below(40);
    server.log->propose(std::make_shared<Write>(world_.chance.below(kKeys), value, padding),
                        [this, value](raft::Outcome outcome) {
                            if (outcome) history_.acknowledged(value, std::any_cast<uint64_t>(*outcome));
                        });
}

void LogRound::read(LogServer& server) {
    if (!server.up()) return;
    const uint64_t floor = history_.known();
    // The machine is asked where the read ends: on the apply worker, as endpoints do.
    server.log->barrier([this, &server, machine = server.machine.get(), floor](Result<uint64_t> reached) {
        if (!reached || server.machine.get() != machine) {
            ++refused_reads_;
            world_.trace.note("%s: no read: %s", server.name(),
                              reached ? "restarted" : reached.error().message.c_str());
            return;
        }
        if (machine->last_index() < floor)
            world_.trace.violation("a read at " + server.ip() + " saw " + std::to_string(machine->last_index()) +
                                   ", after " + std::to_string(floor) + " was known");
        history_.seen(machine->last_index());
        ++reads_;
    });
}

void LogRound::use() {
    if (world_.percent(load_)) {
        const uint64_t count = world_.percent(10) ? world_.chance.below(60) : 1 + world_.chance.below(3);
        LogServer& server = likely_leader();
        for (uint64_t i = 0; i < count; ++i) write(server);
    }
    if (world_.percent(10)) read(likely_leader());
}

void LogRound::crash_some() {
    const size_t count = world_.percent(10) ? servers_.size() : 1;
    for (size_t i = 0; i < count; ++i) {
        LogServer& server = count > 1 ? *servers_[i] : world_.percent(40) ? likely_leader() : any();
        if (!server.up()) continue;
        const bool politely = world_.percent(15);
        world_.trace.note("%s %s", server.name(), politely ? "stops" : "crashes");
        if (politely) {
            server.stop();
        } else {
            server.crash();
        }
        server.back_at = world_.loop.now() + milliseconds(static_cast<int64_t>(world_.chance.below(4000)));
        if (may_damage(server) && world_.percent(25)) server.disk.damage();
    }
}

// One at a time, and only where the others have what it loses.
bool LogRound::may_damage(const LogServer& server) const {
    size_t others = 0;
    for (const auto& other : servers_) {
        if (other->disk.damaged) return false;
        if (other.get() != &server && other->up() && other->machine->last_index() + 20 > history_.last()) ++others;
    }
    return changes_ == 0 && others >= 2;
}

void LogRound::change_servers() {
    LogServer& by = likely_leader();
    if (!by.up()) return;
    LogServer& of = any();
    const uint64_t kind = world_.chance.below(4);
    auto done = [this, what = std::string(of.name()), kind](Result<> result) {
        if (result) ++changed_;
        world_.trace.note("change %llu of %s: %s", static_cast<unsigned long long>(kind), what.c_str(),
                          result ? "done" : result.error().message.c_str());
    };
    if (kind == 0) {
        by.log->remove_peer(of.id(), done);
    } else if (kind == 1) {
        by.log->transfer_leadership(world_.percent(50) ? of.id() : "", done);
    } else {
        by.log->add_peer(of.peer(world_.percent(80) ? raft::Suffrage::voter : raft::Suffrage::nonvoter), done);
    }
}

void LogRound::trouble() {
    if (world_.per_mille(crashes_)) crash_some();
    if (world_.per_mille(cuts_)) world_.cut_something(ips_);
    if (world_.per_mille(cuts_ * 2)) {
        world_.trace.note("all cuts heal");
        world_.network.heal();
    }
    if (world_.per_mille(2)) world_.new_weather(world_.percent(60));
    if (world_.per_mille(disks_)) {
        LogServer& server = any();
        server.disk.trouble(server.up());
    }
    if (world_.per_mille(changes_)) change_servers();
    for (auto& server : servers_) {
        if (server->disk.full() && world_.per_mille(5)) server->disk.make_room();
    }
}

void LogRound::bring_back(bool all) {
    for (auto& server : servers_) {
        if (server->failed) {
            server->crash();
            server->failed = false;
            server->back_at = world_.loop.now() + milliseconds(200);
        }
        if (!server->up() && (all || world_.loop.now() >= server->back_at)) server->start();
        if (server->up() && !server->log->stats().state.empty()) server->disk.damaged = false;  // it takes part
    }
}

void LogRound::step() {
    use();
    trouble();
    world_.loop.advance(kStep);
    bring_back(false);
}

void LogRound::calm_down() {
    world_.trace.note("calm");
    world_.network.heal();
    world_.new_weather(false);
    world_.loop.set_slowness({});
    for (auto& server : servers_) {
        server->disk.make_room();
        server->disk.restore_power();
    }
    bring_back(true);
}

// One leader, and everybody who belongs to it has everything.
bool LogRound::is_whole() {
    LogServer* leads = leader();
    if (!leads) return false;
    for (auto& server : servers_) {
        if (server->leads() && server.get() != leads) return false;
    }
    const raft::Configuration configuration = leads->log->configuration();
    for (const raft::Peer& peer : configuration.peers) {
        for (auto& server : servers_) {
            if (server->id() == peer.id && (!server->up() || server->machine->last_index() != history_.last()))
                return false;
        }
    }
    return leads->machine->last_index() >= history_.known();
}

std::string LogRound::state() const {
    std::string text;
    for (const auto& server : servers_) {
        text += "\n  " + server->ip() + ": ";
        if (!server->up()) {
            text += "down";
            continue;
        }
        const raft::LogStats stats = server->log->stats();
        text += stats.state + " term " + std::to_string(stats.term) + " last " + std::to_string(stats.last_index) +
                " commit " + std::to_string(stats.commit_index) + " applied " + std::to_string(stats.applied_index) +
                " machine " + std::to_string(server->machine->last_index()) + " snapshot " +
                std::to_string(stats.snapshot_index) + " peers";
        for (const raft::Peer& peer : server->log->configuration().peers)
            text += " " + peer.id.substr(0, 1) + (peer.suffrage == raft::Suffrage::voter ? "" : "-");
        if (server->disk.damaged) text += " damaged";
    }
    return text;
}

uint64_t LogRound::run() {
    bootstrap();
    world_.loop.advance(seconds(2));
    while (world_.loop.now() < kStorm) step();
    calm_down();
    const Duration end = world_.loop.now() + kCalm;
    // Progress: a write of the calm is acknowledged, and then all are equal. Writes go on: one that misses an entry
    // which nobody else has is whole once the others have come past its place.
    const uint64_t before = history_.acknowledged();
    Duration next_write;
    while (history_.acknowledged() == before || !is_whole()) {
        if (world_.loop.now() >= end) world_.trace.violation("no progress in the calm:" + state());
        if (world_.loop.now() >= next_write) {
            if (LogServer* leads = leader()) write(*leads);
            next_write = world_.loop.now() + milliseconds(200);
        }
        world_.loop.advance(kStep);
        bring_back(true);
    }
    world_.trace.note("end: %llu acknowledged, %llu reads (%llu refused), %llu changes, %zu terms%s",
                      static_cast<unsigned long long>(history_.acknowledged()), static_cast<unsigned long long>(reads_),
                      static_cast<unsigned long long>(refused_reads_), static_cast<unsigned long long>(changed_),
                      leaders_.size(), state().c_str());
    for (auto& server : servers_) server->stop();
    world_.loop.finish();
    return world_.trace.hash();
}

}  // namespace

uint64_t run_log_round(const RoundConfig& config) { return LogRound(config).run(); }

}  // namespace drover::sim
