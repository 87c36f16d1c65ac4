#pragma once
// Agent: one process's server, client and HTTP interface, on one loop with a thread of its own. start() and stop()
// block the caller, who is on another thread; everything else belongs to the loop.

#include <memory>
#include <string>
#include <vector>

#include "agent/config.h"
#include "agent/http_api.h"
#include "agent/local_servers.h"
#include "base/rng.h"
#include "client/client.h"
#include "net/http_server.h"
#include "server/server.h"

namespace drover::agent {

class Agent {
public:
    // Serves when it returns. `clock` and `rng` outlive the agent.
    static Result<std::unique_ptr<Agent>> start(Config config, const Clock& clock, Rng& rng);
    ~Agent();  // stops if that was not done
    Agent(const Agent&) = delete;

    // Ends waiting requests, then the client (in -dev mode with its allocations), then the server.
    void stop();

    const Config& config() const { return config_; }
    const std::string& http_address() const { return http_address_; }  // "ip:port"
    net::Loop& loop() { return thread_.loop(); }
    Rng& rng() { return rng_; }
    server::Server& server() { return *server_; }
    client::Client* maybe_client() { return client_.get(); }
    Time started() const { return started_; }

private:
    Agent(Config config, const Clock& clock, Rng& rng);
    Result<> begin();
    Result<> begin_client();
    Result<> listen();
    net::Task<> end();

    const Config config_;
    Rng& rng_;
    net::BlockingPool pool_{2};
    net::LoopThread thread_;
    std::unique_ptr<net::Network> network_;
    net::TaskGroup group_;
    std::unique_ptr<server::Server> server_;
    std::unique_ptr<LocalServers> servers_;
    std::unique_ptr<client::Client> client_;
    std::unique_ptr<HttpApi> api_;
    std::unique_ptr<net::HttpServer> http_;
    std::string http_address_;
    Time started_;
    bool running_ = false;
    Logger log_{"agent"};
};

}  // namespace drover::agent
