#include "base/strings.h"
#include "model/error_list.h"
#include "model/job_rules.h"
#include "model/namespace_hash.h"
#include "model/rpc_operator.h"
#include "server/endpoint_tables.h"
#include "server/leader.h"

namespace drover::server {
namespace {

using state::Table;
using state::View;

constexpr size_t kMaxName = 128, kMaxDescription = 256;

Result<model::NamespaceListResponse> list_namespaces(const View& view, const model::NamespaceListRequest& request) {
    model::NamespaceListResponse response;
    response.Index = std::max<uint64_t>(view.table_index(Table::namespaces), 1);
    for (const auto& ns : view.namespaces().with_prefix(request.Prefix)) response.Namespaces.push_back(ns);
    return response;
}

Result<model::SingleNamespaceResponse> get_namespace(const View& view, const model::NamespaceSpecificRequest& request) {
    model::SingleNamespaceResponse response;
    response.Namespace = view.namespaces().find(request.Name);
    response.Index = response.Namespace ? response.Namespace->ModifyIndex
                                        : std::max<uint64_t>(view.table_index(Table::namespaces), 1);
    return response;
}

bool valid_name(const std::string& name) {
    if (name.empty() || name.size() > kMaxName) return false;
    for (const char c : name) {
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-')) return false;
    }
    return true;
}

Result<> check(const model::Namespace& ns) {
    model::ErrorList errors;
    if (!valid_name(ns.Name)) {
        errors.add("invalid name " + quote(ns.Name) + ". Must match regex ^[a-zA-Z0-9-]{1," + std::to_string(kMaxName) +
                   "}$");
    }
    if (ns.Description.size() > kMaxDescription)
        errors.add("description longer than " + std::to_string(kMaxDescription));
    if (ns.NodePoolConfiguration) errors.add("invalid node pool configuration: Node Pools Governance is unlicensed.");
    if (ns.VaultConfiguration) errors.add("invalid vault configuration: Multi-Cluster Vault is unlicensed.");
    if (ns.ConsulConfiguration) errors.add("invalid consul configuration: Multi-Cluster Consul is unlicensed.");
    if (!errors.empty()) return fail(Error::internal("Invalid namespace " + quote(ns.Name) + ": " + errors.text()));
    if (!ns.Quota.empty()) {
        return fail(Error::internal("namespace " + quote(ns.Name) + " using non-existent quota " + quote(ns.Quota)));
    }
    return {};
}

net::Task<Result<model::GenericResponse>> upsert_namespaces(Leader& leader, model::NamespaceUpsertRequest request) {
    if (request.Namespaces.empty()) co_return fail(Error::bad_request("must specify at least one namespace"));
    state::command::UpsertNamespaces command;
    for (const auto& ns : request.Namespaces) {
        if (auto checked = check(*ns); !checked) co_return fail(checked.error());
        auto stored = std::make_shared<model::Namespace>(*ns);
        stored->Hash = model::namespace_hash(*stored);
        command.Namespaces.push_back(std::move(stored));
    }
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    model::GenericResponse response;
    response.Index = applied->Index;
    co_return response;
}

// Why a namespace may not go.
void add_obstacles(const View& view, const std::string& region, const std::string& name, model::ErrorList& errors) {
    const std::string where = " in regions: [" + region + "]";
    for (const auto& job : view.jobs().in_namespace(name)) {
        if (job->Status == "dead") continue;
        errors.add("namespace " + quote(name) + " has non-terminal jobs" + where);
        return;
    }
    for (const auto& alloc : view.allocs().all()) {
        if (alloc.ns() != name || alloc.terminal()) continue;
        errors.add("namespace " + quote(name) + " has non-terminal allocations" + where);
        return;
    }
}

net::Task<Result<model::GenericResponse>> delete_namespaces(Leader& leader, model::NamespaceDeleteRequest request) {
    if (request.Namespaces.empty()) co_return fail(Error::bad_request("must specify at least one namespace to delete"));
    const View view = leader.view();
    model::ErrorList obstacles;
    for (const std::string& name : request.Namespaces) {
        if (name == "default") co_return fail(Error::internal("can not delete default namespace"));
        add_obstacles(view, leader.config().region, name, obstacles);
    }
    if (!obstacles.empty()) co_return fail(Error::internal(obstacles.text()));
    auto applied = co_await leader.commit(state::command::DeleteNamespaces{request.Namespaces});
    if (!applied) co_return fail(applied.error());
    model::GenericResponse response;
    response.Index = applied->Index;
    co_return response;
}

}  // namespace

const EndpointTable& namespace_endpoints() {
    static const EndpointTable table = {
        read("Namespace.ListNamespaces", list_namespaces, needs_token()),
        read("Namespace.GetNamespace", get_namespace, needs_token()),
        write("Namespace.UpsertNamespaces", upsert_namespaces, needs_management()),
        write("Namespace.DeleteNamespaces", delete_namespaces, needs_management()),
    };
    return table;
}

}  // namespace drover::server
