#pragma once
// One multiplexed connection between two agents: calls go both ways over it. A pool makes one for each address that it
// dials, a listener for each connection that asks for it. Lives on the loop of its stream.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/rpc.h"
#include "net/yamux.h"

namespace drover::net {

struct RpcSessionConfig {
    YamuxConfig yamux = {};
    RpcLimits limits = {};
    std::shared_ptr<PendingBytes> maybe_all_pending = nullptr;  // what several sessions share
    // Streams kept for further calls. With none, each call has a stream of its own.
    size_t kept_streams = 0;
    // Whether the first byte of a stream says what it carries. Without, all carry calls.
    bool typed_streams = true;
};

class RpcSession final : public std::enable_shared_from_this<RpcSession> {
public:
    // `service` and `sequence` (the numbers of calls, shared by the sessions of one owner) outlive the session. `peer`
    // is what handlers are told; its session is filled in.
    static std::shared_ptr<RpcSession> make(std::unique_ptr<Stream> stream, YamuxSession::Role role, uint64_t id,
                                            const RpcSessionConfig& config, const RpcService& service, RpcPeer peer,
                                            uint64_t& sequence);
    // After run() has returned, or was never called.
    ~RpcSession();

    // Serves the peer's streams until the session ends, and answers why. Once.
    Task<Error> run();
    // Ends it; the first reason counts.
    void close(Error reason) { yamux_.close(std::move(reason)); }
    // For who dialled it: no more calls of ours; ends when nothing is under way, at the latest with close_if_idle().
    void retire();
    // Ends it if nothing is under way and nothing was for that long (a retired one: at once).
    void close_if_idle(Duration timeout);

    // ErrorCode::internal: what the peer's method answered as an error. Others: the connection, the deadline or the
    // cancellation. A call that is given up is cancelled at the peer.
    Task<Result<std::string>> call(std::string method, std::string body, Limit limit);
    // A streaming call; the answer is the stream after the exchange that begins it.
    Task<Result<std::unique_ptr<Stream>>> open_stream(std::string method, std::string request, Limit limit);

    uint64_t id() const { return id_; }
    const RpcPeer& peer() const { return *peer_; }
    bool alive() const { return yamux_.alive(); }
    // Whether new calls may be made.
    bool usable() const { return alive() && !retired_; }
    // How many streams there are, the kept ones included.
    size_t streams() const { return yamux_.streams(); }
    Loop& loop() const { return yamux_.loop(); }

    // False: it has ended already.
    bool on_end(std::function<void(const Error&)> hook);

private:
    struct CallStream;
    struct Use;
    RpcSession(std::unique_ptr<Stream> stream, YamuxSession::Role role, uint64_t id, const RpcSessionConfig& config,
               const RpcService& service, uint64_t& sequence);

    using Shared = std::shared_ptr<RpcSession>;
    static Task<Result<std::string>> call_on(Shared self, std::string method, std::string body, Limit limit);
    static Task<Result<std::unique_ptr<Stream>>> open_stream_on(Shared self, std::string method, std::string request,
                                                                Limit limit);
    [[gnu::noinline]] Task<> accept_all();
    [[gnu::noinline]] Task<> serve(std::unique_ptr<Stream> stream);
    [[gnu::noinline]] Task<Result<char>> kind_of(Stream& stream);
    std::unique_ptr<CallStream> take_kept();
    void keep(std::unique_ptr<CallStream> stream);
    // Whether nothing is under way, in either direction.
    bool idle() const { return calls_ == 0 && yamux_.streams() <= kept_.size(); }

    YamuxSession yamux_;
    const uint64_t id_;
    const RpcSessionConfig config_;
    const RpcService& service_;
    uint64_t& sequence_;
    std::shared_ptr<const RpcPeer> peer_;
    PendingBytes pending_;
    std::vector<std::unique_ptr<CallStream>> kept_;
    TaskGroup group_;
    std::vector<std::function<void(const Error&)>> hooks_;
    Duration last_used_;
    size_t calls_ = 0;  // of ours, under way
    bool retired_ = false;
};

}  // namespace drover::net
