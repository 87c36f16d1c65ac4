#pragma once
// MessagePack RPC as Nomad's port speaks it. A call is a header and a body, each one MessagePack value, on a stream
// that carries one call at a time; a streaming call is a short exchange after which the stream is the caller's and the
// callee's own. Bodies are bytes here: what they mean is for those above. Everything lives on one loop.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/msgpack.h"
#include "net/stream.h"

namespace drover::net {

class RpcSession;

// A peer's session, for calling back over the connection that it has made. Copies refer to the same session and do not
// keep it alive; after its end every call fails with ErrorCode::unavailable.
class SessionRef {
public:
    SessionRef() = default;
    explicit SessionRef(const std::shared_ptr<RpcSession>& session);

    // 0: there never was one (the connection is not multiplexed). Else never given twice by one listener or pool.
    uint64_t id() const { return id_; }
    bool alive() const;
    // As those of RpcSession.
    Task<Result<std::string>> call(std::string method, std::string body, Limit limit) const;
    Task<Result<std::unique_ptr<Stream>>> open_stream(std::string method, std::string request, Limit limit) const;
    // Calls `hook` once with the reason when the session ends. False: it has ended already, the hook is not kept.
    bool on_end(std::function<void(const Error& why)> hook) const;

private:
    std::weak_ptr<RpcSession> session_;
    uint64_t id_ = 0;
};

// Who calls. The same for all calls of a connection.
struct RpcPeer {
    Address address;
    bool tls = false;
    std::vector<std::string> tls_names;  // of its certificate: common name, DNS names
    SessionRef session;
};

struct RpcCall {
    std::string method;  // as it came, "Node.Register"
    std::string body;    // one well-formed MessagePack value
    std::shared_ptr<const RpcPeer> peer;
    CancelToken cancel;  // the stream or its session has ended, or the server stops: nobody waits for the answer
};

// Answers with one MessagePack value. An error's message goes to the caller as it is.
using RpcHandler = std::function<Task<Result<std::string>>(RpcCall call)>;

struct RpcStreamCall {
    std::string method;
    std::string request;  // one well-formed MessagePack value
    std::unique_ptr<Stream> stream;
    std::shared_ptr<const RpcPeer> peer;
    CancelToken cancel;  // the session has ended, or the server stops; the stream's own end is seen by reading
};

struct RpcService {
    RpcHandler call = nullptr;  // none: every method is unknown
    // Whether there is a streaming method of that name; the error's message is the answer to who asks for another. No
    // function: none.
    std::function<Result<>(std::string_view method)> find_stream = nullptr;
    // The stream ends when the task does, unless it was moved elsewhere.
    std::function<Task<>(RpcStreamCall call)> stream = nullptr;
};

struct RpcLimits {
    size_t body_bytes = 64 << 20;          // of one value
    size_t pending_bytes = 128 << 20;      // of the values of one connection that have not all come
    size_t all_pending_bytes = 512 << 20;  // of those of all connections that share a count
    Duration stall_timeout = minutes(1);   // without a byte of a value that has begun
    Duration answer_timeout = minutes(5);  // for the caller to take an answer
};

// How many bytes are held of values that have not all come, of all streams of a connection; and, in what several of
// them share, of all those connections.
struct PendingBytes {
    explicit PendingBytes(std::shared_ptr<PendingBytes> maybe_shared = nullptr) : maybe_all(std::move(maybe_shared)) {}
    const std::shared_ptr<PendingBytes> maybe_all;
    size_t held = 0;
};

// Cuts messages off a stream, however its bytes are cut. Holds nothing between messages.
class RpcReader {
public:
    // `pending` and the stream must outlive it.
    RpcReader(Stream& stream, const RpcLimits& limits, PendingBytes& pending)
        : stream_(stream), limits_(limits), pending_(pending) {}
    ~RpcReader();
    RpcReader(const RpcReader&) = delete;
    RpcReader& operator=(const RpcReader&) = delete;

    // Two values, one after the other, or a single one (in `body`).
    struct Message {
        std::string header;
        std::string body;
    };
    // ErrorCode::unavailable "EOF": the stream ended; bad_request: these bytes are no value; too_large. Of a message
    // whose body is at fault, header() is what came before it.
    Task<Result<Message>> message(Limit limit);
    Task<Result<std::string>> value(Limit limit);
    bool has_header() const { return has_header_; }
    const std::string& header() const { return header_; }

    // For who watches a stream on which nothing is due; keeps what comes, up to a bound.
    enum class Seen { nothing, ended, enough };
    Seen look();
    // What was read and not used.
    std::string take_rest();

private:
    Result<bool> parse(bool with_header, Message& into);
    Result<bool> parse_value(size_t max_bytes, std::string& into);
    Result<bool> fill();  // false: nothing has come
    void release();
    Task<Result<Message>> read(bool with_header, Limit limit);

    Stream& stream_;
    const RpcLimits& limits_;
    PendingBytes& pending_;
    std::string in_;
    size_t held_ = 0;  // of `pending_`
    bool has_header_ = false;
    std::string header_;
    codec::MsgpackScanner scanner_;
};

// One call on a stream: writes `preamble` (the stream's first byte, or nothing) and the request, and waits for the
// answer. What the other side answered as an error is ErrorCode::internal with its text; everything else is a failure
// of the connection: unavailable ("EOF" when it ended), timeout, canceled.
Task<Result<std::string>> rpc_call(Stream& stream, RpcReader& reader, std::string_view preamble, uint64_t sequence,
                                   std::string_view method, std::string_view body, Limit limit);

// Serves calls, one after the other, until the stream or the token ends. A call for an unknown method, or with a body
// that cannot be read, is answered and ends the stream.
Task<> serve_rpc(Stream& stream, const RpcService& service, std::shared_ptr<const RpcPeer> peer, RpcLimits limits,
                 PendingBytes& pending, CancelToken cancel);

// The caller's half of a streaming call's beginning; `preamble` as above. The stream then carries what the method says.
Task<Result<std::unique_ptr<Stream>>> rpc_open_stream(std::unique_ptr<Stream> stream, std::string_view preamble,
                                                      std::string method, std::string request, RpcLimits limits,
                                                      Limit limit);

// The other half, and the method itself.
Task<> serve_rpc_stream(std::unique_ptr<Stream> stream, const RpcService& service, std::shared_ptr<const RpcPeer> peer,
                        RpcLimits limits, PendingBytes& pending, CancelToken cancel);

// Whether an answer with this error ends the stream: the texts for methods that are not there, and codec's own for
// bodies that cannot be read.
bool ends_rpc_stream(const Error& error);

// A stream before which bytes stand that were read from it too early.
std::unique_ptr<Stream> with_bytes_before(std::unique_ptr<Stream> stream, std::string bytes);

}  // namespace drover::net
