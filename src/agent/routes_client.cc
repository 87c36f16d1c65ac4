// Files, logs and allocations of nodes: of the one that this agent runs, and of others through a server.
#include <algorithm>

#include "agent/agent.h"
#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/remote_frames.h"
#include "agent/route_tables.h"
#include "base/strings.h"
#include "client/fs_files.h"
#include "codec/json.h"
#include "codec/msgpack.h"
#include "model/rpc_alloc.h"
#include "model/rpc_client.h"

namespace drover::agent {
namespace {

using client::Client;

// This agent's own node, if the allocation is one of its; null: another node's, which is reached through a server.
Client* own_client(const HttpCall& call) {
    Client* client = call.api.agent().maybe_client();
    return client && client->find(to_lower(call.parameter)) ? client : nullptr;
}

Result<> check_id(const HttpCall& call) {
    if (auto id = parse_uuid(call.parameter); !id)
        return fail(Error::internal("alloc lookup failed: index error: " + id.error().message));
    return {};
}

// A request with what all of them carry.
template <class Request>
Result<Request> request_of(const HttpCall& call) {
    Request request;
    const std::string& region = call.api.region();
    if (auto read = read_options(call.request, region, request); !read) return fail(read.error());
    request.AllocID = to_lower(call.parameter);
    return request;
}

// Asks the node through a server.
template <class Response, class Request>
net::Task<Result<Response>> ask_node(HttpCall& call, std::string_view method, Request request) {
    if (auto checked = check_id(call); !checked) co_return fail(checked.error());
    auto answer =
        co_await call.api.agent().servers().call_node(std::string(method), codec::to_msgpack(request), call.cancel);
    if (!answer) co_return fail(answer.error());
    co_return codec::from_msgpack<Response>(*answer);
}

using Frames = std::shared_ptr<client::FrameSource>;

template <class Request>
net::Task<Result<Frames>> frames_from_node(HttpCall& call, std::string_view method, Request request) {
    if (auto checked = check_id(call); !checked) co_return fail(checked.error());
    auto stream =
        co_await call.api.agent().servers().open_stream(std::string(method), codec::to_msgpack(request), call.cancel);
    if (!stream) co_return fail(stream.error());
    auto frames = co_await remote_frames(std::move(*stream), call.cancel);
    if (!frames) co_return fail(frames.error());
    co_return Frames(std::move(*frames));
}

std::string id_of(const HttpCall& call) { return to_lower(call.parameter); }

net::Response json_of(const HttpCall& call, const auto& value) {
    return net::Response::json(codec::to_json(value, wants_pretty(call.request.query)));
}

Result<> done_of(const Result<model::GenericResponse>& answer) {
    if (!answer) return fail(answer.error());
    return {};
}

net::Response written(const HttpCall& call, const Result<>& result) {
    if (!result) return respond(result.error());
    return json_of(call, model::GenericResponse{});
}

net::Task<net::Response> alloc_stats(HttpCall call) {
    auto request = request_of<model::AllocStatsRequest>(call);
    if (!request) co_return respond(request.error());
    request->Task = call.request.query.get("task");
    if (Client* client = own_client(call)) {
        auto usage = client->usage(request->AllocID, request->Task);
        if (!usage) co_return respond(usage.error());
        co_return json_of(call, *usage);
    }
    auto answer = co_await ask_node<model::AllocStatsResponse>(call, "ClientAllocations.Stats", std::move(*request));
    if (!answer) co_return respond(answer.error());
    co_return json_of(call, answer->Stats);
}

net::Task<net::Response> alloc_restart(HttpCall call) {
    auto request = request_of<model::AllocRestartRequest>(call);
    if (!request) co_return respond(request.error());
    if (!call.request.body.empty()) {
        auto body = decode_body<model::AllocRestartRequest>(call.request);
        if (!body) co_return net::Response::text(500, body.error().message);
        request->TaskName = body->TaskName, request->AllTasks = body->AllTasks;
    }
    if (Client* client = own_client(call)) {
        Result<> done = co_await client->restart(request->AllocID, request->TaskName, request->AllTasks);
        co_return written(call, done);
    }
    auto answer = co_await ask_node<model::GenericResponse>(call, "ClientAllocations.Restart", std::move(*request));
    co_return written(call, done_of(answer));
}

net::Task<net::Response> alloc_signal(HttpCall call) {
    auto body = decode_body<model::AllocSignalRequest>(call.request);
    if (!body) co_return respond(body.error().wrapped("Failed to decode body: "));
    auto request = request_of<model::AllocSignalRequest>(call);
    if (!request) co_return respond(request.error());
    request->Task = body->Task, request->Signal = body->Signal;
    if (Client* client = own_client(call)) {
        Result<> done = co_await client->signal(request->AllocID, request->Task, request->Signal);
        co_return written(call, done);
    }
    auto answer = co_await ask_node<model::GenericResponse>(call, "ClientAllocations.Signal", std::move(*request));
    co_return written(call, done_of(answer));
}

net::Task<net::Response> alloc_gc(HttpCall call) {
    auto request = request_of<model::AllocSpecificRequest>(call);
    if (!request) co_return respond(request.error());
    Result<> done;
    if (Client* client = own_client(call)) {
        done = co_await client->collect(request->AllocID);
    } else {
        done = done_of(
            co_await ask_node<model::GenericResponse>(call, "ClientAllocations.GarbageCollect", std::move(*request)));
    }
    if (!done) co_return respond(done.error());
    co_return net::Response();
}

net::Task<net::Response> alloc_unknown(HttpCall) { co_return net::Response::text(404, "resource not found"); }
net::Task<net::Response> fs_unknown(HttpCall) { co_return net::Response::text(404, "Invalid method"); }

// The path that a request asks for, as its text or as an error.
Result<std::string> path_of(const HttpCall& call) {
    if (call.parameter.empty()) return fail(Error::bad_request("must provide a valid alloc id"));
    std::string_view path = call.request.query.get("path");
    if (path.empty()) return fail(Error::bad_request("must provide a file name"));
    return std::string(path);
}

net::Task<Result<List<model::AllocFileInfo>>> list_files(HttpCall& call) {
    auto request = request_of<model::FsListRequest>(call);
    if (!request) co_return fail(request.error());
    const std::string_view path = call.request.query.get("path");
    request->Path = path.empty() ? "/" : path;
    if (Client* client = own_client(call)) co_return client->list_files(request->AllocID, request->Path);
    auto answer = co_await ask_node<model::FsListResponse>(call, "FileSystem.List", std::move(*request));
    if (!answer) co_return fail(answer.error());
    co_return std::move(answer->Files);
}

net::Task<net::Response> fs_list(HttpCall call) {
    if (call.parameter.empty()) co_return net::Response::text(400, "must provide a valid alloc id");
    auto files = co_await list_files(call);
    if (!files) co_return respond(files.error());
    co_return json_of(call, *files);
}

net::Task<Result<model::AllocFileInfo>> stat_file(HttpCall& call, std::string path) {
    auto request = request_of<model::FsStatRequest>(call);
    if (!request) co_return fail(request.error());
    request->Path = std::move(path);
    if (Client* client = own_client(call)) co_return client->stat_file(request->AllocID, request->Path);
    auto answer = co_await ask_node<model::FsStatResponse>(call, "FileSystem.Stat", std::move(*request));
    if (!answer) co_return fail(answer.error());
    if (!answer->Info) co_return fail(Error::internal("the node told nothing of the file"));
    co_return std::move(*answer->Info);
}

net::Task<net::Response> fs_stat(HttpCall call) {
    auto path = path_of(call);
    if (!path) co_return respond(path.error());
    auto info = co_await stat_file(call, *path);
    if (!info) co_return respond(info.error());
    co_return json_of(call, *info);
}

// A file as frames, wherever it lies.
net::Task<Result<Frames>> file_frames(HttpCall& call, client::FileStreamRequest file) {
    if (Client* client = own_client(call)) {
        auto frames = client->stream_file(id_of(call), std::move(file));
        if (!frames) co_return fail(frames.error());
        co_return Frames(std::move(*frames));
    }
    auto request = request_of<model::FsStreamRequest>(call);
    if (!request) co_return fail(request.error());
    request->Path = file.path, request->Offset = file.offset, request->Origin = file.from_end ? "end" : "start";
    request->Limit = file.limit, request->Follow = file.follow;
    co_return co_await frames_from_node(call, "FileSystem.Stream", std::move(*request));
}

net::Task<Result<Frames>> log_frames(HttpCall& call, client::LogStreamRequest log) {
    if (Client* client = own_client(call)) {
        auto frames = client->stream_logs(id_of(call), std::move(log));
        if (!frames) co_return fail(frames.error());
        co_return Frames(std::move(*frames));
    }
    auto request = request_of<model::FsLogsRequest>(call);
    if (!request) co_return fail(request.error());
    request->Task = log.task, request->LogType = log.type, request->Follow = log.follow;
    request->Offset = log.offset, request->Origin = log.from_end ? "end" : "start";
    co_return co_await frames_from_node(call, "FileSystem.Logs", std::move(*request));
}

net::Task<Result<>> send_plain(Frames frames, net::BodyWriter& body, net::CancelToken cancel) {
    while (true) {
        auto frame = co_await frames->next(cancel);
        if (!frame || !*frame) co_return Result<>{};  // the stream just ends, as clients expect
        if ((*frame)->Data.empty()) continue;
        if (auto sent = co_await body.write((*frame)->Data); !sent) co_return sent;
    }
}

net::Task<Result<>> send_frames(Frames frames, net::BodyWriter& body, net::CancelToken cancel) {
    while (true) {
        auto frame = co_await frames->next(cancel);
        if (!frame || !*frame) co_return Result<>{};
        const std::string text = codec::to_json(**frame);
        if (auto sent = co_await body.write(text); !sent) co_return sent;
    }
}

net::Response stream_response(Frames frames, bool plain) {
    net::Response response;
    response.headers.set("Content-Type", plain ? "text/plain" : "application/json");
    response.stream = [frames = std::move(frames), plain](net::BodyWriter& body, net::CancelToken cancel) {
        return plain ? send_plain(frames, body, std::move(cancel)) : send_frames(frames, body, std::move(cancel));
    };
    return response;
}

// cat and readat tell their errors with status 200, as clients know them.
net::Response told(const Error& error) { return net::Response::text(200, error.message); }

net::Task<net::Response> send_file(HttpCall call, client::FileStreamRequest file) {
    auto path = path_of(call);
    if (!path) co_return told(path.error());
    auto info = co_await stat_file(call, *path);
    if (!info) co_return told(info.error());
    if (info->IsDir) co_return told(Error::internal("file " + quote(*path) + " is a directory"));
    file.path = *path;
    if (file.offset >= info->Size && info->Size > 0) co_return net::Response::text(200, "");
    auto frames = co_await file_frames(call, std::move(file));
    if (!frames) co_return told(frames.error());
    net::Response response = stream_response(std::move(*frames), true);
    std::string type = info->ContentType;
    if (has_prefix(type, "text/html") || has_prefix(type, "application/xhtml")) type = "text/plain";
    response.headers.set("Content-Type", type.empty() ? "application/octet-stream" : type);
    response.headers.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("X-XSS-Protection", "1; mode=block");
    co_return response;
}

net::Task<net::Response> fs_cat(HttpCall call) { return send_file(std::move(call), {}); }

Result<int64_t> number_of(const HttpCall& call, std::string_view name) {
    std::string_view text = call.request.query.get(name);
    if (auto number = parse_int(text)) return *number;
    return fail(Error::internal("error parsing " + std::string(name) + ": strconv.ParseInt: parsing " + quote(text) +
                                ": invalid syntax"));
}

net::Task<net::Response> fs_readat(HttpCall call) {
    if (auto path = path_of(call); !path) return ready(told(path.error()));
    client::FileStreamRequest file;
    auto offset = number_of(call, "offset");
    if (!offset) return ready(told(offset.error()));
    file.offset = *offset;
    if (!call.request.query.get("limit").empty()) {
        auto limit = number_of(call, "limit");
        if (!limit) return ready(told(limit.error()));
        file.limit = *limit;
    }
    return send_file(std::move(call), std::move(file));
}

// What a stream begins at.
struct Start {
    int64_t offset = 0;
    bool from_end = false;
};
Result<Start> start_of(const HttpCall& call) {
    Start start;
    if (!call.request.query.get("offset").empty()) {
        auto offset = number_of(call, "offset");
        if (!offset) return fail(Error::bad_request(offset.error().message));
        start.offset = *offset;
    }
    std::string_view origin = call.request.query.get("origin");
    if (!origin.empty() && origin != "start" && origin != "end")
        return fail(Error::bad_request("origin must be start or end"));
    start.from_end = origin == "end";
    return start;
}

Result<bool> follow_of(const HttpCall& call, bool absent) {
    std::string_view text = call.request.query.get("follow");
    if (text.empty()) return absent;
    if (auto follow = parse_bool(text)) return *follow;
    return fail(Error::bad_request("failed to parse follow field to boolean: strconv.ParseBool: parsing " +
                                   quote(text) + ": invalid syntax"));
}

net::Task<net::Response> fs_stream(HttpCall call) {
    auto path = path_of(call);
    if (!path) co_return respond(path.error());
    auto start = start_of(call);
    if (!start) co_return respond(start.error());
    auto follow = follow_of(call, true);
    if (!follow) co_return respond(follow.error());
    client::FileStreamRequest file;
    file.path = *path;
    file.offset = start->offset, file.from_end = start->from_end, file.follow = *follow;
    auto frames = co_await file_frames(call, std::move(file));
    if (!frames) co_return respond(frames.error());
    co_return stream_response(std::move(*frames), false);
}

net::Task<net::Response> fs_logs(HttpCall call) {
    if (call.parameter.empty()) co_return net::Response::text(400, "must provide a valid alloc id");
    client::LogStreamRequest log;
    log.task = call.request.query.get("task");
    if (log.task.empty()) co_return net::Response::text(400, "must provide task name");
    auto follow = follow_of(call, false);
    if (!follow) co_return respond(follow.error());
    log.type = call.request.query.get("type");
    if (log.type != "stdout" && log.type != "stderr")
        co_return net::Response::text(400, "must provide log type (stdout/stderr)");
    auto start = start_of(call);
    if (!start) co_return respond(start.error());
    log.offset = start->offset, log.from_end = start->from_end, log.follow = *follow;
    const bool plain = parse_bool(call.request.query.get("plain")).value_or(false);
    auto frames = co_await log_frames(call, std::move(log));
    if (!frames) co_return respond(frames.error());
    co_return stream_response(std::move(*frames), plain);
}

}  // namespace

RouteTable client_routes() {
    RouteTable table = {
        on(kAnyMethod, "/v1/client/allocation/:AllocID", alloc_unknown),
        on(kAnyMethod, "/v1/client/allocation/:AllocID/stats", alloc_stats),
        on(kAnyMethod, "/v1/client/allocation/:AllocID/restart", alloc_restart),
        on(kWrite, "/v1/client/allocation/:AllocID/signal", alloc_signal),
        on(kAnyMethod, "/v1/client/allocation/:AllocID/gc", alloc_gc),
        on(kAnyMethod, "/v1/client/fs/:Verb", fs_unknown),
        on(kAnyMethod, "/v1/client/fs/ls/:AllocID", fs_list),
        on(kAnyMethod, "/v1/client/fs/stat/:AllocID", fs_stat),
        on(kAnyMethod, "/v1/client/fs/cat/:AllocID", fs_cat),
        on(kAnyMethod, "/v1/client/fs/readat/:AllocID", fs_readat),
        on(kAnyMethod, "/v1/client/fs/stream/:AllocID", fs_stream),
        on(kAnyMethod, "/v1/client/fs/logs/:AllocID", fs_logs),
        lacking(kAnyMethod, "/v1/client/stats"),
    };
    for (const char* verb : {"checks", "snapshot", "exec"})
        table.push_back(lacking(kAnyMethod, std::string("/v1/client/allocation/:AllocID/") + verb));
    table.push_back(lacking(kGet | kWrite, "/v1/client/allocation/:AllocID/pause"));
    return table;
}

}  // namespace drover::agent
