#include "server/server.h"

#include "base/assert.h"
#include "base/version.h"
#include "raft/single_log.h"
#include "server/endpoint_tables.h"
#include "server/leader_duties.h"

namespace drover::server {

const std::vector<const EndpointTable*>& all_endpoints() {
    static const std::vector<const EndpointTable*> tables = {
        &alloc_endpoints(),    &client_endpoints(),    &deployment_endpoints(), &eval_endpoints(),
        &job_endpoints(),      &job_write_endpoints(), &namespace_endpoints(),  &node_endpoints(),
        &operator_endpoints(), &search_endpoints(),    &status_endpoints(),
    };
    return tables;
}

const Endpoint* find_endpoint(std::string_view name) {
    for (const EndpointTable* table : all_endpoints()) {
        for (const Endpoint& endpoint : *table) {
            if (endpoint.name == name) return &endpoint;
        }
    }
    return nullptr;
}

Server::Server(ServerConfig config, net::Loop& loop, Rng& rng)
    : config_(std::move(config)),
      loop_(loop),
      rng_(rng),
      state_machine_(store_),
      log_(std::make_unique<raft::SingleLog>(raft::SingleLogConfig{.server_id = config_.id}, state_machine_)),
      committer_(*log_),
      leader_(config_, store_, committer_, loop, rng),
      duties_(std::make_unique<LeaderDuties>(leader_, committer_)) {}

Server::~Server() = default;

Result<> Server::start() {
    auto started = log_->start();
    if (!started) return started;
    duties_->start();
    return {};
}

net::Task<> Server::stop() {
    stopping_.cancel(Error::canceled("server is shutting down"));
    co_await duties_->stop();
    log_->stop();
}

std::string Server::leader_address() const { return is_leader() ? config_.rpc_address : std::string(); }

model::ServerMember Server::member() const {
    model::ServerMember member;
    member.Name = config_.name + "." + config_.region;
    const size_t colon = config_.rpc_address.rfind(':');
    const std::string port = config_.rpc_address.substr(colon + 1);
    member.Addr = Bytes(config_.rpc_address.substr(0, colon));
    member.Port = config_.serf_port;
    member.Status = "alive";
    member.ProtocolMin = 1, member.ProtocolMax = 5, member.ProtocolCur = 2;
    member.DelegateMin = 2, member.DelegateMax = 5, member.DelegateCur = 4;
    member.Tags = {{"role", "nomad"},
                   {"region", config_.region},
                   {"dc", config_.datacenter},
                   {"build", std::string(kNomadVersion)},
                   {"revision", ""},
                   {"id", config_.id},
                   {"rpc_addr", config_.rpc_address.substr(0, colon)},
                   {"port", port},
                   {"raft_vsn", "3"},
                   {"vsn", "1"},
                   {"bootstrap", "1"},
                   {"expect", "1"}};
    return member;
}

}  // namespace drover::server
