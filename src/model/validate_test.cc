#include "model/validate.h"

#include <gtest/gtest.h>

#include <iostream>

#include "model/canonicalize.h"
#include "model/cron.h"
#include "model/oracle_test.h"

namespace drover::model {
namespace {

Job admitted(const std::string& json) {
    auto submitted = codec::from_json<spec::Job>(json);
    EXPECT_TRUE(submitted) << submitted.error().message;
    canonicalize(*submitted);
    Job job = to_job(*submitted);
    canonicalize(job);
    add_connect(job);
    add_implied_constraints(job);
    add_implied_identities(job);
    return job;
}

ValidateOptions options() {
    ValidateOptions o;
    o.namespace_exists = [](const std::string& name) { return name == "default"; };
    o.node_pool_exists = [](const std::string& name) { return name == "default" || name == "all"; };
    o.time_zone_exists = [](const std::string& name) { return name != "Mars/Olympus"; };
    return o;
}

TEST(ErrorList, counts_and_nests) {
    ErrorList inner, outer;
    EXPECT_EQ(outer.text(), "");
    inner.add("a");
    outer.add("Task t: ", inner);
    outer.add("b");
    EXPECT_EQ(outer.text(), "2 errors occurred:\n\t* Task t: 1 error occurred:\n\t* a\n\n\n\t* b\n\n");
    EXPECT_EQ(warnings_text({"x", "y\n\n"}), "2 warnings:\n\n* x\n* y");
}

TEST(Validate, a_job_needs_groups) {
    const Validation v = validate(admitted(R"({"ID": "x"})"), options());
    EXPECT_EQ(v.errors.text(), "1 error occurred:\n\t* Missing job task groups\n\n");
}

TEST(Validate, a_type_cannot_change) {
    Job before, after;
    before.Type = "service", after.Type = "batch";
    EXPECT_EQ(validate_update(before, after).items().size(), 1u);
    EXPECT_TRUE(validate_update(before, before).empty());
}

// The errors of a job of one group and one task, that have these members more.
std::string errors_of(const std::string& task, const std::string& group = "", const std::string& job = "") {
    const auto more = [](const std::string& members) { return members.empty() ? "" : ", " + members; };
    return validate(admitted(R"({"ID": "j", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "exec")" +
                             more(task) + "}]" + more(group) + "}]" + more(job) + "}"),
                    options())
        .errors.text();
}

TEST(Validate, a_checksum_has_a_known_type_and_its_length) {
    const auto of = [](const std::string& checksum) {
        return errors_of(R"("Artifacts": [{"GetterSource": "http://h/x", "GetterOptions": {"checksum": ")" + checksum +
                         R"("}}])");
    };
    const auto refused = [&](const std::string& checksum, const std::string& why) {
        return of(checksum).find("Artifact 1 validation failed: 1 error occurred:\n\t* " + why) != std::string::npos;
    };
    EXPECT_EQ(of("md5:df6a4178aec9fbdc1d6d7e3634d1bc33"), "");
    EXPECT_EQ(of(" sha1:" + std::string(40, 'A') + " "), "");
    EXPECT_EQ(of("sha512:" + std::string(128, '0')), "");
    EXPECT_EQ(of("file:http://h:1/x.md5"), "");
    EXPECT_EQ(of("${meta.sum}"), "");
    EXPECT_TRUE(refused("df6a", "checksum must be given as \"type:value\"; got \"df6a\"")) << of("df6a");
    EXPECT_TRUE(refused("crc:df6a", "unsupported checksum type: crc"));
    EXPECT_TRUE(refused("md5:xy", "invalid checksum: \"xy\" is not hexadecimal"));
    EXPECT_TRUE(refused("md5:abcd", "invalid md5 checksum: \"abcd\""));
}

TEST(Validate, ports_of_tasks_keep_clear_of_the_groups) {
    const std::string group = R"("Networks": [{"ReservedPorts": [{"Label": "a", "Value": 80}]}])";
    const auto of = [&](const std::string& ports) {
        return errors_of(R"("Resources": {"Networks": [{"ReservedPorts": [)" + ports + "]}]}", group);
    };
    EXPECT_EQ(of(R"({"Label": "b", "Value": 81})"), "");
    EXPECT_NE(of(R"({"Label": "b", "Value": 80})").find("Static port 80 already reserved by taskgroup network:a"),
              std::string::npos);
    EXPECT_NE(of(R"({"Label": "a", "Value": 81})").find("Port label a already in use by taskgroup network"),
              std::string::npos);
}

TEST(Validate, names_what_makes_no_sense) {
    const std::string check = R"("Interval": 1000000000, "Timeout": 1000000000)";
    const auto script = [&](const std::string& members) {
        return R"("Services": [{"Name": "s", "Checks": [{"Name": "c", "Type": "script", "Command": "x", )" + check +
               members + "}]}]";
    };
    const auto native = [&](const std::string& members) {
        return R"("Services": [{"Name": "s", "PortLabel": "1", "Provider": "nomad", "Checks": [{"Name": "c",
                  "Type": "tcp", )" +
               check + members + "}]}]";
    };
    struct Case {
        std::string task, group, job, want;
    };
    const Case cases[] = {
        {R"("LogConfig": {"MaxFiles": 10, "MaxFileSizeMB": 30})", "", "", "log storage (300 MB) must be less than"},
        {R"("DispatchPayload": {"File": "../../../x"})", "", "", "destination escapes allocation directory"},
        {R"("CSIPluginConfig": {"Type": "node"})", "", "", "must have an id"},
        {R"("CSIPluginConfig": {"ID": "x", "Type": "foo"})", "", "", R"(got "foo")"},
        {R"("Vault": {"ChangeMode": "foo"})", "", "", R"(Unknown change mode "foo")"},
        {R"("Resources": {"Cores": 1, "NUMA": {"Affinity": "prefer", "Devices": ["gpu"]}})", "", "",
         R"(numa device "gpu" not requested)"},
        {R"("Resources": {"Cores": 1, "NUMA": {"Affinity": "none", "Devices": ["gpu"]}})", "", "",
         "numa affinity must be prefer or require"},
        {R"("Services": [{"Name": "s", "Connect": {"Native": true}}])", "", "", "cannot include Connect blocks"},
        {"", script(""), "", "must set task"},
        {"", script(R"(, "TaskName": "nope")"), "", "refers to non-existent task nope"},
        {"", script(R"(, "TaskName": "t", "SuccessBeforePassing": 1)"), "",
         R"(success_before_passing not supported for check of type "script")"},
        {"", native(R"(, "FailuresBeforeCritical": 1)"), "",
         "failures_before_critical may only be set for Consul service checks"},
        {"", native(R"(, "InitialStatus": "passing")"), "", "initial_status may only be set for Consul service checks"},
        {"", R"("Services": [{"Name": "s", "TaskName": "nope"}])", "", "refers to non-existent task nope"},
        {"", "", R"("Constraints": [{"LTarget": "${foo.bar}", "RTarget": "x", "Operand": "="}])",
         R"(unknown attribute "${foo.bar}")"},
    };
    for (const Case& c : cases) {
        const std::string text = errors_of(c.task, c.group, c.job);
        EXPECT_NE(text.find(c.want), std::string::npos) << c.task << c.group << c.job << "\n" << text;
    }
    for (const std::string& group : {script(R"(, "TaskName": "t")"), native("")}) {
        EXPECT_EQ(errors_of("", group), "");
    }
    EXPECT_EQ(
        errors_of(R"("LogConfig": {"MaxFiles": 10, "MaxFileSizeMB": 29}, "DispatchPayload": {"File": "../../x"})"), "");
    EXPECT_EQ(errors_of("", "", R"("Constraints": [{"LTarget": "${meta.x}", "RTarget": "${attr.y}", "Operand": "="}])"),
              "");
}

TEST(Validate, a_namespace_says_which_drivers_and_networks_it_allows) {
    NamespaceCapabilities rules;
    rules.DisabledTaskDrivers = {"exec"};
    rules.EnabledNetworkModes = {"bridge"};
    ValidateOptions restricted = options();
    restricted.maybe_capabilities = &rules;
    const Job job = admitted(R"({"ID": "j", "TaskGroups": [{"Name": "g", "Networks": [{"Mode": "host"}],
                                 "Tasks": [{"Name": "t", "Driver": "exec"}, {"Name": "u", "Driver": "exec"}]}]})");
    const Validation v = validate(job, restricted);
    ASSERT_EQ(v.errors.items().size(), 2u);
    EXPECT_EQ(v.errors.items()[0], R"(used task driver "exec" is not allowed in namespace "default")");
    EXPECT_EQ(v.errors.items()[1], R"(used group network mode "host" is not allowed in namespace "default")");
    EXPECT_TRUE(validate(job, options()).errors.empty());
}

TEST(Validate, only_canaries_are_promoted_in_part) {
    const auto warnings = [](const std::string& first, const std::string& second) {
        return warnings_text(validate(admitted(R"({"ID": "j", "TaskGroups": [
            {"Name": "a", "Tasks": [{"Name": "t", "Driver": "exec"}], "Update": )" +
                                               first + R"(},
            {"Name": "b", "Tasks": [{"Name": "t", "Driver": "exec"}], "Update": )" +
                                               second + "}]}"),
                                      options())
                                 .warnings);
    };
    const std::string automatic = R"({"Canary": 1, "AutoPromote": true})";
    EXPECT_NE(warnings(automatic, R"({"Canary": 1})"), "");
    EXPECT_EQ(warnings(automatic, R"({"Canary": 0})"), "");
    EXPECT_EQ(warnings(automatic, automatic), "");
}

TEST(Cron, finds_the_next_match) {
    const auto next = [](std::string_view spec, std::string_view after) {
        return to_rfc3339(*next_match(*parse_cron(spec), *parse_time(after)));
    };
    EXPECT_EQ(next("*/15 * * * *", "2026-03-01T10:07:30Z"), "2026-03-01T10:15:00Z");
    EXPECT_EQ(next("0 0 29 2 *", "2026-03-01T00:00:00Z"), "2028-02-29T00:00:00Z");
    EXPECT_EQ(next("0 9 * * mon-fri", "2026-11-20T09:00:00Z"), "2026-11-23T09:00:00Z");
    EXPECT_EQ(next("0 0 L * *", "2026-02-10T00:00:00Z"), "2026-02-28T00:00:00Z");
    EXPECT_EQ(next("0 0 * * 5#2", "2026-11-01T00:00:00Z"), "2026-11-13T00:00:00Z");
    EXPECT_EQ(next("@daily", "2026-11-01T00:00:00Z"), "2026-11-02T00:00:00Z");
    EXPECT_FALSE(next_match(*parse_cron("0 0 1 1 * 2020"), *parse_time("2026-01-01T00:00:00Z")));
}

TEST(Cron, refuses_what_is_no_expression) {
    EXPECT_EQ(parse_cron("not a cron").error().message, "missing field(s)");
    EXPECT_FALSE(parse_cron("61 * * * *"));
    EXPECT_FALSE(parse_cron("*/0 * * * *"));
    EXPECT_FALSE(parse_cron("a b c d e"));
}

TEST(Validate, agrees_with_the_recorded_refusals) {
    size_t same = 0, total = 0, verdicts = 0;
    const bool tell = std::getenv("DROVER_TELL");
    const auto judge = [&](const std::string& name, const Validation& v, const std::string& errors,
                           const std::string& warnings) {
        ++total;
        verdicts += v.errors.empty() == errors.empty() && v.warnings.empty() == warnings.empty();
        const bool good = v.errors.text() == errors && warnings_text(v.warnings) == warnings;
        same += good;
        if (good || !tell) return;
        std::cout << "== " << name << "\n-- want\n"
                  << errors << warnings << "\n-- got\n"
                  << v.errors.text() << warnings_text(v.warnings) << "\n";
    };
    for (const auto& file : files_in(oracle_folder() / "jobspec/expected")) {
        const auto recorded = codec::any_from_json(read_file(file));
        const codec::Any* want = recorded->member("validate");
        if (!want || !want->member("Error")) continue;
        const auto text = [&](const char* key) {
            const auto* value = want->member(key);
            return value && value->as<std::string>() ? *value->as<std::string>() : std::string();
        };
        judge(file.stem(), validate(admitted(codec::to_json(*recorded->member("job"))), options()), text("Error"),
              text("Warnings"));
    }
    for (const char* name :
         {"027-job-validate-job-level", "028-job-validate-group-level", "029-job-validate-task-level"}) {
        const auto expected =
            codec::any_from_json(read_file(oracle_folder() / "http/expected" / (std::string(name) + ".json")));
        const auto scenario =
            codec::any_from_json(read_file(oracle_folder() / "http/scenarios" / (std::string(name) + ".json")));
        if (!expected || !scenario) continue;
        const auto& steps = *scenario->member("steps")->as<codec::AnyList>();
        const auto& answers = *expected->member("steps")->as<codec::AnyList>();
        for (size_t i = 0; i < steps.size(); ++i) {
            std::string text = codec::to_json(*steps[i].member("body")->member("Job"));
            for (size_t at; (at = text.find("@{uniq}")) != std::string::npos;) text.replace(at, 7, "<uniq>");
            const codec::Any* body = answers[i].member("body");
            if (*answers[i].member("status")->as<int64_t>() == 400) continue;
            const auto* error = body->as<std::string>();
            const auto* warnings = body->member("Warnings");
            const Validation v = validate(admitted(text), options());
            judge(std::string(name) + " " + std::to_string(i), error ? Validation{v.errors, {}} : v,
                  error ? *error : "", warnings ? *warnings->as<std::string>() : "");
        }
    }
    if (total == 0) GTEST_SKIP();
    std::cout << same << " of " << total << " texts, " << verdicts << " verdicts\n";
    EXPECT_GE(verdicts * 100, total * 95);
    EXPECT_GE(same * 100, total * 90);
}

}  // namespace
}  // namespace drover::model
