#pragma once
// Outgoing RPC: one multiplexed connection for each address that is called, made when it is needed, shared by all
// callers and closed when it was idle for long. The peer may call back over it. Lives on the loop of its network.

#include <map>
#include <memory>
#include <string>

#include "net/rpc_session.h"
#include "net/tls.h"

namespace drover::net {

struct RpcTarget {
    Address address;
    std::string tls_server_name = {};  // what the certificate must name; empty: as the pool says

    RpcTarget(Address a, std::string name = {}) : address(std::move(a)), tls_server_name(std::move(name)) {}
    auto key() const { return std::tie(address.host, address.port, address.path, tls_server_name); }
    bool operator<(const RpcTarget& other) const { return key() < other.key(); }
};

struct RpcPoolConfig {
    RpcSessionConfig session = {.kept_streams = 2};  // servers: 64
    std::shared_ptr<TlsContext> tls = nullptr;       // null: plain
    std::string tls_server_name = {};                // empty: not checked
    Duration dial_timeout = seconds(10);             // connection and TLS
    Duration idle_timeout = minutes(5);              // servers: 2
    size_t max_sessions = 4096;
    // Whether a streaming call has a connection of its own, as clients do it towards servers.
    bool dial_for_streams = false;
    // What peers may call over our connections; empty functions: nothing.
    RpcService service = {};
};

class RpcPool {
public:
    RpcPool(Network& network, RpcPoolConfig config);
    ~RpcPool();  // after stop()

    // ErrorCode::internal: the answer of the method, with its text. Any other code: no answer was got (unavailable:
    // "failed to get conn: ...", "failed to start stream: ...", or "EOF" when the connection ended meanwhile; timeout;
    // canceled). Nothing is tried twice. A call that is given up is cancelled at the peer.
    Task<Result<std::string>> call(RpcTarget target, std::string method, std::string body, Limit limit);
    // A streaming call; the answer is the stream after the exchange that begins it. Errors as above.
    Task<Result<std::unique_ptr<Stream>>> open_stream(RpcTarget target, std::string method, std::string request,
                                                      Limit limit);

    // Forgets the connection to it, if there is one: further calls make a new one.
    void forget(const RpcTarget& target);
    size_t sessions() const { return running_.size(); }

    // Ends all connections and calls.
    Task<> stop();

private:
    struct Dial;
    struct Entry {
        std::shared_ptr<RpcSession> session;  // null while it is being dialled
        std::shared_ptr<Dial> dial;
    };

    std::shared_ptr<RpcSession> usable(const RpcTarget& target) const;
    [[gnu::noinline]] Task<Result<std::shared_ptr<RpcSession>>> session_to(RpcTarget target, Limit limit);
    [[gnu::noinline]] Task<> keep_session(RpcTarget target, std::shared_ptr<Dial> dial);
    [[gnu::noinline]] Task<std::shared_ptr<RpcSession>> make_session(RpcTarget target, std::shared_ptr<Dial> dial);
    [[gnu::noinline]] Task<Result<std::unique_ptr<Stream>>> connect(RpcTarget target, char first_byte, Limit limit);

    Network& network_;
    const RpcPoolConfig config_;
    std::map<RpcTarget, Entry> entries_;
    std::map<uint64_t, std::shared_ptr<RpcSession>> running_;  // by id; those that others have replaced, too
    uint64_t sequence_ = 0;
    uint64_t last_id_ = 0;
    bool stopped_ = false;
    TaskGroup group_;
};

}  // namespace drover::net
