#include "client/node_service.h"

#include <array>

#include "base/strings.h"
#include "client/client.h"
#include "codec/json.h"
#include "codec/msgpack.h"
#include "model/rpc_alloc.h"
#include "model/rpc_client.h"
#include "model/rpc_node.h"
#include "model/stream_error.h"

namespace drover::client {
namespace {

using Answer = net::Task<Result<std::string>>;

constexpr Duration kTakeTimeout = minutes(1);  // for the caller to take a piece

Result<std::string> done(const Result<>& result) {
    if (!result) return fail(Error::internal(result.error().message));
    return codec::to_msgpack(model::GenericResponse());
}

Answer restart(Client& client, std::string body) {
    auto request = codec::from_msgpack<model::AllocRestartRequest>(body);
    if (!request) co_return fail(request.error());
    co_return done(co_await client.restart(request->AllocID, request->TaskName, request->AllTasks));
}

Answer signal(Client& client, std::string body) {
    auto request = codec::from_msgpack<model::AllocSignalRequest>(body);
    if (!request) co_return fail(request.error());
    co_return done(co_await client.signal(request->AllocID, request->Task, request->Signal));
}

Answer collect(Client& client, std::string body) {
    auto request = codec::from_msgpack<model::AllocSpecificRequest>(body);
    if (!request) co_return fail(request.error());
    co_return done(co_await client.collect(request->AllocID));
}

Answer collect_all(Client& client, std::string) {
    co_await client.collect_all();
    co_return done({});
}

Answer stats(Client& client, std::string body) {
    auto request = codec::from_msgpack<model::AllocStatsRequest>(body);
    if (!request) co_return fail(request.error());
    auto usage = client.usage(request->AllocID, request->Task);
    if (!usage) co_return fail(Error::internal(usage.error().message));
    model::AllocStatsResponse response;
    response.Stats = std::move(*usage);
    co_return codec::to_msgpack(response);
}

Answer list_files(Client& client, std::string body) {
    auto request = codec::from_msgpack<model::FsListRequest>(body);
    if (!request) co_return fail(request.error());
    auto files = client.list_files(request->AllocID, request->Path);
    if (!files) co_return fail(Error::internal(files.error().message));
    model::FsListResponse response;
    response.Files = std::move(*files);
    co_return codec::to_msgpack(response);
}

Answer stat_file(Client& client, std::string body) {
    auto request = codec::from_msgpack<model::FsStatRequest>(body);
    if (!request) co_return fail(request.error());
    auto info = client.stat_file(request->AllocID, request->Path);
    if (!info) co_return fail(Error::internal(info.error().message));
    model::FsStatResponse response;
    response.Info = std::move(*info);
    co_return codec::to_msgpack(response);
}

Answer host_stats(Client&, std::string) {
    co_return fail(Error::internal("statistics of the host are not supported yet"));
}

struct Method {
    std::string_view name;
    Answer (*answer)(Client& client, std::string body);
};
constexpr std::array kMethods = {
    Method{"Allocations.Restart", restart},
    Method{"Allocations.Signal", signal},
    Method{"Allocations.GarbageCollect", collect},
    Method{"Allocations.GarbageCollectAll", collect_all},
    Method{"Allocations.Stats", stats},
    Method{"ClientStats.Stats", host_stats},
    Method{"FileSystem.List", list_files},
    Method{"FileSystem.Stat", stat_file},
};

Error unknown_method(std::string_view method) {
    const size_t dot = method.rfind('.');
    if (dot == std::string_view::npos)
        return Error::internal("rpc: service/method request ill-formed: " + std::string(method));
    for (const Method& known : kMethods) {
        if (known.name.starts_with(method.substr(0, dot + 1)))
            return Error::internal("rpc: can't find method " + std::string(method));
    }
    return Error::internal("rpc: can't find service " + std::string(method));
}

struct Opened {
    std::unique_ptr<FrameSource> frames;
    bool plain = false;
};

Result<bool> from_end(const std::string& origin) {
    if (origin.empty() || origin == "start") return false;
    if (origin == "end") return true;
    return fail(Error::bad_request("origin must be start or end"));
}

Result<Opened> open_logs(Client& client, const std::string& body) {
    auto request = codec::from_msgpack<model::FsLogsRequest>(body);
    if (!request) return fail(request.error());
    if (request->AllocID.empty()) return fail(Error::bad_request("missing allocation ID"));
    if (request->Task.empty()) return fail(Error::bad_request("must provide task name"));
    if (request->LogType != "stdout" && request->LogType != "stderr")
        return fail(Error::bad_request("must provide log type (stdout/stderr)"));
    auto end = from_end(request->Origin);
    if (!end) return fail(end.error());
    LogStreamRequest log;
    log.task = request->Task, log.type = request->LogType;
    log.offset = request->Offset, log.from_end = *end, log.follow = request->Follow;
    auto frames = client.stream_logs(request->AllocID, std::move(log));
    if (!frames) return fail(frames.error());
    return Opened{std::move(*frames), request->PlainText};
}

Result<Opened> open_file_stream(Client& client, const std::string& body) {
    auto request = codec::from_msgpack<model::FsStreamRequest>(body);
    if (!request) return fail(request.error());
    if (request->AllocID.empty()) return fail(Error::bad_request("missing allocation ID"));
    if (request->Path.empty()) return fail(Error::bad_request("must provide a file name"));
    auto end = from_end(request->Origin);
    if (!end) return fail(end.error());
    auto info = client.stat_file(request->AllocID, request->Path);
    if (!info) return fail(info.error());
    if (info->IsDir) return fail(Error::bad_request("file " + quote(request->Path) + " is a directory"));
    FileStreamRequest file;
    file.path = request->Path, file.offset = request->Offset, file.from_end = *end;
    file.limit = request->Limit, file.follow = request->Follow;
    auto frames = client.stream_file(request->AllocID, std::move(file));
    if (!frames) return fail(frames.error());
    return Opened{std::move(*frames), request->PlainText};
}

constexpr std::string_view kLogs = "FileSystem.Logs", kFile = "FileSystem.Stream";

// Reads until the caller ends the stream; nothing that it writes means anything.
net::Task<> watch_caller(net::Stream& stream, net::CancelSource& gone, net::CancelToken cancel) {
    char ignored[64];
    while (true) {
        auto got = co_await stream.read_some(ignored, {net::Deadline::never(), cancel});
        if (!got || *got == 0) break;
    }
    gone.cancel();
}

net::Task<> send_frames(net::Stream& stream, Opened opened, net::CancelToken cancel) {
    while (true) {
        auto frame = co_await opened.frames->next(cancel);
        const bool failed = !frame && !cancel.cancelled();
        if (!frame && !failed) co_return;
        if (!failed && !*frame) co_return;
        std::string bytes;
        if (failed) {
            bytes = model::error_frame(frame.error());
        } else {
            bytes =
                model::payload_frame(opened.plain ? std::string(std::move((*frame)->Data)) : codec::to_json(**frame));
        }
        auto sent = co_await stream.write(bytes, {stream.loop().in(kTakeTimeout), cancel});
        if (!sent || failed) co_return;
    }
}

}  // namespace

net::RpcService NodeService::service() {
    net::RpcService service;
    service.call = [this](net::RpcCall call) { return answer(std::move(call)); };
    service.find_stream = [](std::string_view method) -> Result<> {
        if (method == kLogs || method == kFile) return {};
        return fail(Error::internal("Unknown rpc method: " + quote(method)));
    };
    service.stream = [this](net::RpcStreamCall call) { return stream(std::move(call)); };
    return service;
}

net::Task<Result<std::string>> NodeService::answer(net::RpcCall call) {
    if (!maybe_client_) co_return fail(Error::internal("the node is not ready yet"));
    for (const Method& method : kMethods) {
        if (method.name == call.method) co_return co_await method.answer(*maybe_client_, std::move(call.body));
    }
    if (const auto other = others_.find(call.method); other != others_.end())
        co_return co_await other->second(std::move(call));
    co_return fail(unknown_method(call.method));
}

net::Task<> NodeService::stream(net::RpcStreamCall call) {
    net::Stream& stream = *call.stream;
    Result<Opened> opened = fail(Error::internal("the node is not ready yet"));
    if (maybe_client_)
        opened = call.method == kLogs ? open_logs(*maybe_client_, call.request)
                                      : open_file_stream(*maybe_client_, call.request);
    if (!opened) {
        const std::string bytes = model::error_frame(opened.error());
        (void)co_await stream.write(bytes, {stream.loop().in(kTakeTimeout), call.cancel});
        co_return;
    }
    net::CancelSource gone(call.cancel);
    net::TaskGroup watching(stream.loop(), call.cancel);
    watching.spawn(watch_caller(stream, gone, watching.token()));
    co_await send_frames(stream, std::move(*opened), gone.token());
    watching.cancel();
    co_await watching.join();
}

}  // namespace drover::client
