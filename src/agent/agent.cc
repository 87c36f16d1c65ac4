#include "agent/agent.h"

#include <cstdlib>
#include <filesystem>

#include "agent/host_data.h"
#include "agent/member_keys.h"
#include "agent/route_tables.h"
#include "agent/settings.h"
#include "agent/snapshot_streams.h"
#include "agent/spool_file.h"
#include "base/uuid.h"
#include "client/offered_drivers.h"
#include "codec/msgpack.h"

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

// The machine as servers ask for it.
net::Task<Result<std::string>> tell_host(Agent& agent, std::string id) {
    if (!agent.config().EnableDebug) co_return fail(Error::denied());
    Result<HostData> data = co_await net::run_blocking(
        agent.loop(), [environment = agent.environment()] { return Result<HostData>(read_host_data(environment)); });
    if (!data) co_return fail(data.error());
    co_return codec::to_msgpack(HostDataAnswer{std::move(id), std::move(*data)});
}

// What a server is asked of itself.
net::Task<Result<std::string>> tell_of_server(Agent& agent, net::RpcCall call) {
    if (call.method == "Agent.Host") co_return co_await tell_host(agent, agent.server().config().id);
    co_return fail(Error::not_implemented(call.method + " of a server is not supported yet"));
}

net::Task<> fulfil_shared(net::Task<> task, std::shared_ptr<std::promise<void>> done) {
    co_await std::move(task);
    done->set_value();
}

net::Task<> tell(net::Task<Result<>> task, std::promise<Result<>>& result) {
    result.set_value(co_await std::move(task));
}

net::Task<> fulfil(net::Task<> task, std::promise<void>& done) {
    co_await std::move(task);
    done.set_value();
}

}  // namespace

Agent::Agent(Config config, const Clock& clock, Rng& rng, Map<std::string> environment)
    : config_(std::move(config)),
      environment_(std::move(environment)),
      rng_(rng),
      thread_(clock, &pool_),
      network_(net::make_os_network(thread_.loop())),
      group_(thread_.loop()),
      started_(clock.now()) {}

Agent::~Agent() { stop(); }

Result<std::unique_ptr<Agent>> Agent::start(Config config, const Clock& clock, Rng& rng, Map<std::string> environment) {
    std::unique_ptr<Agent> agent(new Agent(std::move(config), clock, rng, std::move(environment)));
    std::promise<Result<>> begun;
    agent->running_ = true;
    agent->loop().post([&] { agent->group_.spawn(tell(agent->begin(), begun)); });
    if (auto result = begun.get_future().get(); !result) return fail(result.error());
    return agent;
}

net::Task<Result<>> Agent::begin() {
    const bool is_server = config_.Server && config_.Server->Enabled;
    auto begun = is_server ? co_await begin_server() : reach_servers();
    if (!begun) co_return begun;
    api_ = std::make_unique<HttpApi>(*this);
    if (auto listening = listen(); !listening) co_return listening;
    if (config_.Client && config_.Client->Enabled) co_return begin_client();
    co_return Result<>{};
}

net::Task<Result<>> Agent::begin_server() {
    std::string id = random_id(rng_);
    server::ServerParts parts{loop(), *network_, rng_};
    if (!config_.DevMode) {
        auto home = LogHome::open(server_directory(config_), std::move(id), loop().clock());
        if (!home) co_return fail(home.error());
        log_home_ = std::move(*home);
        id = log_home_->server_id();
        parts.durable.emplace(log_home_->parts());
    }
    parts.on_fatal = [log = log_](Error error) {
        log.error("the agent ends: its server cannot take part", {{"error", error.message}});
        std::_Exit(1);
    };
    auto settings = server_settings(config_, std::move(id), rng_.next());
    if (!settings) co_return fail(settings.error());
    if (auto keys = member_keys(config_, loop(), settings->members); !keys) co_return keys;
    server_ = std::make_unique<server::Server>(std::move(*settings), std::move(parts));
    calls_ = calls_to(*server_);
    server_->rpc().node_calls().set_own_server(
        [this](net::RpcCall call) { return tell_of_server(*this, std::move(call)); });
    serve_snapshots(*server_, loop(), spool_folder(config_));
    co_return co_await server_->start();
}

// Of an agent that is a client only.
Result<> Agent::reach_servers() {
    auto pool = client_pool_settings(config_);
    if (!pool) return fail(pool.error());
    remote_ = std::make_unique<RemoteServers>(client_servers(config_), std::move(*pool), *network_, rng_);
    calls_ = calls_to(remote_->rpc(), loop(), config_.Region);
    return {};
}

KnownServers* Agent::maybe_known_servers() {
    if (remote_) return remote_.get();
    return local_.get();
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
    if (server_) local_ = std::make_unique<LocalServers>(*server_);
    client::ServerApi& servers = remote_ ? static_cast<client::ServerApi&>(remote_->rpc()) : *local_;
    client_ = std::make_unique<client::Client>(settings, servers, std::move(*drivers), std::move(store), loop(), rng_);
    if (auto prepared = client_->prepare(); !prepared) return prepared;
    client::NodeService& service = remote_ ? remote_->node_service() : node_service_;
    service.add("Agent.Host", [this](net::RpcCall) { return tell_host(*this, client_->node().ID); });
    service.attach(*client_);
    if (server_) server_->rpc().node_calls().set_own_node(client_->node().ID, node_service_.service());
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
    constexpr uint64_t kMostArchiveBytes = uint64_t{1} << 38;
    http.max_sink_bytes = kMostArchiveBytes;
    http.body_sink = [this](const net::Request& head) -> std::shared_ptr<net::BodySink> {
        if (!takes_archive(head)) return nullptr;
        auto file = SpoolFile::create(config_.DevMode ? "" : config_.DataDir);
        if (!file) return log_.error("cannot take an archive", {{"error", file.error().message}}), nullptr;
        return *file;
    };
    http_ = std::make_unique<net::HttpServer>(loop(), std::move(http),
                                              [api = api_.get()](net::Request request, net::CancelToken cancel) {
                                                  return api->handle(std::move(request), std::move(cancel));
                                              });
    http_->serve(std::move(*listener));
    return {};
}

std::future<void> Agent::leave(Duration patience) {
    auto done = std::make_shared<std::promise<void>>();
    std::future<void> left = done->get_future();
    loop().post([this, done, patience] {
        if (!server_) return done->set_value();
        net::Task<> leaving = server_->leave({loop().in(patience), group_.token()});
        group_.spawn(fulfil_shared(std::move(leaving), done));
    });
    return left;
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
    loop().post([&] {
        last.reset(), http_.reset(), client_.reset(), api_.reset(), calls_.reset(), remote_.reset(), server_.reset(),
            gone.set_value();
    });
    gone.get_future().wait();
    log_home_.reset();
}

net::Task<> Agent::end() {
    if (http_) co_await http_->stop(kGraceOfRequests);
    if (client_) co_await client_->stop(config_.DevMode);
    group_.cancel();
    co_await group_.join();
    if (remote_) co_await remote_->stop();
    if (server_) co_await server_->stop();
}

}  // namespace drover::agent
