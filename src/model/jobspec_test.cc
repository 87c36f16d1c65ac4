#include "model/jobspec.h"

#include <gtest/gtest.h>

#include <iostream>

#include "model/canonicalize.h"
#include "model/oracle_test.h"

namespace drover::model {
namespace {

std::string error_of(std::string_view source) {
    const auto job = parse_jobspec(source, {});
    return job ? "" : job.error().message;
}

TEST(Jobspec, maps_names_forms_and_units) {
    const auto job = parse_jobspec(R"(
job "web" {
  datacenters = ["dc1"]
  group "api" {
    count = "2"
    meta  = { a = 1 }
    network {
      port "http" { to = 80 }
      port "ssh" { static = 22 }
    }
    task "server" {
      driver       = "raw_exec"
      kill_timeout = "3s"
      config {
        command = "/bin/sleep"
        opts    = { deep = 1 }
      }
      env { PORT = "${NOMAD_PORT_http}" }
    }
  }
})",
                                   {});
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(job->ID, "web");
    const spec::TaskGroup& group = job->TaskGroups[0];
    EXPECT_EQ(group.Count, 2);
    EXPECT_EQ(*group.Meta.get("a"), "1");
    EXPECT_EQ(group.Networks[0].DynamicPorts[0].Label, "http");
    EXPECT_EQ(group.Networks[0].ReservedPorts[0].Value, 22);
    EXPECT_EQ(group.Tasks[0].KillTimeout, seconds(3));
    EXPECT_EQ(*group.Tasks[0].Env.get("PORT"), "${NOMAD_PORT_http}");
    EXPECT_EQ(codec::to_json(group.Tasks[0].Config), R"({"command":"/bin/sleep","opts":[{"deep":1}]})");
}

TEST(Jobspec, a_periodic_block_has_a_type_once_it_has_an_expression) {
    const auto type = [](const std::string& members) {
        return parse_jobspec("job \"j\" {\n periodic {\n" + members + "\n}\n}", {})->Periodic->SpecType;
    };
    EXPECT_EQ(type("enabled = true"), std::nullopt);
    EXPECT_EQ(type("cron = \"@daily\""), "cron");
    EXPECT_EQ(type("crons = [\"@daily\"]"), "cron");
}

TEST(Jobspec, only_the_first_identity_without_a_name_is_the_tasks_own) {
    const auto job = parse_jobspec(R"(
job "j" {
  group "g" {
    task "t" {
      identity { name = "x" }
      identity { env = true }
      identity { file = true }
    }
  }
})",
                                   {});
    ASSERT_TRUE(job) << job.error().message;
    const spec::Task& task = job->TaskGroups[0].Tasks[0];
    EXPECT_TRUE(task.Identity->Env);
    ASSERT_EQ(task.Identities.size(), 2u);
    EXPECT_TRUE(task.Identities[1].File);
}

TEST(Jobspec, variables_take_the_last_value_given) {
    JobspecOptions options;
    options.environment = {{"n", "1"}};
    options.variable_files = {{"a.hcl", "n = 2"}};
    options.variables = {{"n", "3"}};
    const char* source = R"(
variable "n" { type = number }
locals { twice = var.n * 2 }
job "j" { priority = local.twice })";
    EXPECT_EQ(parse_jobspec(source, options)->Priority, 6);
    options.variables.clear();
    EXPECT_EQ(parse_jobspec(source, options)->Priority, 4);
}

TEST(Jobspec, locals_are_evaluated_once_in_the_order_of_their_needs) {
    std::string chain = "locals {\n";
    for (int i = 0; i < 2'000; ++i) chain += "  a" + std::to_string(i) + " = local.a" + std::to_string(i + 1) + "\n";
    chain += "  a2000 = 7\n  keyed = local[\"a3\"] + local.a3 + local.a3\n  all = length(keys(local))\n}\n";
    const auto good = parse_jobspec(
        chain + "job \"j\" {\n  priority = local.a0\n  meta {\n    keyed = local.keyed\n    all = local.all\n  }\n}",
        {});
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->Priority, 7);
    EXPECT_EQ(*good->Meta.get("keyed"), "21");
    EXPECT_EQ(*good->Meta.get("all"), "2002");
    EXPECT_NE(error_of("locals {\n  a = local.b\n  b = local.a\n}\njob \"j\" {}").find("attribute named \"b\""),
              std::string::npos);
}

TEST(Jobspec, all_expressions_of_a_file_share_one_budget) {
    const std::string loop = "length([for a in range(300): [for b in range(90): a]])";
    std::string variables;
    for (int i = 0; i < 20; ++i) {
        variables += "variable \"v" + std::to_string(i) + "\" {\n  default = [" + "[for a in [1]: a]" +
                     "]\n  validation {\n" + "    condition = " + loop + " > var.v" + std::to_string(i) +
                     "[0][0]\n    error_message = \"No.\"\n  }\n}\n";
    }
    EXPECT_NE(error_of(variables + "job \"j\" {}").find("Evaluation limit exceeded"), std::string::npos);
    EXPECT_EQ(error_of("job \"j\" {\n  meta { a = " + loop + " }\n}"), "");
}

TEST(Jobspec, what_values_share_is_paid_where_it_is_copied) {
    std::string doubling = "locals {\n  a0 = [\"x\"]\n";
    for (int i = 1; i < 14; ++i) {
        const std::string before = "local.a" + std::to_string(i - 1);
        doubling += "  a" + std::to_string(i) + " = [" + before + ", " + before + "]\n";
    }
    const auto config = [&](int copies) {
        std::string text = doubling + "}\njob \"j\" {\n  group \"g\" {\n    task \"t\" {\n      config {\n";
        for (int i = 0; i < copies; ++i) text += "        x" + std::to_string(i) + " = local.a13\n";
        return text + "      }\n    }\n  }\n}\n";
    };
    EXPECT_EQ(error_of(config(1)), "");
    EXPECT_NE(error_of(config(50)).find("Evaluation limit exceeded"), std::string::npos);
}

TEST(Jobspec, a_large_ordinary_job_is_read) {
    std::string text = "job \"web\" {\n";
    for (int i = 0; i < 2'000; ++i) {
        text += "  group \"g" + std::to_string(i) +
                "\" {\n    task \"t\" {\n      driver = \"exec\"\n      config {\n        args = [\"-p\", "
                "\"${NOMAD_PORT_http}\", upper(\"web\")]\n      }\n      env {\n        A = \"one\"\n        B = 2\n"
                "      }\n      service {\n        port = \"http\"\n      }\n    }\n  }\n";
    }
    const auto job = parse_jobspec(text + "}\n", {});
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(job->TaskGroups.size(), 2'000u);
}

TEST(Jobspec, tells_place_and_reason) {
    EXPECT_EQ(error_of("job \"j\" {\n  group \"g\" {\n    replicas = 2\n  }\n}\n"),
              "input.hcl:3,5-13: Unsupported argument; An argument named \"replicas\" is not expected here.");
    EXPECT_EQ(
        error_of("job \"j\" {\n  group \"g\" {\n    shutdown_delay = \"2d\"\n  }\n}\n"),
        "input.hcl:3,23-25: Unsuitable value type; Unsuitable duration value: time: unknown unit \"d\" in duration "
        "\"2d\"");
    EXPECT_EQ(error_of("variable \"a\" {}\njob \"j\" { type = var.a }").substr(0, 26), "<nil>: Unset variable \"a\";");
}

TEST(Jobspec, scaling_blocks_tell_what_is_wrong_where_it_stands) {
    const auto in_task = [](const std::string& text) {
        return error_of("job \"j\" {\n group \"g\" {\n task \"t\" {\n" + text + "}\n}\n}\n");
    };
    EXPECT_EQ(in_task("scaling \"cpu\" {\n max = 1\n }\nscaling \"CPU\" {\n max = 2\n }\n"),
              "input.hcl:7,1-14: Duplicate scaling \"cpu\" block; Only one scaling cpu block is allowed. Another was "
              "defined at input.hcl:4,1-14.");
    const std::string unnamed =
        "input.hcl:4,9-10: Missing name for scaling; All scaling blocks must have 1 labels (name).";
    EXPECT_EQ(in_task("scaling {\n max = 1\n }\n"), unnamed + "\n" + unnamed);
    EXPECT_EQ(
        error_of("job \"j\" {\n group \"g\" {\n  scaling {\n   max = 1\n   type = \"vertical_cpu\"\n  }\n }\n}\n"),
        "input.hcl:5,11-25: Invalid group scaling type; task group scaling policy had invalid type: "
        "\"vertical_cpu\"");
}

std::string variables_of(const std::filesystem::path& file) {
    const auto recorded = codec::any_from_json(read_file(file));
    return recorded ? *recorded->member("Variables")->as<std::string>() : "";
}

std::string job_name(const std::filesystem::path& file) { return file.stem().stem().string(); }

TEST(Jobspec, agrees_with_the_recorded_cases) {
    const auto folder = oracle_folder() / "jobspec";
    const bool tell = std::getenv("DROVER_TELL");
    size_t valid = 0, total_valid = 0, invalid = 0, total_invalid = 0, texts = 0;
    for (const auto& file : files_in(folder / "valid")) {
        ++total_valid;
        const std::string name = job_name(file);
        SeededRng rng(1);
        JobspecOptions options;
        options.rng = &rng;
        options.variables_text = variables_of(folder / "vars" / (name + ".json"));
        const auto recorded = codec::any_from_json(read_file(folder / "expected" / (name + ".json")));
        auto job = parse_jobspec(read_file(file), options);
        std::vector<std::string> found;
        if (!job) {
            found.push_back(job.error().message);
        } else if (recorded && recorded->member("job")) {
            const auto got = codec::any_from_json(codec::to_json(*job));
            if (got) differences(*recorded->member("job"), *got, "", found);
        }
        valid += found.empty();
        if (tell && !found.empty()) {
            std::cout << "== " << name << "\n";
            for (size_t i = 0; i < found.size() && i < 6; ++i) std::cout << found[i] << "\n";
        }
    }
    for (const auto& file : files_in(folder / "invalid")) {
        ++total_invalid;
        const std::string name = job_name(file);
        JobspecOptions options;
        options.variables_text = variables_of(folder / "vars" / (name + ".json"));
        const auto recorded = codec::any_from_json(read_file(folder / "expected" / (name + ".json")));
        const std::string want = *recorded->member("error")->as<std::string>();
        const std::string source = read_file(file);
        const auto job = parse_jobspec(source, options);
        invalid += !job;
        const std::string got = job ? "(accepted)" : "Failed to parse job: " + job.error().message;
        // Without a source the route answers, and not the parser.
        const bool same = got == want || recorded->member("error_varies") || source.empty();
        texts += same;
        if (tell && !same) std::cout << "== " << name << "\nwant " << want << "\ngot  " << got << "\n";
    }
    if (total_valid == 0) GTEST_SKIP();
    std::cout << "valid " << valid << "/" << total_valid << ", invalid " << invalid << "/" << total_invalid
              << ", texts " << texts << "\n";
    EXPECT_GE(valid * 100, total_valid * 95);
    EXPECT_EQ(invalid, total_invalid);
    EXPECT_EQ(texts, total_invalid);
}

}  // namespace
}  // namespace drover::model
