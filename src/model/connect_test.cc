#include "model/connect.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "model/canonicalize.h"
#include "model/job_rules.h"
#include "model/spec_job.h"
#include "model/validate.h"

namespace drover::model {
namespace {

// A job of one group with these members besides its name, and a task unless `tasks` says otherwise.
Job meshed(const std::string& members, const std::string& tasks = R"([{"Name": "t", "Driver": "exec"}])") {
    auto submitted = codec::from_json<spec::Job>(R"({"ID": "j", "Name": "j", "TaskGroups": [{"Name": "g", "Tasks": )" +
                                                 tasks + ", " + members + "}]}");
    EXPECT_TRUE(submitted) << submitted.error().message;
    canonicalize(*submitted);
    Job job = to_job(*submitted);
    canonicalize(job);
    add_connect(job);
    return job;
}

Job with_sidecar(const std::string& connect, const std::string& service = R"("Name": "api", "PortLabel": "9001")") {
    return meshed(R"("Networks": [{"Mode": "bridge"}], "Services": [{)" + service + R"(, "Connect": )" + connect +
                  "}]");
}

Job with_gateway(const std::string& gateway, const std::string& mode = "bridge") {
    return meshed(R"("Networks": [{"Mode": ")" + mode + R"("}], "Services": [{"Name": "gw", "Connect": {"Gateway": )" +
                      gateway + "}}]",
                  "null");
}

const TaskGroup& group(const Job& job) { return job.TaskGroups[0]; }
const ConsulGatewayProxy& gateway_proxy(const Job& job) { return *group(job).Services[0].Connect->Gateway->Proxy; }

TEST(Connect, many_services_get_tasks_and_ports_of_their_own) {
    constexpr size_t kServices = 5'000;
    std::string services;
    for (size_t i = 0; i < kServices; ++i) {
        services += std::string(i == 0 ? "" : ",") + R"({"Name": "s)" + std::to_string(i) +
                    R"(", "PortLabel": "9001", "Connect": {"SidecarService": {}}})";
    }
    const Job job = meshed(R"("Networks": [{"Mode": "bridge"}], "Services": [)" + services + "]");
    EXPECT_EQ(group(job).Tasks.size(), kServices + 1);
    EXPECT_EQ(group(job).Networks[0].DynamicPorts.size(), kServices);
    EXPECT_EQ(validate(job, {}).errors.text(), "");
}

TEST(Connect, many_exposed_checks_get_ports_of_their_own) {
    constexpr size_t kChecks = 20'000;
    std::string checks;
    for (size_t i = 0; i < kChecks; ++i)
        checks += std::string(i == 0 ? "" : ",") + R"({"Type": "http", "Path": "/", "Expose": true})";
    Job job =
        with_sidecar(R"({"SidecarService": {}})", R"("Name": "api", "PortLabel": "9001", "Checks": [)" + checks + "]");
    EXPECT_EQ(group(job).Networks[0].DynamicPorts.size(), kChecks + 1);
    EXPECT_EQ(group(job).Services[0].Connect->SidecarService->Proxy->Expose->Paths.size(), kChecks);
}

TEST(Connect, names_are_put_in_once) {
    Job job =
        with_sidecar(R"({"SidecarService": {}})", R"("Name": "${NOMAD_GROUP_NAME}-${NOMAD_JOB_ID}", "PortLabel": "1")");
    EXPECT_EQ(group(job).Services[0].Name, "g-j");
    const std::pair<std::string_view, std::string_view> words[] = {{"${A}", "${B}${B}"}, {"${B}", "${A}"}};
    EXPECT_EQ(replace_words("${A}x${B}${C}", words), "${B}${B}x${A}${C}");
    std::string name;
    for (int i = 0; i < 1000; ++i) name += "${B}";
    EXPECT_LT(replace_words(name, words).size(), 5'000u);
}

TEST(Connect, a_sidecar_service_gets_a_task_and_a_port) {
    const Job job = with_sidecar(R"({"SidecarService": {}})");
    const Task* task = maybe_task(group(job), "connect-proxy-api");
    ASSERT_TRUE(task);
    EXPECT_EQ(task->Kind, "connect-proxy:api");
    EXPECT_EQ(task->Driver, "docker");
    EXPECT_EQ(task->Lifecycle->Hook, "prestart");
    EXPECT_TRUE(task->Lifecycle->Sidecar);
    EXPECT_EQ(task->Resources->CPU, 250);
    EXPECT_EQ(task->Resources->MemoryMB, 128);
    EXPECT_EQ(task->ShutdownDelay, seconds(5));
    EXPECT_EQ(task->LogConfig->MaxFiles * task->LogConfig->MaxFileSizeMB, 4);
    EXPECT_EQ(task->Constraints[0].LTarget, "${attr.consul.grpc}");
    EXPECT_TRUE(task->RestartPolicy);
    const Port* port = maybe_port(group(job).Networks[0], "connect-proxy-api");
    ASSERT_TRUE(port);
    EXPECT_EQ(port->To, -1);
}

TEST(Connect, adding_twice_is_adding_once) {
    for (Job job : {with_sidecar(R"({"SidecarService": {}, "SidecarTask": {"VolumeMounts": [{"Volume": "v"}],
                                     "Identities": [{"Name": "i"}]}})"),
                    with_gateway(R"({"Terminating": {"Services": [{"Name": "db"}]}})"),
                    with_sidecar(R"({"SidecarService": {}})", R"("Name": "api", "PortLabel": "9001", "Checks":
                                     [{"Type": "http", "Path": "/up", "Expose": true}])")}) {
        const std::string once = codec::to_json(job);
        add_connect(job);
        EXPECT_EQ(codec::to_json(job), once);
    }
}

TEST(Connect, a_sidecar_task_changes_what_it_names) {
    const Job job = with_sidecar(R"({"SidecarService": {"Port": "mine"}, "SidecarTask": {"Name": "envoy",
        "Driver": "exec", "User": "nobody", "Resources": {"CPU": 10}, "KillSignal": "SIGHUP"}})");
    const Task* task = maybe_task(group(job), "envoy");
    ASSERT_TRUE(task);
    EXPECT_EQ(task->Kind, "connect-proxy:api");
    EXPECT_EQ(task->Driver, "exec");
    EXPECT_TRUE(task->Config.empty());
    EXPECT_EQ(task->Resources->CPU, 10);
    EXPECT_EQ(task->ShutdownDelay, seconds(5));
    EXPECT_TRUE(has_port(group(job).Networks[0], "mine"));
    EXPECT_FALSE(has_port(group(job).Networks[0], "connect-proxy-api"));
}

TEST(Connect, a_proxy_runs_under_podman_where_everything_does) {
    const std::string members = R"("Networks": [{"Mode": "bridge"}], "Services": [{"Name": "api", "PortLabel": "1",
                                    "Connect": {"SidecarService": {}}}])";
    const std::string podman = R"({"Name": "a", "Driver": "podman"})", exec = R"({"Name": "b", "Driver": "exec"})";
    EXPECT_EQ(maybe_task(group(meshed(members, "[" + podman + "]")), "connect-proxy-api")->Driver, "podman");
    EXPECT_EQ(maybe_task(group(meshed(members, "[" + podman + "," + exec + "]")), "connect-proxy-api")->Driver,
              "docker");
}

TEST(Connect, a_name_that_is_known_before_placement_is_filled_in) {
    const Job job = with_sidecar(R"({"SidecarService": {}})",
                                 R"("Name": "${NOMAD_JOB_NAME}-${NOMAD_GROUP_NAME}", "PortLabel": "1")");
    EXPECT_EQ(group(job).Services[0].Name, "j-g");
    EXPECT_TRUE(maybe_task(group(job), "connect-proxy-j-g"));
}

TEST(Connect, a_group_without_a_network_stays_as_it_is) {
    const Job job = meshed(R"("Services": [{"Name": "api", "Connect": {"SidecarService": {}}}])");
    EXPECT_EQ(group(job).Tasks.size(), 1u);
}

TEST(Connect, an_ingress_gateway_listens_for_each_of_its_services) {
    const std::string ingress = R"("Ingress": {"Listeners": [{"Port": 8080, "Services": [{"Name": "web"}]}]})";
    const Job job = with_gateway("{" + ingress + "}");
    const Task* task = maybe_task(group(job), "connect-ingress-gw");
    ASSERT_TRUE(task);
    EXPECT_FALSE(task->Lifecycle);
    EXPECT_EQ(*task->Config.get("image")->as<std::string>(), "${meta.connect.gateway_image}");
    EXPECT_TRUE(gateway_proxy(job).EnvoyGatewayNoDefaultBind);
    EXPECT_EQ(gateway_proxy(job).EnvoyGatewayBindAddresses.get("web")->Port, 8080);
    EXPECT_EQ(*gateway_proxy(job).ConnectTimeout, seconds(5));

    const Job own = with_gateway("{" + ingress + R"(, "Proxy": {"EnvoyGatewayBindAddresses": {"lan":
                                 {"Address": "10.0.0.1", "Port": 1}}}})");
    EXPECT_EQ(gateway_proxy(own).EnvoyGatewayBindAddresses.size(), 1u);
    const Job host = with_gateway("{" + ingress + "}", "host");
    EXPECT_FALSE(gateway_proxy(host).EnvoyGatewayNoDefaultBind);
    EXPECT_TRUE(gateway_proxy(host).EnvoyGatewayBindAddresses.empty());
}

TEST(Connect, other_gateways_are_reached_by_a_port_of_their_own) {
    const Job terminating = with_gateway(R"({"Terminating": {"Services": [{"Name": "db"}]}})");
    EXPECT_TRUE(maybe_task(group(terminating), "connect-terminating-gw"));
    EXPECT_TRUE(has_port(group(terminating).Networks[0], "connect-terminating-gw"));
    EXPECT_EQ(group(terminating).Services[0].PortLabel, "connect-terminating-gw");
    EXPECT_EQ(gateway_proxy(terminating).EnvoyGatewayBindAddresses.get("default")->Port, -1);
    const Job mesh = with_gateway(R"({"Mesh": {}})");
    EXPECT_TRUE(maybe_task(group(mesh), "connect-mesh-gw"));
    EXPECT_TRUE(gateway_proxy(mesh).EnvoyGatewayBindAddresses.get("wan"));
}

TEST(Connect, a_native_service_marks_its_only_task) {
    const Job job = with_sidecar(R"({"Native": true})");
    EXPECT_EQ(group(job).Tasks[0].Kind, "connect-native:api");
    EXPECT_EQ(group(job).Services[0].TaskName, "t");
}

TEST(Connect, an_exposed_check_gets_a_path_and_a_port) {
    const Job job = with_sidecar(R"({"SidecarService": {}})", R"("Name": "api", "PortLabel": "9001", "Checks": [
        {"Type": "http", "Path": "/up", "Expose": true}, {"Type": "http", "Path": "/down"}])");
    const Service& service = group(job).Services[0];
    const auto& paths = service.Connect->SidecarService->Proxy->Expose->Paths;
    ASSERT_EQ(paths.size(), 1u);
    EXPECT_EQ(paths[0].Path, "/up");
    EXPECT_EQ(paths[0].LocalPathPort, 9001);
    EXPECT_EQ(paths[0].ListenerPort, service.Checks[0].PortLabel);
    EXPECT_EQ(maybe_port(group(job).Networks[0], paths[0].ListenerPort)->To, -1);
    EXPECT_EQ(service.Checks[1].PortLabel, "");
}

}  // namespace
}  // namespace drover::model
