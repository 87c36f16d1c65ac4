// Files, logs and allocations of the node that this agent runs.
#include <algorithm>

#include "agent/agent.h"
#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "base/strings.h"
#include "client/fs_files.h"
#include "codec/json.h"
#include "model/rpc_alloc.h"

namespace drover::agent {
namespace {

using client::Client;

// The client, once the allocation is known to be its own.
Result<Client*> client_of(const HttpCall& call, const std::string& alloc_id) {
    if (auto id = parse_uuid(alloc_id); !id)
        return fail(Error::internal("alloc lookup failed: index error: " + id.error().message));
    Client* client = call.api.agent().maybe_client();
    const auto alloc = call.api.agent().server().store().view().allocs().find(alloc_id);
    if (!alloc || !client) return fail(Error::not_found("Unknown allocation " + quote(alloc_id)));
    if (auto found = client->find(to_string(alloc.uuid())); !found) return fail(found.error());
    return client;
}

std::string id_of(const HttpCall& call) { return to_lower(call.parameter); }

net::Response json_of(const HttpCall& call, const auto& value) {
    return net::Response::json(codec::to_json(value, wants_pretty(call.request.query)));
}

net::Response written(const HttpCall& call, const Result<>& result) {
    if (!result) return respond(result.error());
    return json_of(call, model::GenericResponse{});
}

net::Task<net::Response> alloc_stats(HttpCall call) {
    auto client = client_of(call, call.parameter);
    if (!client) co_return respond(client.error());
    auto usage = (*client)->usage(id_of(call), std::string(call.request.query.get("task")));
    if (!usage) co_return respond(usage.error());
    co_return json_of(call, *usage);
}

net::Task<net::Response> alloc_restart(HttpCall call) {
    model::AllocRestartRequest body;
    if (!call.request.body.empty()) {
        auto read = decode_body<model::AllocRestartRequest>(call.request);
        if (!read) co_return net::Response::text(500, read.error().message);
        body = std::move(*read);
    }
    auto client = client_of(call, call.parameter);
    if (!client) co_return respond(client.error());
    Result<> done = co_await (*client)->restart(id_of(call), body.TaskName, body.AllTasks);
    co_return written(call, done);
}

net::Task<net::Response> alloc_signal(HttpCall call) {
    auto body = decode_body<model::AllocSignalRequest>(call.request);
    if (!body) co_return respond(body.error().wrapped("Failed to decode body: "));
    auto client = client_of(call, call.parameter);
    if (!client) co_return respond(client.error());
    Result<> done = co_await (*client)->signal(id_of(call), body->Task, body->Signal);
    co_return written(call, done);
}

net::Task<net::Response> alloc_gc(HttpCall call) {
    auto client = client_of(call, call.parameter);
    if (!client) co_return respond(client.error());
    Result<> done = co_await (*client)->collect(id_of(call));
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

net::Task<net::Response> fs_list(HttpCall call) {
    if (call.parameter.empty()) co_return net::Response::text(400, "must provide a valid alloc id");
    auto client = client_of(call, call.parameter);
    if (!client) co_return respond(client.error());
    std::string path(call.request.query.get("path"));
    auto files = (*client)->list_files(id_of(call), path.empty() ? "/" : path);
    if (!files) co_return respond(files.error());
    co_return json_of(call, *files);
}

net::Task<net::Response> fs_stat(HttpCall call) {
    auto path = path_of(call);
    if (!path) co_return respond(path.error());
    auto client = client_of(call, call.parameter);
    if (!client) co_return respond(client.error());
    auto info = (*client)->stat_file(id_of(call), *path);
    if (!info) co_return respond(info.error());
    co_return json_of(call, *info);
}

using Frames = std::shared_ptr<client::FrameSource>;

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
    auto client = client_of(call, call.parameter);
    if (!client) co_return told(client.error());
    auto info = (*client)->stat_file(id_of(call), *path);
    if (!info) co_return told(info.error());
    if (info->IsDir) co_return told(Error::internal("file " + quote(*path) + " is a directory"));
    file.path = *path;
    if (file.offset >= info->Size && info->Size > 0) co_return net::Response::text(200, "");
    auto frames = (*client)->stream_file(id_of(call), std::move(file));
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
    auto client = client_of(call, call.parameter);
    if (!client) co_return respond(client.error());
    client::FileStreamRequest file;
    file.path = *path;
    file.offset = start->offset, file.from_end = start->from_end, file.follow = *follow;
    auto frames = (*client)->stream_file(id_of(call), std::move(file));
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
    auto client = client_of(call, call.parameter);
    if (!client) co_return respond(client.error());
    auto frames = (*client)->stream_logs(id_of(call), std::move(log));
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
