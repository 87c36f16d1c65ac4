#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "model/rpc_operator.h"

namespace drover::agent {
namespace {

// The body is one namespace; its name must be that of the path, if the path has one.
Result<> with_namespace(const HttpCall& call, server::Message& request) {
    auto ns = decode_body<model::Namespace>(call.request);
    if (!ns) return fail(ns.error());
    if (call.route.has_parameter && ns->Name != call.parameter)
        return fail(Error::bad_request("Namespace name does not match request path"));
    request.as<model::NamespaceUpsertRequest>().Namespaces.push_back(
        std::make_shared<model::Namespace>(std::move(*ns)));
    return {};
}

Result<> with_name(const HttpCall& call, server::Message&) {
    if (call.parameter.empty()) return fail(Error::bad_request("Missing Namespace Name"));
    return {};
}

Result<> with_names(const HttpCall& call, server::Message& request) {
    if (auto named = with_name(call, request); !named) return named;
    request.as<model::NamespaceDeleteRequest>().Namespaces.push_back(call.parameter);
    return {};
}

}  // namespace

RouteTable namespace_routes() {
    using namespace model;
    return {
        get("/v1/namespaces", "Namespace.ListNamespaces", list_of(&NamespaceListResponse::Namespaces)),
        put("/v1/namespace", "Namespace.UpsertNamespaces", empty()).with(with_namespace),
        get("/v1/namespace/:Name", "Namespace.GetNamespace",
            one_of(&SingleNamespaceResponse::Namespace, "Namespace not found"))
            .with(with_name),
        put("/v1/namespace/:Name", "Namespace.UpsertNamespaces", empty()).with(with_namespace),
        del("/v1/namespace/:Name", "Namespace.DeleteNamespaces", empty()).with(with_names),
    };
}

}  // namespace drover::agent
