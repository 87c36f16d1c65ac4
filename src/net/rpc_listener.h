#pragma once
// Incoming RPC: one port for several protocols. The first byte of a connection says which one follows: calls (01),
// multiplexed calls (03, 06), TLS and then another first byte (04), one streaming call (05), or a protocol of the
// user's. Lives on one loop; several listeners on several loops may share a port (ListenOptions::reuse_port) and the
// limits.

#include <functional>
#include <map>
#include <memory>

#include "base/log.h"
#include "net/connection_limiter.h"
#include "net/rpc_session.h"
#include "net/tls.h"

namespace drover::net {

// A connection after its first byte; nothing else was read from it.
using RawHandler = std::function<void(std::unique_ptr<Stream> stream)>;

struct RawProtocol {
    RawHandler handler;
    bool secures_itself = false;  // it may be used where TLS is required
};

// Connections of one address. To be shared by listeners on one port.
struct RpcConnectionLimits {
    // 0: no limit. Of the allowed ones, four fifths may be streaming calls, so that they leave room for the others.
    explicit RpcConnectionLimits(size_t per_address)
        : all(per_address), streaming(per_address == 0 ? 0 : (per_address * 4 + 4) / 5) {}
    ConnectionLimiter all, streaming;
};

struct RpcListenerConfig {
    RpcSessionConfig session = {};
    Duration handshake_timeout = seconds(5);  // for the first byte, and for TLS, and for the first byte inside
    std::shared_ptr<RpcConnectionLimits> limits = std::make_shared<RpcConnectionLimits>(100);
    std::shared_ptr<TlsContext> tls = nullptr;  // null: connections that begin with TLS are closed
    bool tls_required = false;                  // false beside `tls`: while a cluster is being moved to TLS
    std::map<uint8_t, RawProtocol> raw = {};    // by first byte; outside of TLS
    RpcService service;
};

class RpcListener {
public:
    RpcListener(Loop& loop, RpcListenerConfig config);
    ~RpcListener();  // after stop()

    // Accepts on the listener until stop(). May be called for several.
    void serve(std::unique_ptr<Listener> listener);
    // Serves one stream that is connected already.
    void serve(std::unique_ptr<Stream> stream);

    // Accepts no more, ends all connections and cancels what was called over them.
    Task<> stop();

    size_t connections() const { return group_.size() - accepting_; }

private:
    struct Opened;

    [[gnu::noinline]] Task<> accept_all(Listener& listener);
    [[gnu::noinline]] Task<> run_connection(std::unique_ptr<Stream> stream);
    Task<> dispatch(Opened opened);
    [[gnu::noinline]] Task<> run_raw(Opened opened);
    [[gnu::noinline]] Task<Opened> open(std::unique_ptr<Stream> stream);
    [[gnu::noinline]] Task<Result<uint8_t>> first_byte(Stream& stream);
    std::shared_ptr<RpcSession> make_session(Opened opened, bool typed_streams);
    [[gnu::noinline]] Task<> run_session(std::shared_ptr<RpcSession> session);
    [[gnu::noinline]] Task<> run_plain(std::unique_ptr<Stream> stream, RpcPeer peer);
    [[gnu::noinline]] Task<> run_streaming(std::unique_ptr<Stream> stream, RpcPeer peer);
    bool may_be_plain(uint8_t first) const;

    Loop& loop_;
    const RpcListenerConfig config_;
    const Logger log_{"rpc"};
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::map<uint64_t, std::shared_ptr<RpcSession>> sessions_;
    uint64_t sequence_ = 0;
    uint64_t last_id_ = 0;
    size_t accepting_ = 0;
    const std::shared_ptr<PendingBytes> pending_;  // of all connections
    bool stopped_ = false;
    TaskGroup group_;
};

}  // namespace drover::net
