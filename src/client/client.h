#pragma once
// Client: the part of an agent that runs allocations on this machine. It registers the node and keeps it alive, learns
// by long poll what should run here, runs it, and tells the servers how it goes. One loop, no threads of its own;
// everything is called on that loop. Owned by the agent: prepare(), then run() until stop(), and both have ended before
// it goes.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/log.h"
#include "client/alloc_runner.h"
#include "client/fingerprint.h"
#include "client/fs_stream.h"
#include "client/server_api.h"

namespace drover::client {

class Client {
public:
    // Everything borrowed outlives the client. In -dev mode the store is a memory store.
    Client(ClientConfig config, ServerApi& servers, driver::Drivers drivers, std::unique_ptr<StateStore> store,
           net::Loop& loop, Rng& rng);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Directories, identity, fingerprint, and the allocations of an earlier agent. An error ends the agent's start.
    Result<> prepare();
    // Registers, watches and runs until stop().
    net::Task<> run();
    // Tasks run on without us; in -dev mode, or with `end_allocations`, they are ended first.
    net::Task<> stop(bool end_allocations = false);

    const model::Node& node() const { return *context_.node; }
    bool registered() const { return registered_.is_set(); }
    Time last_heartbeat() const { return last_heartbeat_; }

    // An allocation that is or was run here; not_found: `Unknown allocation "<id>"`.
    Result<AllocRunner*> find(const std::string& alloc_id);
    std::vector<const AllocRunner*> allocations() const;
    // For the HTTP interface; the texts are those that its users know.
    net::Task<Result<>> restart(std::string alloc_id, std::string task, bool all_tasks);
    net::Task<Result<>> signal(std::string alloc_id, std::string task, std::string signal);
    Result<model::AllocResourceUsage> usage(const std::string& alloc_id, const std::string& task);
    Result<List<model::AllocFileInfo>> list_files(const std::string& alloc_id, const std::string& path);
    Result<model::AllocFileInfo> stat_file(const std::string& alloc_id, const std::string& path);
    Result<std::unique_ptr<FrameSource>> stream_file(const std::string& alloc_id, FileStreamRequest request);
    Result<std::unique_ptr<FrameSource>> stream_logs(const std::string& alloc_id, LogStreamRequest request);
    // Ends one that is over and removes it, or all of them.
    net::Task<Result<>> collect(std::string alloc_id);
    net::Task<> collect_all();

private:
    struct Entry {
        std::unique_ptr<AllocRunner> runner;
        uint64_t modify_index = 0;            // of the version that it has
        Opt<model::Allocation> acknowledged;  // what the servers know
        bool going = false;                   // being destroyed
        Duration since;                       // came here, on the loop's clock; 0: with an earlier agent
    };

    Result<> make_directories();
    Result<> restore();

    net::Task<> keep_registered();
    net::Task<bool> register_once();
    net::Task<bool> heartbeat();
    void take_node_response(const model::NodeUpdateResponse& response);
    void note_contact();
    net::Task<> stop_cut_off();

    net::Task<> watch_allocs();
    net::Task<Result<uint64_t>> pull(uint64_t index);
    net::Task<Result<>> take(const Map<uint64_t>& wanted);
    void add(Shared<model::Allocation> alloc);
    void start(Entry& entry);
    net::Task<> run_alloc(AllocRunner& runner);
    net::Task<> await_previous(AllocRunner& runner, net::CancelToken cancel);
    net::Task<> destroy(std::string alloc_id);

    void changed(AllocRunner& runner);
    net::Task<> send_updates();
    net::Task<bool> send_batch();
    bool urgent(const Entry& entry) const;

    net::Task<> collect_garbage();
    std::string oldest_over() const;
    bool too_much_kept() const;

    net::Limit soon() { return {context_.loop.in(seconds(30)), group_.token()}; }
    Duration retry(Duration base) { return config_.dev_mode ? seconds(1) : base + random_below(base); }
    Duration random_below(Duration d) { return {static_cast<int64_t>(rng_.below(static_cast<uint64_t>(d.ns)))}; }
    template <class Request>
    Request make_request() const {
        Request out;
        out.Region = config_.region;
        out.AuthToken = identity_.secret;
        return out;
    }

    const ClientConfig config_;
    ServerApi& servers_;
    driver::Drivers drivers_;
    std::unique_ptr<StateStore> store_;
    Rng& rng_;
    Logger log_;
    RunnerContext context_;
    net::TaskGroup group_;
    NodeIdentity identity_;

    std::map<std::string, Entry> allocs_;
    std::set<std::string> refused_;                      // that could not be run: not tried again
    std::map<std::string, uint64_t> over_;               // terminal before they came here, or collected: their version
    std::map<std::string, model::Allocation> refusals_;  // to be told of
    std::set<std::string> dirty_;                        // allocations with something to tell
    bool urgent_ = false;                                // one of them cannot wait
    net::Event registered_;
    net::Notify updates_;  // dirty_ has something
    net::Notify collect_now_;
    net::Notify reregister_;
    Duration heartbeat_ttl_ = seconds(10);
    Time last_heartbeat_;
    std::optional<Duration> contact_;  // when servers answered last, on the loop's clock
    net::Notify contact_limits_;       // an allocation may have brought one that ends earlier
};

}  // namespace drover::client
