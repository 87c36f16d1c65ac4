// The archive of the cluster's state: saved into a file first, as its sum stands before it, and restored from one.
#include "agent/agent.h"
#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "agent/snapshot_streams.h"
#include "agent/spool_file.h"
#include "base/strings.h"
#include "codec/base64.h"

namespace drover::agent {
namespace {

constexpr size_t kPiece = 256 << 10;

net::Task<Result<>> send(net::Loop& loop, std::shared_ptr<SpoolFile> file, net::BodyWriter& body,
                         net::CancelToken cancel) {
    for (uint64_t offset = 0; offset < file->size();) {
        if (cancel.cancelled()) co_return fail(cancel.reason());
        auto piece = co_await net::run_blocking(loop, [file, offset]() -> Result<std::string> {
            std::string bytes(kPiece, '\0');
            auto got = file->read(offset, bytes.data(), bytes.size());
            if (!got) return fail(got.error());
            bytes.resize(*got);
            return bytes;
        });
        if (!piece) co_return fail(piece.error());
        if (piece->empty()) co_return fail(Error::internal("a temporary file is shorter than it was"));
        offset += piece->size();
        if (auto sent = co_await body.write(*piece); !sent) co_return sent;
    }
    co_return Result<>();
}

net::Response no_server() {
    return respond(Error::not_implemented("snapshots through an agent without a server are not supported yet"));
}

net::Task<net::Response> save(HttpCall call) {
    Agent& agent = call.api.agent();
    if (!agent.maybe_server()) co_return no_server();
    model::QueryOptions options;
    if (auto read = read_options(call.request, call.api.region(), options); !read) co_return respond(read.error());
    if (options.Region != call.api.region()) co_return respond(Error::internal("No path to region"));
    if (!options.AllowStale && !agent.server().is_leader()) co_return respond(Error::internal("No cluster leader"));
    auto saved = co_await net::run_blocking(
        agent.loop(), [folder = spool_folder(agent.config()), archive = agent.server().archive()] {
            return spool_archive(folder, archive);
        });
    if (!saved) co_return respond(saved.error());
    net::Response response;
    response.headers.set("Content-Type", "application/x-gzip");
    response.headers.set("Digest", "sha-256=" + codec::base64_encode(saved->digest));
    response.stream = [&loop = agent.loop(), file = saved->file](net::BodyWriter& body, net::CancelToken cancel) {
        return send(loop, file, body, std::move(cancel));
    };
    co_return response;
}

net::Task<net::Response> restore(HttpCall call) {
    if (!call.api.agent().maybe_server()) co_return no_server();
    model::WriteRequest options;
    write_options(call.request, call.api.region(), options);
    if (options.Region != call.api.region()) co_return respond(Error::internal("No path to region"));
    // Without a body there is none.
    std::shared_ptr<SpoolFile> file = std::dynamic_pointer_cast<SpoolFile>(call.request.sink);
    const bool force = parse_bool(call.request.query.get("force")).value_or(false);
    auto restored = co_await call.api.agent().server().restore(
        [file](uint64_t offset, char* buffer, size_t size) -> Result<size_t> {
            return file ? file->read(offset, buffer, size) : 0;
        },
        force);
    if (!restored) co_return net::Response::text(500, "failed to restore from snapshot: " + restored.error().message);
    net::Response response;
    response.headers.set("X-Nomad-Index", std::to_string(*restored));
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
