#include "agent/agent.h"

#include <cstdlib>
#include <filesystem>
#include <future>

#include "agent/settings.h"
#include "base/uuid.h"
#include "client/offered_drivers.h"

namespace drover::agent {
namespace {

constexpr Duration kGraceOfRequests = milliseconds(200);

// Where a client keeps its files. A -dev agent uses a directory that goes with the machine's temporary files.
Result<std::string> data_directory(const Config& config) {
    if (!config.DataDir.empty()) return config.DataDir;
    std::error_code failed;
    std::string pattern = (std::filesystem::temp_directory_path(failed) / "drover-XXXXXX").string();
    if (failed || mkdtemp(pattern.data()) == nullptr) return fail(Error::internal("cannot make a data directory"));
    return pattern;
}

net::Task<> run_client(client::Client& client) { co_await client.run(); }

net::Task<> fulfil(net::Task<> task, std::promise<void>& done) {
    co_await std::move(task);
    done.set_value();
}

}  // namespace

Agent::Agent(Config config, const Clock& clock, Rng& rng)
    : config_(std::move(config)),
      rng_(rng),
      thread_(clock, &pool_),
      network_(net::make_os_network(thread_.loop())),
      group_(thread_.loop()),
      started_(clock.now()) {}

Agent::~Agent() { stop(); }

Result<std::unique_ptr<Agent>> Agent::start(Config config, const Clock& clock, Rng& rng) {
    if (!config.Server || !config.Server->Enabled)
        return fail(Error::internal("an agent without a server is not supported yet: set server { enabled = true }"));
    std::unique_ptr<Agent> agent(new Agent(std::move(config), clock, rng));
    std::promise<Result<>> begun;
    agent->running_ = true;
    agent->loop().post([&] { begun.set_value(agent->begin()); });
    if (auto result = begun.get_future().get(); !result) return fail(result.error());
    return agent;
}

Result<> Agent::begin() {
    server_ = std::make_unique<server::Server>(server_settings(config_, random_id(rng_)), loop(), rng_);
    if (auto started = server_->start(); !started) return started;
    api_ = std::make_unique<HttpApi>(*this);
    if (auto listening = listen(); !listening) return listening;
    if (config_.Client && config_.Client->Enabled) return begin_client();
    return {};
}

Result<> Agent::begin_client() {
    auto data_dir = data_directory(config_);
    if (!data_dir) return fail(data_dir.error());
    const client::ClientConfig settings = client_settings(config_, *data_dir, http_address_);
    auto drivers = client::make_drivers(settings, *network_, loop().clock());
    if (!drivers) return fail(drivers.error());
    std::unique_ptr<client::StateStore> store;
    if (config_.DevMode) {
        store = client::make_memory_store();
    } else {
        std::error_code ignored;  // opening the file tells
        std::filesystem::create_directories(settings.state_dir, ignored);
        auto opened = client::open_state_file(settings.state_dir + "/state.db");
        if (!opened) return fail(opened.error());
        store = std::move(*opened);
    }
    servers_ = std::make_unique<LocalServers>(*server_);
    client_ =
        std::make_unique<client::Client>(settings, *servers_, std::move(*drivers), std::move(store), loop(), rng_);
    if (auto prepared = client_->prepare(); !prepared) return prepared;
    group_.spawn(run_client(*client_));
    return {};
}

Result<> Agent::listen() {
    const int64_t port = config_.Ports ? config_.Ports->HTTP : 4646;
    auto listener = network_->listen(net::Address::tcp(http_host(config_), static_cast<uint16_t>(port)));
    if (!listener) return fail(listener.error().wrapped("failed to start HTTP listener: "));
    net::Address local = (*listener)->local();
    if (local.host == "0.0.0.0" || local.host == "::") local.host = "127.0.0.1";
    http_address_ = net::to_string(local);
    net::HttpServerConfig http;
    const int64_t most = config_.Limits.HTTPMaxConnsPerClient.value_or(100);
    if (most > 0) http.limiter = std::make_shared<net::ConnectionLimiter>(static_cast<size_t>(most));
    http_ = std::make_unique<net::HttpServer>(loop(), std::move(http),
                                              [api = api_.get()](net::Request request, net::CancelToken cancel) {
                                                  return api->handle(std::move(request), std::move(cancel));
                                              });
    http_->serve(std::move(*listener));
    return {};
}

void Agent::stop() {
    if (!running_) return;
    running_ = false;
    std::promise<void> ended;
    std::unique_ptr<net::TaskGroup> last;
    loop().post([&] {
        last = std::make_unique<net::TaskGroup>(loop());
        last->spawn(fulfil(end(), ended));
    });
    ended.get_future().wait();
    // The group is empty once the promise is kept; it goes on its own loop.
    std::promise<void> gone;
    loop().post([&] { last.reset(), http_.reset(), client_.reset(), api_.reset(), server_.reset(), gone.set_value(); });
    gone.get_future().wait();
}

net::Task<> Agent::end() {
    if (http_) co_await http_->stop(kGraceOfRequests);
    if (client_) co_await client_->stop(config_.DevMode);
    group_.cancel();
    co_await group_.join();
    if (server_) co_await server_->stop();
}

}  // namespace drover::agent
