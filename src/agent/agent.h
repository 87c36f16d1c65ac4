#pragma once
// Agent: one process's server, client and HTTP interface, on one loop with a thread of its own. start() and stop()
// block the caller, who is on another thread; everything else belongs to the loop.

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "agent/config.h"
#include "agent/http_api.h"
#include "agent/local_servers.h"
#include "agent/log_home.h"
#include "agent/remote_servers.h"
#include "agent/server_calls.h"
#include "base/rng.h"
#include "client/client.h"
#include "net/http_server.h"
#include "server/server.h"

namespace drover::agent {

class Agent {
public:
    // Serves when it returns. `clock` and `rng` outlive the agent.
    // `environment` is the process's, for those who look into its faults.
    static Result<std::unique_ptr<Agent>> start(Config config, const Clock& clock, Rng& rng,
                                                Map<std::string> environment = {});
    ~Agent();  // stops if that was not done
    Agent(const Agent&) = delete;

    // Takes leave of the cluster on purpose, before stop(): ready when that is done or has lasted for `patience`. Where
    // this server is alone there is nobody to take leave of.
    std::future<void> leave(Duration patience);
    // Ends waiting requests, then the client (in -dev mode with its allocations), then the server.
    void stop();

    const Config& config() const { return config_; }
    const std::string& http_address() const { return http_address_; }  // "ip:port"
    net::Loop& loop() { return thread_.loop(); }
    Rng& rng() { return rng_; }
    server::Server& server() { return *server_; }             // only where there is one
    server::Server* maybe_server() { return server_.get(); }  // null where this agent is a client only
    ServerCalls& servers() { return *calls_; }
    client::Client* maybe_client() { return client_.get(); }
    KnownServers* maybe_known_servers();  // null without a client
    const Map<std::string>& environment() const { return environment_; }
    Time started() const { return started_; }

private:
    Agent(Config config, const Clock& clock, Rng& rng, Map<std::string> environment);
    net::Task<Result<>> begin();
    net::Task<Result<>> begin_server();
    Result<> reach_servers();
    Result<> begin_client();
    Result<> listen();
    net::Task<> end();

    const Config config_;
    const Map<std::string> environment_;
    Rng& rng_;
    net::BlockingPool pool_{2};
    net::LoopThread thread_;
    std::unique_ptr<net::Network> network_;
    net::TaskGroup group_;
    std::unique_ptr<LogHome> log_home_;  // of a server whose state lasts
    std::unique_ptr<server::Server> server_;
    std::unique_ptr<LocalServers> local_;    // of a client beside the server
    std::unique_ptr<RemoteServers> remote_;  // of a client alone
    std::unique_ptr<ServerCalls> calls_;
    client::NodeService node_service_;  // for the server beside it
    std::unique_ptr<client::Client> client_;
    std::unique_ptr<HttpApi> api_;
    std::unique_ptr<net::HttpServer> http_;
    std::string http_address_;
    Time started_;
    bool running_ = false;
    Logger log_{"agent"};
};

}  // namespace drover::agent
