#include "net/rpc.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/strings.h"
#include "codec/describe.h"

namespace drover::net {

namespace {

constexpr size_t kMaxHeaderBytes = 1 << 20;  // error texts can be long
constexpr size_t kReadBytes = 16 << 10;
constexpr size_t kMaxAhead = 64 << 10;  // what may come while an answer is due
constexpr std::string_view kEmptyMap = "\x80";

// Keys as Nomad writes them, sorted.
struct RequestHeader {
    uint64_t Seq = 0;
    std::string ServiceMethod;
};
struct ResponseHeader {
    std::string Error;
    uint64_t Seq = 0;
    std::string ServiceMethod;
};
DECLARE_TYPE(RequestHeader);
DECLARE_TYPE(ResponseHeader);
DESCRIBE(RequestHeader, FIELD(Seq), FIELD(ServiceMethod));
DESCRIBE(ResponseHeader, FIELD(Error), FIELD(Seq), FIELD(ServiceMethod));

// What a streaming call begins with, and its answer.
struct StreamHeader {
    std::string Method;
};
struct StreamAnswer {
    std::string Error;
};
DECLARE_TYPE(StreamHeader);
DECLARE_TYPE(StreamAnswer);
DESCRIBE(StreamHeader, FIELD(Method));
DESCRIBE(StreamAnswer, FIELD(Error));

using Parts = std::array<std::string_view, 3>;

// Writes what goes at once and removes it from the parts. True: all of it went.
Result<bool> write_now(Stream& stream, Parts& parts) {
    for (;;) {
        std::span<std::string_view> left(parts);
        while (!left.empty() && left.front().empty()) left = left.subspan(1);
        if (left.empty()) return true;
        Result<std::optional<size_t>> n = stream.try_write(left);
        if (!n) return fail(n.error());
        if (!*n) return false;
        size_t gone = **n;
        for (std::string_view& part : left) {
            const size_t step = std::min(gone, part.size());
            part.remove_prefix(step);
            gone -= step;
        }
    }
}

Task<Result<>> write_rest(Stream& stream, Parts parts, Limit limit) {
    co_return co_await stream.write(std::vector<std::string_view>(parts.begin(), parts.end()), std::move(limit));
}

}  // namespace

// --- reading

RpcReader::~RpcReader() { release(); }

void RpcReader::release() {
    const size_t held = std::exchange(held_, 0);
    pending_.held -= held;
    if (pending_.maybe_all) pending_.maybe_all->held -= held;
}

Result<bool> RpcReader::parse_value(size_t max_bytes, std::string& into) {
    Result<std::optional<size_t>> length = scanner_.scan(in_);
    if (!length) return fail(length.error());
    if (scanner_.at_least() > max_bytes)
        return fail(Error{ErrorCode::too_large, "message of more than " + std::to_string(max_bytes) + " bytes"});
    if (!*length) return false;
    if (**length == in_.size()) {
        into = std::exchange(in_, {});
    } else {
        into = in_.substr(0, **length);
        in_.erase(0, **length);
    }
    scanner_.reset();
    return true;
}

Result<bool> RpcReader::parse(bool with_header, Message& into) {
    if (with_header && !has_header_) {
        Result<bool> done = parse_value(kMaxHeaderBytes, header_);
        if (!done || !*done) return done;
        has_header_ = true;
    }
    Result<bool> done = parse_value(limits_.body_bytes, into.body);
    if (!done || !*done) return done;
    into.header = std::exchange(header_, {});
    has_header_ = false;
    release();
    return true;
}

Result<bool> RpcReader::fill() {
    char buffer[kReadBytes];
    Result<std::optional<size_t>> n = stream_.try_read(buffer);
    if (!n) return fail(n.error());
    if (!*n) return false;
    if (**n == 0) return fail(Error::unavailable("EOF"));
    in_.append(buffer, **n);
    held_ += **n;
    pending_.held += **n;
    if (pending_.maybe_all) pending_.maybe_all->held += **n;
    const bool too_many = pending_.maybe_all && pending_.maybe_all->held > limits_.all_pending_bytes;
    if (too_many || pending_.held > limits_.pending_bytes)
        return fail(Error{ErrorCode::too_large, "too many bytes of unfinished messages"});
    return true;
}

Task<Result<RpcReader::Message>> RpcReader::read(bool with_header, Limit limit) {
    Message message;
    for (;;) {
        Result<bool> done = parse(with_header, message);
        if (!done) co_return fail(done.error());
        if (*done) co_return message;
        Result<bool> came = fill();
        if (!came) co_return fail(came.error());
        if (*came) continue;
        Limit step = limit;
        if (!in_.empty() || has_header_)
            step.deadline = std::min(step.deadline, stream_.loop().in(limits_.stall_timeout));
        Result<> waited = co_await stream_.ready(Direction::read, std::move(step));
        if (!waited) co_return fail(waited.error());
    }
}

Task<Result<RpcReader::Message>> RpcReader::message(Limit limit) { return read(true, std::move(limit)); }

Task<Result<std::string>> RpcReader::value(Limit limit) {
    Result<Message> message = co_await read(false, std::move(limit));
    if (!message) co_return fail(message.error());
    co_return std::move(message->body);
}

RpcReader::Seen RpcReader::look() {
    while (in_.size() < kMaxAhead) {
        Result<bool> came = fill();
        if (!came) return Seen::ended;
        if (!*came) return Seen::nothing;
    }
    return Seen::enough;
}

std::string RpcReader::take_rest() {
    release();
    return std::exchange(in_, {});
}

// --- calling

namespace {

// What a failed read or write means for a call: of the ways in which a connection ends, callers know one text.
Error broken(const Error& error) {
    if (error.code == ErrorCode::timeout || error.code == ErrorCode::canceled) return error;
    if (error.code == ErrorCode::unavailable) return Error::unavailable("EOF");
    return Error::unavailable("malformed answer: " + error.message);
}

}  // namespace

Task<Result<std::string>> rpc_call(Stream& stream, RpcReader& reader, std::string_view preamble, uint64_t sequence,
                                   std::string_view method, std::string_view body, Limit limit) {
    const std::string header = codec::to_msgpack(RequestHeader{sequence, std::string(method)});
    Parts parts{preamble, header, body};
    Result<bool> written = write_now(stream, parts);
    if (!written) co_return fail(broken(written.error()));
    if (!*written) {
        Result<> rest = co_await write_rest(stream, parts, limit);
        if (!rest) co_return fail(broken(rest.error()));
    }
    Result<RpcReader::Message> message = co_await reader.message(std::move(limit));
    if (!message) co_return fail(broken(message.error()));
    auto answer = codec::from_msgpack<ResponseHeader>(message->header);
    if (!answer) co_return fail(broken(answer.error()));
    if (answer->Seq != sequence) co_return fail(Error::unavailable("malformed answer: to another call"));
    if (!answer->Error.empty()) co_return fail(Error::internal(std::move(answer->Error)));
    co_return std::move(message->body);
}

// --- serving

bool ends_rpc_stream(const Error& error) {
    for (const std::string_view prefix : {"rpc: can't find service ", "rpc: can't find method ",
                                          "rpc: service/method request ill-formed: ", "msgpack: "}) {
        if (has_prefix(error.message, prefix)) return true;
    }
    return false;
}

namespace {

// Cancels what is done for a caller when the stream ends meanwhile.
class GoneWatch final : IoWaiter {
public:
    GoneWatch(Stream& stream, RpcReader& reader, CancelSource& source)
        : stream_(stream), reader_(reader), source_(source) {
        look();
    }
    ~GoneWatch() {
        if (watching_) stream_.unwatch(Direction::read);
    }

private:
    void on_ready() override {
        watching_ = false;
        look();
    }
    void look() {
        const RpcReader::Seen seen = reader_.look();
        if (seen == RpcReader::Seen::ended) return source_.cancel(Error::canceled("the caller has gone"));
        watching_ = seen == RpcReader::Seen::nothing;
        if (watching_) stream_.watch(Direction::read, *this);
    }

    Stream& stream_;
    RpcReader& reader_;
    CancelSource& source_;
    bool watching_ = false;
};

// What serving one stream needs. Not in the frame of the coroutine that waits for requests.
struct Serving {
    Stream& stream;
    const RpcService& service;
    std::shared_ptr<const RpcPeer> peer;
    const RpcLimits& limits;
    CancelSource source;
};

[[gnu::noinline]] Task<Result<std::string>> run_handler(Serving& serving, RpcReader& reader, std::string method,
                                                        std::string body) {
    if (!serving.service.call) co_return fail(Error::not_found("rpc: can't find service " + method));
    GoneWatch watch(serving.stream, reader, serving.source);
    try {
        co_return co_await serving.service.call(
            {std::move(method), std::move(body), serving.peer, serving.source.token()});
    } catch (const std::exception& e) {
        Logger("rpc").error("handler threw an exception", {{"error", e.what()}});
    }
    co_return fail(Error::internal("internal error"));
}

// False: the stream is of no more use.
[[gnu::noinline]] Task<bool> answer(Serving& serving, const RequestHeader& request, Result<std::string> result) {
    ResponseHeader header{{}, request.Seq, request.ServiceMethod};
    if (!result) header.Error = result.error().message.empty() ? "unknown error" : result.error().message;
    const std::string head = codec::to_msgpack(header);
    Parts parts{head, result && !result->empty() ? std::string_view(*result) : kEmptyMap, {}};
    Result<bool> written = write_now(serving.stream, parts);
    if (written && !*written) {
        const Limit limit{serving.stream.loop().in(serving.limits.answer_timeout), serving.source.token()};
        Result<> rest = co_await write_rest(serving.stream, parts, limit);
        if (!rest) co_return false;
    }
    co_return written && (result || !ends_rpc_stream(result.error()));
}

[[gnu::noinline]] Task<bool> serve_message(Serving& serving, RpcReader& reader, RpcReader::Message message) {
    auto header = codec::from_msgpack<RequestHeader>(message.header);
    if (!header) co_return false;
    Result<std::string> result =
        co_await run_handler(serving, reader, header->ServiceMethod, std::exchange(message.body, {}));
    if (serving.source.cancelled()) co_return false;
    co_return co_await answer(serving, *header, std::move(result));
}

// A body that cannot be read is answered when its header could.
[[gnu::noinline]] Task<> refuse_body(Serving& serving, std::string header_bytes, Error error) {
    auto header = codec::from_msgpack<RequestHeader>(header_bytes);
    if (header) (void)co_await answer(serving, *header, fail(std::move(error)));
}

}  // namespace

Task<> serve_rpc(Stream& stream, const RpcService& service, std::shared_ptr<const RpcPeer> peer, RpcLimits limits,
                 PendingBytes& pending, CancelToken cancel) {
    Serving serving{stream, service, std::move(peer), limits, CancelSource(std::move(cancel))};
    RpcReader reader(stream, limits, pending);
    for (;;) {
        Result<RpcReader::Message> message = co_await reader.message({Deadline::never(), serving.source.token()});
        if (!message) {
            const ErrorCode code = message.error().code;
            if (reader.has_header() && (code == ErrorCode::bad_request || code == ErrorCode::too_large))
                co_await refuse_body(serving, reader.header(), message.error());
            co_return;
        }
        const bool goes_on = co_await serve_message(serving, reader, std::move(*message));
        if (!goes_on) co_return;
    }
}

// --- streaming calls

Task<Result<std::unique_ptr<Stream>>> rpc_open_stream(std::unique_ptr<Stream> stream, std::string_view preamble,
                                                      std::string method, std::string request, RpcLimits limits,
                                                      Limit limit) {
    const std::string head = std::string(preamble) + codec::to_msgpack(StreamHeader{std::move(method)});
    Result<> written = co_await stream->write(head, limit);
    if (!written) co_return fail(broken(written.error()));
    PendingBytes pending;
    std::string rest;
    {
        RpcReader reader(*stream, limits, pending);
        Result<std::string> bytes = co_await reader.value(limit);
        if (!bytes) co_return fail(broken(bytes.error()));
        auto answer = codec::from_msgpack<StreamAnswer>(*bytes);
        if (!answer) co_return fail(broken(answer.error()));
        if (!answer->Error.empty()) co_return fail(Error::internal(std::move(answer->Error)));
        rest = reader.take_rest();
    }
    written = co_await stream->write(request, limit);
    if (!written) co_return fail(broken(written.error()));
    co_return with_bytes_before(std::move(stream), std::move(rest));
}

namespace {

// The exchange before a method has the stream. Nothing: it came to nothing.
[[gnu::noinline]] Task<Result<RpcStreamCall>> begin_stream(std::unique_ptr<Stream> stream, const RpcService& service,
                                                           const RpcLimits& limits, PendingBytes& pending,
                                                           CancelToken cancel) {
    RpcStreamCall call;
    RpcReader reader(*stream, limits, pending);
    const auto limit = [&] { return Limit{stream->loop().in(limits.stall_timeout), cancel}; };
    Result<std::string> bytes = co_await reader.value(limit());
    if (!bytes) co_return fail(bytes.error());
    auto header = codec::from_msgpack<StreamHeader>(*bytes);
    if (!header) co_return fail(header.error());
    Result<> found = fail(Error::not_found("Unknown rpc method: \"" + header->Method + "\""));
    if (service.find_stream && service.stream) found = service.find_stream(header->Method);
    const std::string acknowledgement = codec::to_msgpack(StreamAnswer{found ? std::string() : found.error().message});
    Result<> written = co_await stream->write(acknowledgement, limit());
    if (!found) co_return fail(found.error());
    if (!written) co_return fail(written.error());
    bytes = co_await reader.value(limit());
    if (!bytes) co_return fail(bytes.error());
    call.method = std::move(header->Method);
    call.request = std::move(*bytes);
    call.cancel = std::move(cancel);
    call.stream = with_bytes_before(std::move(stream), reader.take_rest());
    co_return call;
}

}  // namespace

Task<> serve_rpc_stream(std::unique_ptr<Stream> stream, const RpcService& service, std::shared_ptr<const RpcPeer> peer,
                        RpcLimits limits, PendingBytes& pending, CancelToken cancel) {
    Result<RpcStreamCall> call = co_await begin_stream(std::move(stream), service, limits, pending, std::move(cancel));
    if (!call) co_return;
    call->peer = std::move(peer);
    try {
        co_await service.stream(std::move(*call));
    } catch (const std::exception& e) {
        Logger("rpc").error("streaming handler threw an exception", {{"error", e.what()}});
    }
}

namespace {

class StreamWithBytesBefore final : public Stream {
public:
    StreamWithBytesBefore(std::unique_ptr<Stream> below, std::string bytes)
        : Stream(below->loop()), below_(std::move(below)), bytes_(std::move(bytes)) {}

    Result<std::optional<size_t>> try_read(std::span<char> into) override {
        if (bytes_.empty()) return below_->try_read(into);
        const size_t n = std::min(into.size(), bytes_.size());
        std::copy_n(bytes_.data(), n, into.data());
        bytes_.erase(0, n);
        if (bytes_.empty()) bytes_ = std::string();
        return n;
    }
    Result<std::optional<size_t>> try_write(std::span<const std::string_view> parts) override {
        return below_->try_write(parts);
    }
    void watch(Direction direction, IoWaiter& waiter) override {
        if (direction == Direction::read && !bytes_.empty()) return waiter.on_ready();
        below_->watch(direction, waiter);
    }
    void unwatch(Direction direction) override { below_->unwatch(direction); }
    void shutdown_write() override { below_->shutdown_write(); }
    void close() override {
        bytes_.clear();
        below_->close();
    }
    Address local() const override { return below_->local(); }
    Address peer() const override { return below_->peer(); }

private:
    std::unique_ptr<Stream> below_;
    std::string bytes_;
};

}  // namespace

std::unique_ptr<Stream> with_bytes_before(std::unique_ptr<Stream> stream, std::string bytes) {
    if (bytes.empty()) return stream;
    return std::make_unique<StreamWithBytesBefore>(std::move(stream), std::move(bytes));
}

}  // namespace drover::net
