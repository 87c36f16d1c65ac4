#include <gtest/gtest.h>

#include "codec/any.h"
#include "model/jobspec.h"

namespace drover::model {
namespace {

// What `var.x` is, as JSON, if `text` is given as `-var x=TEXT`; else the error.
std::string given(const std::string& declaration, const std::string& text) {
    JobspecOptions options;
    options.strict = true;
    options.variables = {{"x", text}};
    const auto job = parse_jobspec(declaration + "\njob \"j\" {\n  meta = { x = jsonencode(var.x) }\n}\n", options);
    return job ? *job->Meta.get("x") : job.error().message;
}

std::string error_of(const std::string& source, const JobspecOptions& options) {
    const auto job = parse_jobspec(source, options);
    return job ? "no error" : job.error().message;
}

TEST(JobspecVariables, locals_may_wait_for_one_that_looks_at_all) {
    const auto job = parse_jobspec(R"(
locals {
  a = keys({ for k, v in local : k => v })
  b = length(local.a)
  c = local.b + 1
  d = 1
}
job "j" {
  meta = { x = local.c }
})",
                                   {});
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(*job->Meta.get("x"), "2");  // all were d alone: the others wait for `a`
}

TEST(JobspecVariables, locals_that_look_at_all_may_wait_for_one_another) {
    const auto job = parse_jobspec(R"(
locals {
  d = 1
  c = local.b
  b = length(keys(local)) + local.a
  a = length(keys(local))
}
job "j" {
  meta = { x = local.c }
})",
                                   {});
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(*job->Meta.get("x"), "3");  // `a` saw d; `b` saw both
}

TEST(JobspecVariables, of_locals_with_one_name_in_several_blocks_the_last_counts) {
    const auto job = parse_jobspec(R"(
locals {
  a = 1
  b = local.a
}
locals { a = 2 }
job "j" {
  meta = { x = local.b }
})",
                                   {});
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(*job->Meta.get("x"), "2");
}

TEST(JobspecVariables, texts_and_numbers_are_taken_as_they_are) {
    EXPECT_EQ(given("variable \"x\" { type = string }", "1 + 2"), "\"1 + 2\"");
    EXPECT_EQ(given("variable \"x\" {}", "[1]"), "\"[1]\"");
    EXPECT_EQ(given("variable \"x\" { default = \"a\" }", "[1]"), "\"[1]\"");
    EXPECT_EQ(given("variable \"x\" { type = number }", "12"), "12");
    EXPECT_EQ(given("variable \"x\" { default = 1 }", "2"), "2");
    EXPECT_EQ(given("variable \"x\" { type = number }", "1+2"),
              ":0,0-0: Invalid argument value for -var variable; The received arg value for x is not compatible with "
              "the variable's type constraint: a number is required.");
}

TEST(JobspecVariables, other_types_are_read_as_expressions) {
    EXPECT_EQ(given("variable \"x\" { type = list(number) }", "[1, \"2\"]"), "[1,2]");
    EXPECT_EQ(given("variable \"x\" { type = bool }", "!true"), "false");
    EXPECT_EQ(given("variable \"x\" { type = map(string) }", "{ a = 1 }"), "{\"a\":\"1\"}");
    EXPECT_EQ(given("variable \"x\" { type = list(string) }", "abc"),
              "<value for var.x from arguments>:1,1-4: Variables not allowed; Variables may not be used here.");
    EXPECT_EQ(given("variable \"x\" { type = list(string) }", "[1"),
              "<value for var.x from arguments>:1,1-2: Unterminated tuple constructor expression; There is no "
              "corresponding closing bracket before the end of the file. This may be caused by incorrect bracket "
              "nesting elsewhere in this file.");
}

TEST(JobspecVariables, a_default_gives_the_type_where_none_is_declared) {
    EXPECT_EQ(given("variable \"x\" { default = [\"a\"] }", "[\"b\"]"), "[\"b\"]");
    EXPECT_EQ(given("variables {\n  x = [\"a\"]\n}", "[\"b\"]"), "[\"b\"]");
    EXPECT_EQ(given("variables {\n  x = { a = 1 }\n}", "{ a = \"2\", b = 3 }"), "{\"a\":2}");
    EXPECT_EQ(given("variable \"x\" { default = null }", "[1]"), "[1]");
    EXPECT_EQ(given("variable \"x\" { default = [\"a\"] }", "[\"b\", \"c\"]"),
              "<value for var.x from arguments>:1,1-11: Invalid argument value for -var variable; The received arg "
              "value for x is not compatible with the variable's type constraint: tuple required.");
}

TEST(JobspecVariables, the_environment_is_read_like_the_arguments_and_gives_way_to_them) {
    const char* source = R"(
variable "n" { type = number }
variable "l" { default = [1] }
job "j" { priority = var.n + var.l[0] })";
    JobspecOptions options;
    options.environment = {{"n", "10"}, {"l", "[5]"}, {"unknown", "1"}};
    EXPECT_EQ(parse_jobspec(source, options)->Priority, 15);
    options.variables_text = "n = 20";
    EXPECT_EQ(parse_jobspec(source, options)->Priority, 25);
    options.variables = {{"n", "30"}};
    EXPECT_EQ(parse_jobspec(source, options)->Priority, 35);
    options.environment["l"] = "[one]";
    EXPECT_EQ(error_of(source, options),
              "<value for var.l from env>:1,2-5: Variables not allowed; Variables may not be used here.");
    options.environment["l"] = "[\"one\"]";
    EXPECT_EQ(error_of(source, options),
              "<value for var.l from env>:1,1-8: Invalid value for variable; The value for l is not compatible with "
              "the variable's type constraint: a number is required.");
}

TEST(JobspecVariables, strict_refuses_values_that_nobody_declared) {
    JobspecOptions options;
    options.variables = {{"q", "1"}};
    options.variable_files = {{"v.hcl", "zz = 1\n"}};
    const std::string source = "job \"j\" {}\n";
    EXPECT_TRUE(parse_jobspec(source, options));
    options.strict = true;
    EXPECT_EQ(error_of(source, options),
              "<nil>: Undefined variable; A \"zz\" variable was set but was not found in known variables. To declare "
              "variable \"zz\", place this block in your job files\n"
              "<nil>: Undefined -var variable; A \"q\" variable was passed in the command line but was not found in "
              "known variables. To declare variable \"q\", place this block in your job file");
}

TEST(JobspecVariables, a_condition_is_about_its_variable_and_nothing_else) {
    const auto condition = [](const std::string& text) {
        JobspecOptions options;
        options.file_name = "f";
        return error_of(
            "variable \"a\" { default = 1 }\nvariable \"b\" {\n  default = 2\n  validation {\ncondition = " + text +
                "\nerror_message = \"No.\"\n  }\n}\njob \"j\" {}\n",
            options);
    };
    const std::string about_none =
        "Invalid variable validation condition; The condition for variable \"b\" must refer to var.b in order to test "
        "incoming values.";
    const std::string about_others =
        "Invalid reference in variable validation; The condition for variable \"b\" can only refer to the variable "
        "itself, using var.b.";
    EXPECT_EQ(condition("var.b > 1"), "no error");
    EXPECT_EQ(condition("[for x in [1] : x < var.b][0]"), "no error");
    EXPECT_EQ(condition("true"), "f:5,13-17: " + about_none);
    EXPECT_EQ(condition("1 == 1"), "f:5,13-19: " + about_none);
    EXPECT_EQ(condition("var.a < var.b"),
              "f:5,13-18: " + about_others +
                  "\nf:5,16-18: Unsupported attribute; This object does not have an attribute named \"a\".");
    EXPECT_EQ(condition("var.a == 1"),
              "f:5,13-18: " + about_others + "\nf:5,13-23: " + about_none +
                  "\nf:5,16-18: Unsupported attribute; This object does not have an attribute named \"a\".");
    EXPECT_TRUE(condition("local.x == var.b").starts_with("f:5,13-20: " + about_others));
}

TEST(JobspecVariables, a_value_of_the_wrong_type_is_told_once) {
    JobspecOptions options;
    options.variables = {{"x", "many"}};
    EXPECT_EQ(error_of("variable \"x\" { type = number }\njob \"j\" { priority = var.x }\n", options),
              ":0,0-0: Invalid argument value for -var variable; The received arg value for x is not compatible with "
              "the variable's type constraint: a number is required.");
}

TEST(JobspecVariables, a_local_may_be_asked_for_by_index) {
    const auto job = parse_jobspec("locals {\n  a = local[\"b\"]\n  b = 7\n}\njob \"j\" { priority = local.a }", {});
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(job->Priority, 7);
}

}  // namespace
}  // namespace drover::model
