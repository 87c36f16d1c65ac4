#include "agent/route_tables.h"

namespace drover::agent {

RouteTable lacking_routes() {
    RouteTable table;
    const auto add = [&](unsigned methods, const char* pattern, int refusal = 405) {
        table.push_back(lacking(methods, pattern).refuses(refusal));
    };
    add(kGet | kPost, "/v1/jobs/statuses");
    for (const char* verb : {"services", "actions", "action"})
        table.push_back(lacking(kGet, std::string("/v1/job/:JobID/") + verb));
    add(kGet, "/v1/allocation/:AllocID/services");
    add(kAnyMethod, "/v1/allocation/:AllocID/checks");
    add(kGet, "/v1/services");
    add(kGet | kDelete, "/v1/service/:Name");
    add(kGet | kWrite, "/v1/volumes");
    add(kGet, "/v1/volumes/external");
    add(kGet | kWrite | kDelete, "/v1/volumes/snapshot");
    add(kAnyMethod, "/v1/volumes/claims");
    add(kDelete, "/v1/volumes/claim/:ID");
    add(kGet | kPut | kDelete, "/v1/volume/csi/:ID");
    add(kWrite, "/v1/volume/host/create");
    add(kWrite, "/v1/volume/host/register");
    add(kGet | kDelete, "/v1/volume/host/:ID", 404);
    add(kGet, "/v1/plugins");
    add(kGet, "/v1/plugin/csi/:ID");
    add(kAnyMethod, "/v1/agent/keyring/:Verb");
    add(kWrite, "/v1/agent/reload");
    add(kAnyMethod, "/v1/agent/monitor");
    add(kAnyMethod, "/v1/agent/monitor/export");
    add(kAnyMethod, "/v1/agent/pprof/:Name");
    add(kGet, "/v1/event/stream");
    add(kGet | kWrite | kDelete, "/v1/operator/keyring/:Verb");
    add(kGet | kPut, "/v1/operator/license");
    add(kPost, "/v1/operator/utilization");
    add(kGet, "/v1/operator/upgrade-check/:Name");
    add(kWrite, "/v1/search/fuzzy");
    add(kGet, "/v1/vars");
    add(kGet | kWrite | kDelete, "/v1/var/:Path", 400);
    add(kGet, "/.well-known/jwks.json");
    add(kGet, "/.well-known/openid-configuration");
    add(kAnyMethod, "/v1/client/gc");
    add(kGet | kPost, "/v1/client/metadata");
    add(kGet, "/v1/client/identity");
    add(kWrite, "/v1/client/identity/renew");
    for (const char* path : {"bootstrap",
                             "policies",
                             "policy/:Name",
                             "policy/self",
                             "tokens",
                             "token",
                             "token/self",
                             "token/onetime",
                             "token/onetime/exchange",
                             "token/:AccessorID",
                             "roles",
                             "role",
                             "role/:ID",
                             "role/name/:Name",
                             "auth-methods",
                             "auth-method",
                             "auth-method/:Name",
                             "binding-rules",
                             "binding-rule",
                             "binding-rule/:ID",
                             "oidc/auth-url",
                             "oidc/complete-auth",
                             "login",
                             "identity/client-introduction-token"})
        table.push_back(lacking(kAnyMethod, std::string("/v1/acl/") + path));
    for (const char* path : {"/v1/sentinel/policies", "/v1/sentinel/policy/:Name", "/v1/quotas", "/v1/quota-usages",
                             "/v1/quota", "/v1/quota/:Name", "/v1/quota/usage/:Name", "/v1/recommendations",
                             "/v1/recommendations/apply", "/v1/recommendation", "/v1/recommendation/:ID"})
        table.push_back(enterprise(path));
    return table;
}

std::vector<RouteTable> all_routes() {
    std::vector<RouteTable> tables;
    for (RouteTable (*make)() :
         {agent_routes, alloc_routes, client_routes, cluster_routes, eval_routes, deployment_routes, job_version_routes,
          job_routes, namespace_routes, node_routes, operator_routes, snapshot_routes, child_job_routes, scaling_routes,
          node_pool_routes, system_routes, lacking_routes})
        tables.push_back(make());
    return tables;
}

}  // namespace drover::agent
