// Bodies decoded by schema, dynamic blocks, JSON syntax, and how diagnostics read.
#include "hcl/body.h"

#include <gtest/gtest.h>

#include "hcl/dynamic.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

Schema schema() {
    Schema out;
    out.attributes = {{"type"}, {"count"}, {"datacenters"}};
    out.blocks = {{"group", {"name"}}, {"update", {}}};
    return out;
}

std::string errors_of(const std::string& text, const Schema& wanted = schema()) {
    Diagnostics diags;
    BodyPtr body = parse_file("f.hcl", text, diags);
    body->content(wanted, diags);
    return diags.lines();
}

TEST(Body, content_has_what_the_schema_names) {
    Diagnostics diags;
    BodyPtr body = parse_file("f.hcl", "type = \"x\"\ngroup \"a\" {\n  count = 1\n}\ngroup b {}\n", diags);
    Content content = body->content(schema(), diags);
    EXPECT_EQ(diags.lines(), "");
    EXPECT_TRUE(content.attributes.contains("type"));
    ASSERT_EQ(content.blocks.size(), 2u);
    EXPECT_EQ(content.blocks[0].labels, std::vector<std::string>{"a"});
    EXPECT_EQ(content.blocks[1].labels, std::vector<std::string>{"b"});
    EXPECT_EQ(content.blocks[1].def_range.to_string(), "f.hcl:5,1-8");
}

TEST(Body, what_the_schema_does_not_name_is_an_error_with_a_hint) {
    EXPECT_EQ(
        errors_of("typo = 1\n"),
        "f.hcl:1,1-5: Unsupported argument; An argument named \"typo\" is not expected here. Did you mean \"type\"?");
    EXPECT_EQ(errors_of("update = 1\n"),
              "f.hcl:1,1-7: Unsupported argument; An argument named \"update\" is not expected here. Did you mean to "
              "define a "
              "block of type \"update\"?");
    EXPECT_EQ(
        errors_of("datacenters {}\n"),
        "f.hcl:1,1-12: Unsupported block type; Blocks of type \"datacenters\" are not expected here. Did you mean to "
        "define argument \"datacenters\"? If so, use the equals sign to assign it a value.");
    EXPECT_EQ(errors_of("group {}\n"),
              "f.hcl:1,7-8: Missing name for group; All group blocks must have 1 labels (name).");
    EXPECT_EQ(errors_of("update \"x\" {}\n"),
              "f.hcl:1,8-11: Extraneous label for update; No labels are expected for update blocks.");
}

TEST(Body, a_missing_argument_is_reported_at_the_brace) {
    Schema wanted;
    wanted.attributes = {{"max", true}};
    EXPECT_EQ(errors_of("other = 1\n", wanted).substr(0, 40), "f.hcl:1,1-1: Missing required argument; ");
}

TEST(Body, partial_content_leaves_the_rest) {
    Diagnostics diags;
    BodyPtr body = parse_file("f.hcl", "type = 1\nother = 2\nextra {}\n", diags);
    BodyPtr rest;
    body->partial_content(schema(), rest, diags);
    Content left = rest->everything(diags);
    EXPECT_EQ(left.attributes.size(), 1u);
    EXPECT_TRUE(left.attributes.contains("other"));
    EXPECT_EQ(left.blocks.size(), 1u);
    rest->just_attributes(diags);
    EXPECT_EQ(diags.lines(), "f.hcl:3,1-6: Unexpected \"extra\" block; Blocks are not allowed here.");
}

TEST(Body, every_item_tells_its_own_syntax_error_to_who_asks_for_everything) {
    const std::string text = "a = ]\nb {\n  c = 1 +\n  d = \"x\"\n}\ne = (\nf = 3 4\ng = 5\n";
    Diagnostics first, all;
    parse_file("t.hcl", text, first);
    EXPECT_EQ(first.size(), 1u);
    parse_file("t.hcl", text, all, AfterError::everything);
    std::vector<uint32_t> lines;
    for (const Diagnostic& one : all) lines.push_back(one.subject->start.line);
    EXPECT_EQ(lines, (std::vector<uint32_t>{1, 3, 7}));
}

TEST(Body, several_errors_are_collected) {
    Diagnostics diags;
    parse_file("f.hcl", "a = 1\na = 2\nb = 3\nb = 4\n", diags);
    EXPECT_EQ(diags.size(), 2u);
    EXPECT_EQ(
        diags.brief(),
        "f.hcl:2,1-2: Attribute redefined; The argument \"a\" was already set at f.hcl:1,1-2. Each argument may be set "
        "only once., and 1 other diagnostic(s)");
}

TEST(Body, diagnostics_for_people_show_the_place) {
    Diagnostics diags;
    parse_file("f.hcl", "job \"j\" {\n\ttype = 12abc\n}\n", diags);
    EXPECT_EQ(
        diags.pretty(),
        "Error: Missing newline after argument\n\n  on f.hcl line 2:\n  2: \ttype = 12abc\n     \t         ^^^\n\n"
        "An argument definition must end with a newline.\n");
}

TEST(Body, blocks_nest_deep_without_recursion) {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "b {\n";
    for (int i = 0; i < 2000; ++i) text += "}\n";
    Diagnostics diags;
    parse_file("f.hcl", text, diags);
    EXPECT_EQ(diags.lines(), "");
    text.clear();
    for (int i = 0; i < 100'000; ++i) text += "b {\n";
    parse_file("f.hcl", text, diags);
    ASSERT_FALSE(diags.empty());
    EXPECT_EQ(diags[0].summary, "Blocks nested too deeply");
}

TEST(Dynamic, makes_a_block_of_each_element) {
    Diagnostics diags;
    BodyPtr body = parse_file("f.hcl", R"(
dynamic "group" {
  for_each = { b = 2, a = 1 }
  iterator = it
  labels   = ["g-${it.key}"]
  content {
    count = it.value + 10
    dynamic "update" {
      for_each = [it.key]
      content {
        type = "${it.key}${update.key}${update.value}"
      }
    }
  }
}
group "last" {}
)",
                              diags);
    EvalContext context;
    Content content = expand_dynamic(body, context)->content(schema(), diags);
    EXPECT_EQ(diags.lines(), "");
    ASSERT_EQ(content.blocks.size(), 3u);
    EXPECT_EQ(content.blocks[0].labels[0], "g-a");
    EXPECT_EQ(content.blocks[2].labels[0], "last");
    Content inner = content.blocks[1].body->content(schema(), diags);
    EXPECT_EQ(inner.attributes.find("count")->expr->evaluate(context, diags).as_number(), Number(12));
    ASSERT_EQ(inner.blocks.size(), 1u);
    Content innermost = inner.blocks[0].body->content(schema(), diags);
    EXPECT_EQ(innermost.attributes.find("type")->expr->evaluate(context, diags).as_string(), "b0b");
    EXPECT_EQ(diags.lines(), "");
}

TEST(Dynamic, reports_what_cannot_be_expanded) {
    auto errors = [](const std::string& text) {
        Diagnostics diags;
        EvalContext context;
        expand_dynamic(parse_file("f.hcl", text, diags), context)->content(schema(), diags);
        return diags.lines();
    };
    EXPECT_EQ(errors("dynamic \"pod\" {\n  for_each = []\n  content {}\n}\n"),
              "f.hcl:1,9-14: Unsupported block type; Blocks of type \"pod\" are not expected here.");
    EXPECT_EQ(errors("dynamic \"update\" {\n  for_each = 3\n  content {}\n}\n"),
              "f.hcl:2,14-15: Invalid dynamic for_each value; Cannot use a number value in for_each. An iterable "
              "collection is "
              "required.");
    EXPECT_EQ(errors("dynamic \"update\" {\n  for_each = []\n}\n").substr(0, 45),
              "f.hcl:1,18-18: Missing dynamic content block;");
}

TEST(Json, blocks_and_labels_follow_from_the_schema) {
    Diagnostics diags;
    BodyPtr body = parse_file(
        "f.json", R"({"//": "note", "type": "${1 + 1}x", "group": [{"a": {"count": 1}}, {"b": [{}, {}]}]})", diags);
    Content content = body->content(schema(), diags);
    EXPECT_EQ(diags.lines(), "");
    ASSERT_EQ(content.blocks.size(), 3u);
    EXPECT_EQ(content.blocks[2].labels[0], "b");
    EvalContext context;
    EXPECT_EQ(content.attributes.find("type")->expr->evaluate(context, diags).as_string(), "2x");
}

TEST(Json, errors_have_their_place) {
    EXPECT_EQ(
        errors_of("{\"type\": 1,}"),
        "f.hcl:1,11-12: Trailing comma in object; JSON does not permit a trailing comma after the final property in an "
        "object.");
    EXPECT_EQ(errors_of("{\"typo\": 1}"),
              "f.hcl:1,2-8: Extraneous JSON object property; No argument or block type is named \"typo\". Did you mean "
              "\"type\"?");
}

}  // namespace
}  // namespace drover::hcl
