#include "agent/snapshot_streams.h"

#include "agent/spool_file.h"
#include "codec/base64.h"
#include "codec/msgpack.h"
#include "model/archive.h"
#include "model/archive_parts.h"
#include "model/rpc_operator.h"
#include "model/stream_error.h"

namespace drover::agent {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr uint64_t kMostArchiveBytes = uint64_t{1} << 38;
constexpr Duration kPatience = minutes(5);  // with a peer that takes or sends nothing

struct SpooledArchive {
    std::shared_ptr<SpoolFile> file;
    std::string digest;  // SHA-256
};

// Blocks.
Result<SpooledArchive> spool_archive(const std::string& folder,
                                     const std::function<Result<>(const model::ArchiveSink&)>& archive) {
    auto file = SpoolFile::create(folder);
    if (!file) return fail(file.error());
    model::Sha256 sum;
    auto done = archive([&](std::string_view piece) {
        sum.add(piece);
        return (*file)->write(piece);
    });
    if (!done) return fail(done.error());
    return SpooledArchive{std::move(*file), sum.digest()};
}

template <class Response>
std::string refusal(const Error& error) {
    Response response;
    response.ErrorCode = http_status(error.code);
    response.ErrorMsg = error.message;
    return codec::to_msgpack(response);
}

net::Task<Result<SpooledArchive>> spool_state(server::Server& server, net::Loop& loop, std::string folder,
                                              std::string request, net::CancelToken cancel) {
    auto asked = codec::from_msgpack<model::SnapshotSaveRequest>(request);
    if (!asked) co_return fail(asked.error());
    if (!asked->AllowStale) {
        auto confirmed = co_await server.confirm(cancel);
        if (!confirmed) co_return fail(confirmed.error());
        if (!*confirmed) co_return fail(Error::internal("No cluster leader"));
    }
    co_return co_await net::run_blocking(
        loop, [folder, archive = server.archive()] { return spool_archive(folder, archive); });
}

net::Task<> save(server::Server& server, net::Loop& loop, std::string folder, net::RpcStreamCall call) {
    const auto soon = [&] { return net::Limit{loop.in(kPatience), call.cancel}; };
    auto spooled = co_await spool_state(server, loop, std::move(folder), std::move(call.request), call.cancel);
    std::string head;
    if (spooled) {
        model::SnapshotSaveResponse response;
        response.Index = server.store().view().index();
        response.KnownLeader = !server.leader_address().empty();
        response.SnapshotChecksum = "sha-256=" + codec::base64_encode(spooled->digest);
        head = codec::to_msgpack(response);
    } else {
        head = refusal<model::SnapshotSaveResponse>(spooled.error());
    }
    auto sent = co_await call.stream->write(head, soon());
    if (!sent || !spooled) co_return;
    for (uint64_t offset = 0; offset < spooled->file->size();) {
        auto piece = co_await SpoolFile::read_piece(loop, spooled->file, offset, kPiece);
        if (!piece || piece->empty()) co_return;
        offset += piece->size();
        if (auto written = co_await call.stream->write(*piece, soon()); !written) co_return;
    }
}

// The archive that comes in pieces, whose end is told as an error.
net::Task<Result<std::shared_ptr<SpoolFile>>> receive(net::Loop& loop, std::string folder, net::Stream& stream,
                                                      net::CancelToken cancel) {
    auto file = SpoolFile::create(folder);
    if (!file) co_return fail(file.error());
    const net::RpcLimits limits{.body_bytes = 1 << 20, .pending_bytes = 1 << 20};
    net::PendingBytes pending;
    net::RpcReader reader(stream, limits, pending);
    std::string held;
    for (bool ended = false; !ended;) {
        auto value = co_await reader.value({loop.in(kPatience), cancel});
        if (!value) co_return fail(value.error());
        auto payload = model::payload_of(*value);
        ended = !payload && payload.error().message == model::kEndOfPieces;
        if (!payload && !ended) co_return fail(payload.error());
        if (!ended) held += *payload;
        if (!ended && held.size() < kPiece) continue;
        if ((*file)->size() + held.size() > kMostArchiveBytes)
            co_return fail(Error{ErrorCode::too_large, "the archive is too large"});
        auto written =
            co_await net::run_blocking(loop, [file = *file, bytes = std::exchange(held, {})]() -> Result<bool> {
                if (auto done = file->write(bytes); !done) return fail(done.error());
                return true;
            });
        if (!written) co_return fail(written.error());
    }
    co_return std::move(*file);
}

net::Task<> restore(server::Server& server, net::Loop& loop, std::string folder, net::RpcStreamCall call) {
    auto asked = codec::from_msgpack<model::SnapshotRestoreRequest>(call.request);
    Result<uint64_t> restored = fail(asked ? Error::internal("No cluster leader") : asked.error());
    if (asked && server.is_leader()) {
        auto file = co_await receive(loop, std::move(folder), *call.stream, call.cancel);
        if (file) {
            restored = co_await server.restore(
                [file = *file](uint64_t offset, char* buffer, size_t size) { return file->read(offset, buffer, size); },
                asked->Force);
        } else {
            restored = fail(file.error());
        }
    }
    std::string answer;
    if (restored) {
        model::SnapshotRestoreResponse response;
        response.Index = *restored;
        response.KnownLeader = true;
        answer = codec::to_msgpack(response);
    } else {
        answer = refusal<model::SnapshotRestoreResponse>(
            Error::internal("failed to restore from snapshot: " + restored.error().message));
    }
    (void)co_await call.stream->write(answer, {loop.in(kPatience), call.cancel});
}

}  // namespace

std::string spool_folder(const Config& config) { return config.DevMode ? "" : config.DataDir; }

void serve_snapshots(server::Server& server, net::Loop& loop, std::string folder) {
    server.rpc().add_stream("Operator.SnapshotSave", {.needs_leader = true,
                                                      .serve =
                                                          [&server, &loop, folder](net::RpcStreamCall call) {
                                                              return save(server, loop, folder, std::move(call));
                                                          },
                                                      .refusal = refusal<model::SnapshotSaveResponse>});
    server.rpc().add_stream("Operator.SnapshotRestore", {.needs_leader = true,
                                                         .serve =
                                                             [&server, &loop, folder](net::RpcStreamCall call) {
                                                                 return restore(server, loop, folder, std::move(call));
                                                             },
                                                         .refusal = refusal<model::SnapshotRestoreResponse>});
}

}  // namespace drover::agent
