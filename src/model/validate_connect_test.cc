#include <gtest/gtest.h>

#include "codec/json.h"
#include "model/canonicalize.h"
#include "model/spec_job.h"
#include "model/validate.h"

namespace drover::model {
namespace {

Validation judged(const std::string& members) {
    auto submitted = codec::from_json<spec::Job>(
        R"({"ID": "j", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "exec"}], )" + members + "}]}");
    EXPECT_TRUE(submitted) << submitted.error().message;
    canonicalize(*submitted);
    Job job = to_job(*submitted);
    canonicalize(job);
    add_connect(job);
    return validate(job, {});
}

std::string bridged(const std::string& connect) {
    return R"("Networks": [{"Mode": "bridge"}], "Services": [{"Name": "s", "PortLabel": "1", "Connect": )" + connect +
           "}]";
}
std::string proxied(const std::string& proxy) { return bridged(R"({"SidecarService": {"Proxy": )" + proxy + "}}"); }
std::string gateway(const std::string& members) { return bridged(R"({"Gateway": {)" + members + "}}"); }
std::string listener(const std::string& members) {
    return gateway(R"("Ingress": {"Listeners": [{"Port": 1, )" + members + "}]}");
}

TEST(ValidateConnect, accepts_what_makes_sense) {
    for (const std::string& members :
         {bridged(R"({"SidecarService": {}})"), bridged(R"({"Native": true})"),
          proxied(R"({"Upstreams": [{"DestinationName": "a", "LocalBindPort": 1},
                                    {"DestinationName": "b", "LocalBindSocketPath": "/s"},
                                    {"DestinationName": "c", "LocalBindSocketPath": "/t"}]})"),
          proxied(R"({"TransparentProxy": {"UID": "101", "ExcludeOutboundCIDRs": ["10.0.0.0/8"]}})"),
          listener(R"("Services": [{"Name": "a"}])"),
          listener(R"("Protocol": "http", "Services": [{"Name": "*"}, {"Name": "b", "Hosts": ["h"]}])"),
          gateway(R"("Terminating": {"Services": [{"Name": "a"}]})"), gateway(R"("Mesh": {})")}) {
        EXPECT_EQ(judged(members).errors.text(), "") << members;
    }
}

TEST(ValidateConnect, names_what_makes_none) {
    const std::string service = R"("Services": [{"Name": "s", "PortLabel": "1", "Connect": {"SidecarService": {}}}])";
    const std::pair<std::string, std::string> cases[] = {
        {service, R"(connect sidecar: must have exactly one network for Consul Connect: group "g" has 0 networks)"},
        {R"("Networks": [{"Mode": "host"}], )" + service, R"(group "g" uses network mode "host")"},
        {R"("Networks": [{"Mode": "none"}], "Services": [{"Name": "s", "Connect": {"Gateway": {"Mesh": {}}}}])",
         R"(connect gateway: must use network mode "bridge", "host" or "cni/*")"},
        {R"("Services": [{"Name": "s", "Connect": {"Native": true}}])", "requires setting the port"},
        {bridged(R"({"SidecarService": {}, "Native": true})"), "must be exclusively native"},
        {proxied(R"({"Upstreams": [{"LocalBindPort": 1}]})"), "upstream requires destination_name"},
        {proxied(R"({"Upstreams": [{"DestinationName": "a"}]})"), R"(upstream "a" requires local_bind_port)"},
        {proxied(R"({"Upstreams": [{"DestinationName": "a", "LocalBindPort": 5},
                                   {"DestinationName": "b", "LocalBindPort": 5}]})"),
         R"(Consul Connect services "s" and "s" in group "g" using same address for upstreams (:5))"},
        {proxied(R"({"Upstreams": [{"DestinationName": "a", "LocalBindSocketPath": "/s"},
                                   {"DestinationName": "b", "LocalBindSocketPath": "/s"}]})"),
         "using same socket path for upstreams (/s)"},
        {proxied(R"({"TransparentProxy": {"ExcludeInboundPorts": ["ssh"]}})"),
         R"(Consul Connect transparent proxy port "ssh" must be numeric or one of network.port labels)"},
        {proxied(R"({"TransparentProxy": {"UID": "root"}})"), R"(invalid uid "root")"},
        {gateway(""), "exactly one of ingress, terminating, or mesh"},
        {gateway(R"("Mesh": {}, "Terminating": {"Services": [{"Name": "a"}]})"), "exactly one of ingress"},
        {gateway(R"("Terminating": {})"), "requires at least one service"},
        {gateway(R"("Terminating": {"Services": [{"Name": "a", "KeyFile": "k"}]})"), "both cert_file and key_file"},
        {gateway(R"("Ingress": {})"), "at least one listener"},
        {gateway(R"("Ingress": {"Listeners": [{"Services": [{"Name": "a"}]}]})"),
         "Consul Ingress Listener requires valid Port"},
        {listener(R"("Protocol": "foo", "Services": [{"Name": "a"}])"), R"(got "foo")"},
        {listener(R"("Services": [{"Name": "a"}, {"Name": "b"}])"), "exactly one service"},
        {listener(R"("Services": [{"Name": "*"}])"), "cannot be a wildcard"},
        {listener(R"("Services": [{"Name": "a", "Hosts": ["h"]}])"), "cannot have hosts"},
        {R"("Networks": [{"Mode": "bridge"}], "Services": [{"Name": "s", "PortLabel": "1",
            "Checks": [{"Name": "c", "Type": "http", "Path": "/", "Interval": 1000000000, "Timeout": 1000000000,
                        "Expose": true}]}])",
         "exposed service check g->s->c requires use of sidecar_proxy"},
    };
    for (const auto& [members, want] : cases) {
        const std::string text = judged(members).errors.text();
        EXPECT_NE(text.find(want), std::string::npos) << members << "\n" << text;
    }
}

TEST(ValidateConnect, warns_of_networks_that_it_does_not_know) {
    const Validation v = judged(R"("Networks": [{"Mode": "cni/mine"}], "Services": [{"Name": "s", "PortLabel": "1",
                                   "Connect": {"SidecarService": {}}}])");
    EXPECT_EQ(v.errors.text(), "");
    ASSERT_EQ(v.warnings.size(), 1u);
    EXPECT_EQ(v.warnings[0],
              "connect sidecar: use CNI networks with Consul Connect at your own risk: group \"g\" uses network mode "
              "\"cni/mine\"");
}

}  // namespace
}  // namespace drover::model
