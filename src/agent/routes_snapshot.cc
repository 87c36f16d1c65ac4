// The archive of the cluster's state over HTTP: what the streams of servers say, to a browser or curl.
#include "agent/agent.h"
#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "agent/spool_file.h"
#include "base/strings.h"
#include "codec/base64.h"
#include "codec/msgpack.h"
#include "model/archive_parts.h"
#include "model/rpc_operator.h"
#include "model/stream_error.h"
#include "net/rpc.h"

namespace drover::agent {
namespace {

constexpr size_t kPiece = 64 << 10;
constexpr Duration kPatience = minutes(10);  // with a server that saves or restores

// What a server says at last, or at first: one value. What comes behind it is read from `stream` then.
template <class Response>
net::Task<Result<Response>> told(std::unique_ptr<net::Stream>& stream, net::CancelToken cancel) {
    const net::RpcLimits limits{.body_bytes = 1 << 20, .pending_bytes = 1 << 20};
    net::PendingBytes pending;
    std::string rest;
    Result<std::string> value;
    {
        net::RpcReader reader(*stream, limits, pending);
        value = co_await reader.value({stream->loop().in(kPatience), std::move(cancel)});
        rest = reader.take_rest();
    }
    if (!value) co_return fail(value.error());
    stream = net::with_bytes_before(std::move(stream), std::move(rest));
    co_return codec::from_msgpack<Response>(*value);
}

// The server's refusal as this interface says it; nothing: it did not refuse.
template <class Response>
std::optional<net::Response> refused(const Result<Response>& told) {
    if (!told) return respond(told.error());
    if (told->ErrorMsg.empty() && told->ErrorCode == 0) return {};
    return net::Response::text(told->ErrorCode >= 400 ? static_cast<int>(told->ErrorCode) : 500, told->ErrorMsg);
}

// An archive that ends early, since its server did, must not look whole: the answer breaks off.
net::Task<Result<>> pass_on(std::shared_ptr<net::Stream> archive, std::string checksum, net::BodyWriter& body,
                            net::CancelToken cancel) {
    std::string piece(kPiece, '\0');
    model::Sha256 sum;
    while (true) {
        auto got = co_await archive->read_some(piece, {archive->loop().in(kPatience), cancel});
        if (!got) co_return fail(got.error());
        if (*got == 0) break;
        sum.add(std::string_view(piece).substr(0, *got));
        if (auto sent = co_await body.write(std::string_view(piece).substr(0, *got)); !sent) co_return sent;
    }
    if (checksum != "sha-256=" + codec::base64_encode(sum.digest()))
        co_return fail(Error::unavailable("the archive is not whole"));
    co_return Result<>();
}

net::Task<net::Response> save(HttpCall call) {
    model::SnapshotSaveRequest request;
    if (auto read = read_options(call.request, call.api.region(), request); !read) co_return respond(read.error());
    auto opened = co_await call.api.agent().servers().open_stream("Operator.SnapshotSave", codec::to_msgpack(request),
                                                                  call.cancel);
    if (!opened) co_return respond(opened.error());
    auto head = co_await told<model::SnapshotSaveResponse>(*opened, call.cancel);
    if (auto no = refused(head)) co_return std::move(*no);
    net::Response response;
    response.headers.set("Content-Type", "application/x-gzip");
    response.headers.set("Digest", head->SnapshotChecksum);
    response.stream = [archive = std::shared_ptr<net::Stream>(std::move(*opened)), checksum = head->SnapshotChecksum](
                          net::BodyWriter& body, net::CancelToken cancel) {
        return pass_on(archive, checksum, body, std::move(cancel));
    };
    co_return response;
}

// Ends early where the server has had enough: it says why.
net::Task<> upload(net::Loop& loop, std::shared_ptr<SpoolFile> maybe_file, net::Stream& stream,
                   net::CancelToken cancel) {
    const uint64_t size = maybe_file ? maybe_file->size() : 0;
    for (uint64_t offset = 0; offset < size;) {
        auto piece = co_await SpoolFile::read_piece(loop, maybe_file, offset, kPiece);
        if (!piece || piece->empty()) {
            (void)co_await stream.write(model::error_frame(Error::internal("the archive cannot be read")),
                                        {loop.in(kPatience), cancel});
            co_return;
        }
        offset += piece->size();
        const std::string frame = model::payload_frame(std::move(*piece));
        if (auto sent = co_await stream.write(frame, {loop.in(kPatience), cancel}); !sent) co_return;
    }
    const std::string end = model::end_frame();
    (void)co_await stream.write(end, {loop.in(kPatience), cancel});
}

net::Task<net::Response> restore(HttpCall call) {
    model::SnapshotRestoreRequest request;
    write_options(call.request, call.api.region(), request);
    request.Force = parse_bool(call.request.query.get("force")).value_or(false);
    Agent& agent = call.api.agent();
    auto opened =
        co_await agent.servers().open_stream("Operator.SnapshotRestore", codec::to_msgpack(request), call.cancel);
    if (!opened) co_return respond(opened.error());
    // Without a body there is none.
    co_await upload(agent.loop(), std::dynamic_pointer_cast<SpoolFile>(call.request.sink), **opened, call.cancel);
    auto answer = co_await told<model::SnapshotRestoreResponse>(*opened, call.cancel);
    if (auto no = refused(answer)) co_return std::move(*no);
    net::Response response;
    response.headers.set("X-Nomad-Index", std::to_string(answer->Index));
    co_return response;
}

}  // namespace

bool takes_archive(const net::Request& head) {
    return head.path == "/v1/operator/snapshot" && (head.method == "PUT" || head.method == "POST");
}

RouteTable snapshot_routes() {
    return {
        on(kGet, "/v1/operator/snapshot", save),
        on(kWrite, "/v1/operator/snapshot", restore),
    };
}

}  // namespace drover::agent
