#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/config_load.h"
#include "agent/config_reader.h"
#include "agent/config_syntax.h"
#include "codec/json.h"

namespace drover::agent {
namespace {

std::string tree(std::string_view text) {
    auto read = parse_config_text(text);
    return read ? codec::to_json(codec::Any(*read)) : "error: " + read.error().message;
}

Result<> read_into(Config& config, std::string_view text) {
    auto read = parse_config_text(text);
    if (!read) return fail(read.error());
    return read_tree(*read, codec::type_of<Config>(), &config);
}

std::string refusal(std::string_view text) {
    Config config = dev_config();
    if (auto done = read_into(config, text); !done) return done.error().message;
    auto checked = check_config(config);
    return checked ? "" : checked.error().message;
}

TEST(ConfigSyntax, blocks_and_labels_are_lists_of_maps) {
    EXPECT_EQ(tree(R"(a = 1 b { c = "x" } b { d = [1, "y", true] })"), R"({"a":1,"b":[{"c":"x"},{"d":[1,"y",true]}]})");
    EXPECT_EQ(tree(R"(plugin "raw_exec" { config { enabled = true } })"),
              R"({"plugin":[{"raw_exec":[{"config":[{"enabled":true}]}]}]})");
    EXPECT_EQ(tree("meta { \"quoted.key\" = \"v\" }"), R"({"meta":[{"quoted.key":"v"}]})");
}

TEST(ConfigSyntax, comments_heredocs_and_escapes) {
    EXPECT_EQ(tree("# one\n// two\n/* three\n*/ a = \"q\\\"\\n\""), R"({"a":"q\"\n"})");
    EXPECT_EQ(tree("a = <<-END\n    x\n      y\n    END\n"), R"({"a":"x\n  y\n"})");
}

TEST(ConfigSyntax, faults_have_a_place) {
    EXPECT_EQ(tree("a = 1\nb {"), "error: 2:4: object is not closed: expected '}'");
    EXPECT_EQ(tree("a ="), "error: 1:4: expected a value");
    EXPECT_EQ(tree("a = maybe"), "error: 1:10: unknown value \"maybe\": text wants quotes");
    EXPECT_EQ(tree("= 1"), "error: 1:1: expected a key");
    EXPECT_EQ(tree("a = \"open"), "error: 1:10: string is not closed");
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "a {";
    EXPECT_NE(tree(deep).find("nested too deeply"), std::string::npos);
    EXPECT_NE(tree("a = " + std::string(100'000, '[')).find("nested too deeply"), std::string::npos);
}

TEST(Config, later_files_win_and_lists_grow) {
    Config config = default_config();
    ASSERT_TRUE(read_into(config, R"(ports { http = 1 rpc = 2 } client { meta { a = "1" b = "2" } servers = ["x"] })"));
    ASSERT_TRUE(read_into(config, R"({"ports": {"http": 3}, "client": [{"meta": [{"b": "3"}], "servers": ["y"]}]})"));
    EXPECT_EQ(config.Ports->HTTP, 3);
    EXPECT_EQ(config.Ports->RPC, 2);
    EXPECT_EQ(config.Client->Meta["a"], "1");
    EXPECT_EQ(config.Client->Meta["b"], "3");
    EXPECT_EQ(config.Client->Servers, (List<std::string>{"x", "y"}));
}

TEST(Config, plugins_and_volumes_are_found_by_label) {
    Config config = default_config();
    ASSERT_TRUE(read_into(config, R"(
        plugin "raw_exec" { config { enabled = true } }
        client { host_volume "data" { path = "/srv" read_only = true } })"));
    ASSERT_EQ(config.Plugins.size(), 1u);
    EXPECT_EQ(config.Plugins[0].Name, "raw_exec");
    ASSERT_EQ(config.Client->HostVolumes.size(), 1u);
    EXPECT_EQ(config.Client->HostVolumes[0].Path, "/srv");
    EXPECT_TRUE(config.Client->HostVolumes[0].ReadOnly);
}

TEST(Config, what_is_unknown_or_unfit_is_refused_by_name) {
    EXPECT_EQ(refusal("nonsense = 1"), "unexpected keys: \"nonsense\"");
    EXPECT_EQ(refusal("client { nope = 1 }"), "unexpected keys: \"client.nope\"");
    EXPECT_EQ(refusal("ports { http = \"x\" }"), "invalid value for \"ports.http\": expected a whole number");
    EXPECT_EQ(refusal("ports { http = 70000 }"), "invalid value for \"ports.http\": 70000 is no port");
    EXPECT_EQ(refusal("log_level = \"LOUD\"").substr(0, 24), "Invalid log level: LOUD.");
    EXPECT_EQ(refusal("telemetry { collection_interval = \"1\" }"),
              "invalid value for \"telemetry.collection_interval\": time: missing unit in duration \"1\"");
}

TEST(Config, what_nothing_acts_on_is_refused_unless_it_asks_for_nothing) {
    EXPECT_EQ(refusal("acl { enabled = true }"), "configuration \"acl\" is not supported yet; remove it to start");
    EXPECT_EQ(refusal("acl { enabled = false }"), "");
    EXPECT_EQ(refusal("vault { enabled = false }"), "");
    EXPECT_EQ(refusal("server { redundancy_zone = \"abc\" }"),
              "configuration \"server.redundancy_zone\" is not supported yet; remove it to start");
    EXPECT_EQ(refusal("tls { http = true }"), "configuration \"tls.http\" is not supported yet; remove it to start");
}

TEST(Config, clients_are_told_servers_by_address) {
    EXPECT_EQ(refusal(R"(client { servers = ["a", "10.0.0.1:4647"] server_join { retry_join = ["b:1"] } })"), "");
    EXPECT_NE(refusal(R"(client { servers = ["a:b"] })").find("invalid server address: a:b"), std::string::npos);
    EXPECT_NE(refusal(R"(client { server_join { retry_join = ["provider=aws"] } })").find("is not supported"),
              std::string::npos);
}

TEST(Config, roles_and_directories_make_sense) {
    Config config = default_config();
    EXPECT_EQ(check_config(config).error().message, "Must specify either server, client or dev mode for the agent.");
    config.Server->Enabled = true;
    EXPECT_EQ(check_config(config).error().message, "Must specify \"data_dir\" config option or \"data-dir\" CLI flag");
    config.DataDir = "here";
    EXPECT_EQ(check_config(config).error().message, "data_dir must be given as an absolute path: got here");
    config.DataDir = "/here";
    EXPECT_TRUE(check_config(config));
}

TEST(Config, a_directory_is_read_in_lexical_order) {
    const auto dir = std::filesystem::temp_directory_path() / "drover_config_test";
    std::filesystem::create_directories(dir);
    std::ofstream(dir / "b.hcl") << "name = \"second\"";
    std::ofstream(dir / "a.json") << R"({"name": "first", "datacenter": "dc9"})";
    std::ofstream(dir / "c.txt") << "not read";
    Config config = default_config();
    auto read = read_config_path(config, dir.string());
    std::filesystem::remove_all(dir);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(config.NodeName, "second");
    EXPECT_EQ(config.Datacenter, "dc9");
    EXPECT_EQ(config.Files.size(), 2u);
    EXPECT_FALSE(read_config_path(config, "/nonexistent/x.hcl"));
}

}  // namespace
}  // namespace drover::agent
