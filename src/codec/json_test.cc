#include "codec/json.h"

#include <gtest/gtest.h>

#include "codec/describe.h"

namespace drover::codec {
namespace {

struct Leaf {
    int8_t Weight = 0;
    Duration Wait;
};
struct Tree {
    std::string ID;
    int64_t Priority = 0;
    double Score = 0;
    List<Leaf> Leaves;
    Map<std::string> Meta;
    Opt<bool> Flag;
    Time At;
    Bytes Payload;
    Map<Any> Config;
    std::string Hidden;
};
struct Sparse {
    std::string A;
    int64_t B = 0;
    List<int64_t> C;
};
DECLARE_TYPE(Leaf);
DECLARE_TYPE(Tree);
DECLARE_TYPE(Sparse);
DESCRIBE(Leaf, FIELD(Weight), FIELD(Wait));
DESCRIBE(Tree, FIELD(ID), FIELD(Priority), FIELD(Score), FIELD(Leaves), FIELD(Meta), FIELD(Flag), FIELD(At),
         FIELD(Payload), FIELD(Config), FIELD(Hidden).wire_only());
DESCRIBE_OMITTING(Sparse, FIELD(A), FIELD(B), FIELD(C));

std::string error_of(std::string_view text) {
    auto read = from_json<Tree>(text);
    return read ? "" : read.error().message;
}

TEST(Json, null_and_empty_differ) {
    Tree tree;
    EXPECT_EQ(to_json(tree), R"({"ID":"","Priority":0,"Score":0.0,"Leaves":null,"Meta":null,"Flag":null,"At":null,)"
                             R"("Payload":null,"Config":null})");
    tree.Leaves.made = true;
    tree.Meta.made = true;
    EXPECT_NE(to_json(tree).find(R"("Leaves":[],"Meta":{})"), std::string::npos);
}

TEST(Json, omitting_types_drop_zero_members) {
    Sparse sparse;
    EXPECT_EQ(to_json(sparse), "{}");
    sparse.B = 3;
    EXPECT_EQ(to_json(sparse), R"({"B":3})");
}

TEST(Json, pretty_indents_by_four_and_ends_with_newline) {
    Sparse sparse;
    sparse.A = "x", sparse.C = {1, 2};
    EXPECT_EQ(to_json(sparse, true), "{\n    \"A\": \"x\",\n    \"C\": [\n        1,\n        2\n    ]\n}\n");
}

TEST(Json, floats_keep_a_point) {
    EXPECT_EQ(to_json(Any(1.0)), "1.0");
    EXPECT_EQ(to_json(Any(0.2)), "0.2");
    EXPECT_EQ(to_json(Any(1.8446744073709552e+19)), "1.8446744073709552e+19");
    EXPECT_EQ(to_json(Any(int64_t{1})), "1");
}

TEST(Json, keys_match_without_regard_to_case) {
    auto tree =
        from_json<Tree>(R"({"id":"a","PRIORITY":7,"leaves":[{"weight":1}],"nothing":[{}],"Hidden":"x"} trailing)");
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_EQ(tree->ID, "a");
    EXPECT_EQ(tree->Priority, 7);
    ASSERT_EQ(tree->Leaves.size(), 1u);
    EXPECT_EQ(tree->Leaves[0].Weight, 1);
    EXPECT_EQ(tree->Hidden, "");
}

TEST(Json, null_empties_pointers_and_leaves_scalars) {
    Tree tree;
    tree.ID = "kept", tree.Flag = true, tree.Meta["a"] = "b";
    ASSERT_TRUE(from_json(R"({"ID":null,"Flag":null,"Meta":null})", type_of<Tree>(), &tree));
    EXPECT_EQ(tree.ID, "kept");
    EXPECT_FALSE(tree.Flag.has_value());
    EXPECT_TRUE(tree.Meta.is_null());
}

TEST(Json, type_errors_speak_as_go_does) {
    EXPECT_EQ(error_of(R"({"ID": 5})"), "json: cannot unmarshal number into Go struct field Tree.ID of type string");
    EXPECT_EQ(error_of(R"({"Leaves": [{"Weight": 200}]})"),
              "json: cannot unmarshal number 200 into Go struct field Leaf.Leaves.Weight of type int8");
    EXPECT_EQ(error_of(R"({"Leaves": {}})"),
              "json: cannot unmarshal object into Go struct field Tree.Leaves of type []*structs.Leaf");
    EXPECT_EQ(error_of(R"("x")"), "json: cannot unmarshal string into Go value of type structs.Tree");
    EXPECT_EQ(error_of(R"({"Leaves": [{"Wait": "5s"}]})"),
              "json: cannot unmarshal string into Go struct field Leaf.Leaves.Wait of type time.Duration");
}

TEST(Json, syntax_errors_speak_as_go_does) {
    EXPECT_EQ(error_of(""), "EOF");
    EXPECT_EQ(error_of("{\"ID\": "), "unexpected EOF");
    EXPECT_EQ(error_of("not json"), "invalid character 'o' in literal null (expecting 'u')");
    EXPECT_EQ(error_of("{x}"), "invalid character 'x' looking for beginning of object key string");
    EXPECT_EQ(error_of("[1 2]"), "invalid character '2' after array element");
    EXPECT_EQ(error_of(R"({"ID": 5 "x"})"), "invalid character '\"' after object key:value pair");
    EXPECT_EQ(error_of(R"({"ID": 5, "Priority": })"), "invalid character '}' looking for beginning of value");
}

TEST(Json, deep_nesting_is_refused) {
    EXPECT_EQ(error_of(std::string(100'000, '[')), "exceeded max depth");
    EXPECT_EQ(error_of(R"({"Config": {"a": )" + std::string(100'000, '[')), "exceeded max depth");
}

TEST(Json, invalid_utf8_becomes_the_replacement_character) {
    auto tree = from_json<Tree>("{\"ID\": \"a\xff\"}");
    ASSERT_TRUE(tree);
    EXPECT_EQ(tree->ID, "a\xef\xbf\xbd");
}

TEST(Json, reads_back_what_it_wrote) {
    Tree tree;
    tree.ID = "q\"\\\n\x01\u00e9", tree.Leaves = {Leaf{-3, seconds(5)}},
    tree.At = parse_time("2026-01-02T03:04:05.5Z").value();
    tree.Payload = Bytes(std::string("\0\xff", 2)), tree.Config["k"] = AnyList{Any(1.5), Any("s"), Any(nullptr)};
    auto back = from_json<Tree>(to_json(tree, true));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_TRUE(equal(type_of<Tree>(), &tree, &*back));
}

}  // namespace
}  // namespace drover::codec
