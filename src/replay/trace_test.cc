#include "replay/trace.h"

#include <gtest/gtest.h>

#include "replay/behaviour.h"

namespace drover::replay {
namespace {

using Kind = Event::Kind;

Result<std::string> no_files(const std::string& path) { return fail(Error::not_found("no file " + path)); }

Result<std::vector<Event>> read(std::string_view text) { return read_trace("t.csv", text, no_files); }

std::string error_of(std::string_view text) {
    const auto events = read(text);
    return events ? "" : events.error().message;
}

TEST(Trace, events_come_in_the_order_of_time) {
    const auto events = read(
        "At,Event,ID,Count,Node,Deadline\n"
        "1h,scale,web,5,,\n"
        "0,register,web,2,,\n"
        "90.5,fail,,,n-*,\n"
        "90.5,drain,,,n-1,10m\n");
    ASSERT_TRUE(events) << events.error().message;
    ASSERT_EQ(events->size(), 4u);
    EXPECT_EQ(events->at(0).kind, Kind::register_job);
    EXPECT_EQ(events->at(0).job->TaskGroups[0].Count, 2);
    EXPECT_EQ(events->at(1).kind, Kind::fail_node);
    EXPECT_EQ(events->at(1).at, milliseconds(90'500));
    EXPECT_EQ(events->at(1).nodes, "n-*");
    EXPECT_EQ(events->at(2).kind, Kind::drain_node);
    EXPECT_EQ(events->at(2).deadline, minutes(10));
    EXPECT_EQ(events->at(3).count, 5);
    EXPECT_EQ(events->at(3).line, 2u);
}

TEST(Trace, a_short_job_is_a_whole_one) {
    const auto events = read(
        "At,ID,Type,CPU,Memory,Devices,RunFor,Priority,FailPercent,Class\n"
        "0,b,batch,500,256,nvidia/gpu:2,600,70,10,big\n");
    ASSERT_TRUE(events) << events.error().message;
    ASSERT_EQ(events->size(), 1u);
    const model::Job& job = *events->at(0).job;
    EXPECT_EQ(job.Type, "batch");
    EXPECT_EQ(job.Priority, 70);
    EXPECT_EQ(job.Constraints[0].RTarget, "big");
    const model::Resources& resources = *job.TaskGroups[0].Tasks[0].Resources;
    EXPECT_EQ(resources.CPU, 500);
    EXPECT_EQ(resources.Devices[0].Name, "nvidia/gpu");
    EXPECT_EQ(resources.Devices[0].Count, 2u);
    const Behaviour behaviour = behaviour_of(job, job.TaskGroups[0].Name);
    EXPECT_TRUE(behaviour.ends);
    EXPECT_EQ(behaviour.run_for, minutes(10));
    EXPECT_EQ(behaviour.fail_percent, 10u);
}

TEST(Trace, a_service_that_runs_for_a_time_is_stopped_after_it) {
    const auto events = read("At,ID,RunFor\n10,s,1m\n");
    ASSERT_TRUE(events) << events.error().message;
    ASSERT_EQ(events->size(), 2u);
    EXPECT_EQ(events->at(1).kind, Kind::stop_job);
    EXPECT_EQ(events->at(1).at, seconds(70));
    EXPECT_EQ(events->at(1).job_id, "s");
}

TEST(Trace, whole_jobs_stand_in_json_or_in_files) {
    const std::string job = R"({"ID": "j", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "exec"}]}]})";
    const auto events = read("[{\"At\": 5, \"Job\": " + job + "}]");
    ASSERT_TRUE(events) << events.error().message;
    EXPECT_EQ(events->at(0).job_id, "j");
    const auto read_file = [&](const std::string& path) -> Result<std::string> {
        if (path == "j.json") return "{\"Job\": " + job + "}";
        return "job \"h\" {\n group \"g\" {\n task \"t\" {\n driver = \"exec\"\n }\n }\n}\n";
    };
    const auto files = read_trace("t", "At,File\n0,j.json\n1,h.hcl\n", read_file);
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ(files->at(0).job_id, "j");
    EXPECT_EQ(files->at(1).job_id, "h");
}

TEST(Trace, how_long_a_whole_job_runs_is_bounded_like_the_columns) {
    for (const std::string_view key : {kRunForKey, kFailAfterKey}) {
        const auto text = [&](std::string_view time) {
            return "[{\"At\": 0, \"Job\": {\"ID\": \"j\", \"Meta\": {\"" + std::string(key) + "\": \"" +
                   std::string(time) +
                   "\"}, \"TaskGroups\": [{\"Name\": \"g\", \"Tasks\": [{\"Name\": \"t\", \"Driver\": "
                   "\"exec\"}]}]}}]";
        };
        EXPECT_EQ(error_of(text("87840h")), "");
        EXPECT_EQ(error_of(text("2000000h")),
                  "t.csv:1: " + std::string(key) + ": \"2000000h\" is not a duration of ten years at most");
    }
    model::Job job;
    job.Type = "batch";
    job.Meta[std::string(kRunForKey)] = "2000000h";
    EXPECT_EQ(behaviour_of(job, "g").run_for, kDefaultRunFor);
}

TEST(Trace, beside_a_whole_job_stand_only_how_long_it_runs_and_how_it_fails) {
    const std::string job =
        R"({"ID": "j", "Type": "batch", "TaskGroups": [{"Name": "g", "Meta": {"sim_run_for": "1h"}, "Tasks": )"
        R"([{"Name": "t", "Driver": "exec"}]}]})";
    const auto events =
        read("[{\"At\": 5, \"RunFor\": \"2m\", \"FailPercent\": 7, \"FailAfter\": 3, \"Job\": " + job + "}]");
    ASSERT_TRUE(events) << events.error().message;
    const Behaviour behaviour = behaviour_of(*events->at(0).job, "g");
    EXPECT_EQ(behaviour.run_for, minutes(2));
    EXPECT_EQ(behaviour.fail_percent, 7u);
    EXPECT_EQ(behaviour.fail_after, seconds(3));
    EXPECT_EQ(read("[{\"At\": 5, \"Namespace\": \"other\", \"Job\": " + job + "}]")->at(0).ns, "other");
    EXPECT_EQ(events->at(0).ns, "default");
    EXPECT_EQ(error_of("[{\"At\": 5, \"Count\": 2, \"Job\": " + job + "}]"),
              "t.csv:1: field Count: the job in Job says it itself");
    EXPECT_EQ(error_of("[{\"At\": 5, \"File\": \"x\", \"Job\": " + job + "}]"),
              "t.csv:1: field File: the job in Job says it itself");
    EXPECT_EQ(error_of("At,File,CPU\n0,x.hcl,\n"), "t.csv:2: field File: no file x.hcl");
    EXPECT_EQ(error_of("At,File,CPU\n0,x.hcl,100\n"), "t.csv:2: field CPU: the job in File says it itself");
    EXPECT_EQ(error_of("At,File,Type\n0,x.hcl,service\n"), "t.csv:2: field Type: the job in File says it itself");
}

TEST(Trace, errors_name_file_line_and_field) {
    EXPECT_EQ(error_of("ID\na\n"), "t.csv:2: field At: missing");
    EXPECT_EQ(error_of("At,ID\nsoon,a\n"), "t.csv:2: field At: \"soon\" is no time: seconds, or \"1h30m\"");
    EXPECT_EQ(error_of("At,ID\n-5,a\n"), "t.csv:2: field At: \"-5\" is no time: seconds, or \"1h30m\"");
    EXPECT_EQ(error_of("At,Event\n0,explode\n"),
              "t.csv:2: field Event: \"explode\" is none of register, stop, scale, fail, return, drain, undrain");
    EXPECT_EQ(error_of("At,Event,ID\n0,register,a\n1,scale,a\n"), "t.csv:3: field Count: missing");
    EXPECT_EQ(error_of("At,Event\n0,fail\n"), "t.csv:2: field Node: missing");
    EXPECT_EQ(error_of("At\n0\n"), "t.csv:2: field ID: missing");
    EXPECT_EQ(error_of("At,File\n0,x.hcl\n"), "t.csv:2: field File: no file x.hcl");
    EXPECT_EQ(error_of("At,ID,RunFor\n0,a,long\n"),
              "t.csv:2: field RunFor: \"long\" is no time: seconds, or \"1h30m\"");
    EXPECT_NE(error_of("At,ID,Priority\n0,a,900\n").find("t.csv:2: job \"a\": "), std::string::npos);
}

}  // namespace
}  // namespace drover::replay
