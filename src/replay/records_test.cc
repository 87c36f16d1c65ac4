#include "replay/records.h"

#include <gtest/gtest.h>

#include "replay/csv.h"
#include "replay/fleet.h"
#include "replay/json_split.h"

namespace drover::replay {
namespace {

using Cells = std::vector<std::string>;

TEST(Csv, quoted_cells_keep_commas_quotes_and_lines) {
    const auto rows = parse_csv("# a comment\na, b ,c\n\n\"x,y\",\"say \"\"no\"\"\",\"two\nlines\"\r\n1,,\n");
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 3u);
    EXPECT_EQ((*rows)[0].cells, (Cells{"a", "b", "c"}));
    EXPECT_EQ((*rows)[1].cells, (Cells{"x,y", "say \"no\"", "two\nlines"}));
    EXPECT_EQ((*rows)[1].line, 4u);
    EXPECT_EQ((*rows)[2].cells, (Cells{"1", "", ""}));
    EXPECT_EQ((*rows)[2].line, 6u);
}

TEST(Csv, errors_name_the_line) {
    EXPECT_EQ(parse_csv("a\n\"b").error().message, "line 2: a quoted cell does not end");
    EXPECT_EQ(parse_csv("a\n\n\"b\"c\n").error().message, "line 3: text after a closing quote");
}

TEST(JsonSplit, arrays_and_lines_are_the_same) {
    const auto array = split_json("[\n {\"a\": \"]}\\\"\"},\n\n {\"b\": [1, {}]} ]\n");
    ASSERT_TRUE(array);
    ASSERT_EQ(array->size(), 2u);
    EXPECT_EQ((*array)[0].line, 2u);
    EXPECT_EQ((*array)[0].text, "{\"a\": \"]}\\\"\"}");
    EXPECT_EQ((*array)[1].line, 4u);
    const auto lines = split_json("{\"a\":1}\n{\"b\":2}\n");
    ASSERT_TRUE(lines);
    ASSERT_EQ(lines->size(), 2u);
    EXPECT_EQ((*lines)[1].line, 2u);
    EXPECT_EQ(split_json("[]")->size(), 0u);
}

TEST(JsonSplit, errors_name_the_line) {
    EXPECT_EQ(split_json("[\n{}\n{}]").error().message, "line 3: a comma or the end of the array is expected");
    EXPECT_EQ(split_json("[{},\n7]").error().message, "line 2: an object is expected");
    EXPECT_EQ(split_json("\n{\"a\":\n1").error().message, "line 2: an object does not end");
    EXPECT_EQ(split_json("[{}").error().message, "line 1: the array does not end");
    EXPECT_EQ(split_json("[{}]\n{}").error().message, "line 2: text after the array");
}

std::string error_of(std::string_view text) {
    const auto rows = read_rows<NodeGroup>("fleet", text);
    return rows ? "" : rows.error().message;
}

TEST(Records, csv_and_json_say_the_same) {
    const auto csv = read_rows<NodeGroup>(
        "f", "name,CPU,devices,attributes\nn,500,nvidia/gpu/a100:2;x/y/z:1,\"os=linux;rack=r 1\"\n");
    const auto json =
        read_rows<NodeGroup>("f", R"([{"Name": "n", "cpu": 500, "Devices": ["nvidia/gpu/a100:2", "x/y/z:1"],
                                                     "Attributes": {"os": "linux", "rack": "r 1"}, "Meta": null}])");
    ASSERT_TRUE(csv) << csv.error().message;
    ASSERT_TRUE(json) << json.error().message;
    EXPECT_TRUE(codec::equal(codec::type_of<NodeGroup>(), &csv->at(0).value, &json->at(0).value));
    EXPECT_EQ(csv->at(0).value.CPU, 500);
    EXPECT_EQ(csv->at(0).value.Count, 1);
    EXPECT_EQ(*csv->at(0).value.Attributes.get("rack"), "r 1");
}

TEST(Records, errors_name_file_line_and_field) {
    EXPECT_EQ(error_of("Name,CPU\na,1\nb,x\n"), "fleet:3: field CPU: \"x\" is not a whole number");
    EXPECT_EQ(error_of("Name,Cpus\na,1\n"), "fleet:2: field Cpus: unknown");
    EXPECT_EQ(error_of("Name\na,1\n"), "fleet:2: 2 cells below 1 columns");
    EXPECT_EQ(error_of("Name,Meta\na,b\n"), "fleet:2: field Meta: \"b\" is not key=value;key=value");
    EXPECT_EQ(error_of("[{\"Name\": \"a\"},\n{\"Name\": [1]}]"), "fleet:2: field Name: [1] is not a text");
    EXPECT_EQ(error_of("[{\"Count\": 1.5}]"), "fleet:1: field Count: 1.5 is not a whole number");
    EXPECT_NE(error_of("[\n{\"Name\": }]").find("fleet:2: invalid character '}'"), std::string::npos);
}

}  // namespace
}  // namespace drover::replay
