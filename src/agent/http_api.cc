#include "agent/http_api.h"

#include "agent/agent.h"
#include "agent/http_options.h"
#include "agent/path_rules.h"
#include "agent/route_tables.h"
#include "base/assert.h"
#include "base/strings.h"
#include "codec/json.h"

namespace drover::agent {
namespace {

void set_write_index(net::Headers& headers, uint64_t index) { headers.set("X-Nomad-Index", std::to_string(index)); }

void set_read_headers(net::Headers& headers, const model::QueryMeta& meta) {
    headers.set("X-Nomad-Index", std::to_string(meta.Index));
    headers.set("X-Nomad-KnownLeader", meta.KnownLeader ? "true" : "false");
    headers.set("X-Nomad-LastContact", std::to_string(meta.LastContact.milliseconds()));
    if (!meta.NextToken.empty()) headers.set("X-Nomad-NextToken", meta.NextToken);
}

void set_headers(const Route& route, server::Message& answer, net::Headers& headers) {
    const server::Endpoint& row = *route.row;
    if (!route.headers) return;
    if (row.access == server::Endpoint::Access::write && !route.as_read) {
        if (row.query_meta) return set_write_index(headers, row.query_meta(answer.get())->Index);
        if (row.write_meta) return set_write_index(headers, row.write_meta(answer.get())->Index);
        return;
    }
    if (row.query_meta) set_read_headers(headers, *row.query_meta(answer.get()));
}

// A parameter of the path goes into the request's member of that name.
void set_member(server::Message& request, std::string_view name, std::string text) {
    const codec::FieldInfo* field = codec::find_field(request.type(), name);
    assert_always(field != nullptr && field->type().kind == codec::Kind::text);
    *static_cast<std::string*>(codec::member(*field, request.get())) = std::move(text);
}

// Under what an answer is kept. The index is read before the answer is made: should the state move on meanwhile, it is
// kept under an index that is over.
struct CacheSlot {
    std::string key;
    uint64_t index = 0;
};

net::Response finish(HttpApi& api, const Route& route, Result<server::Message>& answer, bool pretty,
                     CacheSlot* maybe_slot) {
    if (!answer) return respond(answer.error());
    net::Response response = respond(route, *answer, pretty);
    if (maybe_slot && response.status == 200) api.cache().put(std::move(maybe_slot->key), maybe_slot->index, response);
    return response;
}

// Ten thousand of these may wait: what is not needed meanwhile is not in it.
net::Task<net::Response> call_and_respond(HttpApi& api, const Route& route, server::Message request, bool pretty,
                                          std::unique_ptr<CacheSlot> slot, net::CancelToken cancel) {
    Result<server::Message> answer =
        co_await api.agent().servers().call(*route.row, std::move(request), std::move(cancel));
    co_return finish(api, route, answer, pretty, slot.get());
}

// What the answer to a read depends on beside the state. Nothing: it depends on time as well, or is no read.
std::string cache_key(const HttpCall& call) {
    const bool is_read = call.route.row->access == server::Endpoint::Access::read;
    if (!is_read || call.request.method != "GET" || !call.request.query.get("index").empty()) return {};
    std::string key = call.request.raw_path + "?" + call.request.raw_query + "\n";
    return key += token_of(call.request.headers);
}

}  // namespace

HttpApi::HttpApi(Agent& agent) : agent_(agent), routes_(all_routes(), server::all_endpoints()) {}

const std::string& HttpApi::region() const { return agent_.config().Region; }

net::Task<net::Response> HttpApi::handle(net::Request request, net::CancelToken cancel) {
    if (auto moved = redirect(request)) return ready(std::move(*moved));
    if (auto preflight = answer_preflight(request)) return ready(std::move(*preflight));
    const Match match = routes_.match(request.method, request.path);
    net::Headers common;
    for (const auto& [name, value] : agent_.config().HTTPAPIResponseHeaders) common.set(name, value);
    add_cors(request, common);
    if (!match.known) {
        net::Response unknown;
        unknown.status = 404;
        return ready(std::move(unknown));
    }
    net::Task<net::Response> answer;
    if (!match.route) {
        answer = ready(net::Response::text(match.refusal, "Invalid method"));
    } else if (match.route->one_segment && match.parameter.find('/') != std::string_view::npos) {
        answer = ready(net::Response::text(404, "resource not found"));
    } else {
        std::string parameter(match.parameter);
        answer =
            match.route->handler({*this, *match.route, std::move(request), std::move(parameter), std::move(cancel)});
    }
    if (common.size() == 0) return answer;
    return add_headers(std::move(answer), std::move(common));
}

net::Task<net::Response> call_endpoint(HttpCall call) {
    std::unique_ptr<CacheSlot> slot;
    const server::Server* server = call.api.agent().maybe_server();
    // Where others might know of something newer, every answer is made anew.
    std::string key = server && server->log().alone() ? cache_key(call) : std::string();
    if (!key.empty()) {
        const uint64_t index = server->store().view().index();
        if (const net::Response* known = call.api.cache().find(key, index)) return ready(*known);
        slot = std::make_unique<CacheSlot>(std::move(key), index);
    }
    Result<server::Message> request = make_request(call);
    if (!request) return ready(respond(request.error()));
    return call_and_respond(call.api, call.route, std::move(*request), wants_pretty(call.request.query),
                            std::move(slot), std::move(call.cancel));
}

Result<server::Message> make_request(const HttpCall& call) {
    const Route& route = call.route;
    server::Message request = route.row->make_request();
    const bool has_body = !call.request.body.empty();
    if (route.body == Body::required || (route.body == Body::optional && has_body)) {
        if (auto read = decode_body(call.request, request.type(), request.get()); !read)
            return fail(read.error().wrapped(route.body_error));
    }
    if (route.row->query_options) {
        auto read = read_options(call.request, call.api.region(), *route.row->query_options(request.get()));
        if (!read) return fail(read.error());
    } else if (route.row->write_options) {
        write_options(call.request, call.api.region(), *route.row->write_options(request.get()));
    }
    for (const auto& [parameter, member] : route.takes_)
        set_member(request, member, std::string(call.request.query.get(parameter)));
    if (route.has_parameter && codec::find_field(request.type(), route.parameter_name))
        set_member(request, route.parameter_name, call.parameter);
    if (route.prepare) {
        if (auto prepared = route.prepare(call, request); !prepared) return fail(prepared.error());
    }
    return request;
}

net::Response respond(const Route& route, server::Message& answer, bool pretty) {
    net::Response response;
    set_headers(route, answer, response.headers);
    if (route.finish) route.finish(answer);
    const Shape& shape = route.shape;
    if (shape.kind == Shape::Kind::empty) return response;
    const bool is_whole = shape.kind == Shape::Kind::whole || shape.kind == Shape::Kind::whole_unless_empty;
    const codec::TypeInfo& type = is_whole ? answer.type() : shape.type();
    const void* member = static_cast<const char*>(answer.get()) + shape.offset;
    const void* value = is_whole ? answer.get() : member;
    const bool is_null = type.is_null && type.is_null(value);
    const bool is_empty = shape.kind == Shape::Kind::whole_unless_empty && shape.type().count(member) == 0;
    if (is_empty || (shape.kind == Shape::Kind::one && is_null)) {
        response.status = 404;
        response.headers.set("Content-Type", "text/plain; charset=utf-8");
        response.body = shape.missing;
        return response;
    }
    response.headers.set("Content-Type", "application/json");
    if (shape.kind == Shape::Kind::list && is_null) {
        response.body = pretty ? "[]\n" : "[]";
    } else {
        response.body = codec::to_json(type, value, pretty);
    }
    return response;
}

net::Response respond(const Error& error) { return net::Response::text(http_status(error.code), error.message); }

net::Task<net::Response> ready(net::Response response) { co_return response; }

Result<> decode_body(const net::Request& request, const codec::TypeInfo& type, void* value) {
    if (request.body.empty()) return fail(Error::bad_request("Request body is empty"));
    auto read = codec::from_json(request.body, type, value);
    if (!read) return fail(Error::bad_request(read.error().message));
    return {};
}

}  // namespace drover::agent
