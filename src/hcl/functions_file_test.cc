#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/rng.h"
#include "hcl/function_helpers.h"
#include "hcl/functions.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

namespace fs = std::filesystem;

// A folder with files that hold their own names, and expressions evaluated in it.
class Files : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "drover-files-XXXXXX").string();
        root_ = mkdtemp(pattern.data());
        for (const char* name : {"a.txt", "b.txt", "cd.txt", "n.md", "sub/s.txt", "sub/deep/d.txt", "real/r.txt"}) {
            fs::create_directories((root_ / name).parent_path());
            std::ofstream(root_ / name) << name;
        }
        fs::create_directory_symlink("real", root_ / "link");
    }
    void TearDown() override { fs::remove_all(root_); }

    std::string evaluate(const std::string& text) const {
        EvalContext context;
        context.functions = standard_functions({nullptr, true, root_.string(), root_ / "sub"});
        Diagnostics diags;
        const ExprPtr expr = parse_expression(text, diags);
        const Value value = expr->evaluate(context, diags);
        if (diags.has_errors()) return "! " + diags.front().detail;
        return json_text(value).value_or("not JSON");
    }
    std::string set(const std::string& pattern, const std::string& path = ".") const {
        return evaluate("join(\" \", fileset(\"" + path + "\", \"" + pattern + "\"))");
    }

    fs::path root_;
};

TEST_F(Files, patterns_match_as_shells_do) {
    EXPECT_EQ(set("*.txt"), "\"a.txt b.txt cd.txt\"");
    EXPECT_EQ(set("?.txt"), "\"a.txt b.txt\"");
    EXPECT_EQ(set("[ab].txt"), "\"a.txt b.txt\"");
    EXPECT_EQ(set("[^a].txt"), "\"b.txt\"");
    EXPECT_EQ(set("[b-z].txt"), "\"b.txt\"");
    EXPECT_EQ(set("*.{txt,md}"), "\"a.txt b.txt cd.txt n.md\"");
    EXPECT_EQ(set("{a,sub/*}.txt"), "\"a.txt sub/s.txt\"");
    EXPECT_EQ(set("{a,{b,cd}}.txt"), "\"a.txt b.txt cd.txt\"");
    EXPECT_EQ(set("a\\\\.txt"), "\"a.txt\"");
    EXPECT_EQ(set("**/deep/*"), "\"sub/deep/d.txt\"");
    EXPECT_EQ(set("sub/**"), "\"sub/deep/d.txt sub/s.txt\"");
    EXPECT_EQ(set("sub"), "\"\"");
}

TEST_F(Files, patterns_go_where_paths_go) {
    EXPECT_EQ(set("./a.txt"), "\"a.txt\"");
    EXPECT_EQ(set("../?.txt", "sub"), "\"../a.txt ../b.txt\"");
    EXPECT_EQ(set("../sub/*.txt", "sub"), "\"s.txt\"");
    EXPECT_EQ(set("link/*"), "\"link/r.txt\"");
    EXPECT_EQ(set("**/r.txt"), "\"link/r.txt real/r.txt\"");
    EXPECT_EQ(set("*", "nope"), "\"\"");
}

TEST_F(Files, a_wrong_pattern_is_an_error) {
    for (const char* pattern : {"[", "[a", "[]", "{a"}) {
        EXPECT_EQ(set(pattern), "! Call to function \"fileset\" failed: failed to glob pattern (" +
                                    std::string(pattern) + "): syntax error in pattern.");
    }
}

TEST_F(Files, a_link_that_leads_back_ends) {
    fs::create_directory_symlink("..", root_ / "sub" / "up");
    EXPECT_EQ(set("**/a.txt").substr(0, 7), "\"a.txt ");
}

TEST_F(Files, reads_files_beside_the_job_and_at_home) {
    EXPECT_EQ(evaluate("file(\"./a.txt\")"), "\"a.txt\"");
    EXPECT_EQ(evaluate("file(\"~/s.txt\")"), "\"sub/s.txt\"");
    EXPECT_EQ(evaluate("filebase64(\"sub/../a.txt\")"), "\"YS50eHQ=\"");
    EXPECT_EQ(evaluate("fileexists(\"~/s.txt\")"), "true");
    EXPECT_EQ(evaluate("fileexists(\"~/a.txt\")"), "false");
    EXPECT_EQ(evaluate("file(\"nope\")"),
              "! Call to function \"file\" failed: no file exists at " + (root_ / "nope").string() + ".");
}

TEST_F(Files, paths_are_taken_apart) {
    const std::pair<const char*, const char*> rows[] = {
        {"basename(\"/\")", "\"/\""},
        {"basename(\"\")", "\".\""},
        {"basename(\"a//b//\")", "\"b\""},
        {"basename(\"..\")", "\"..\""},
        {"dirname(\"/\")", "\"/\""},
        {"dirname(\"\")", "\".\""},
        {"dirname(\"a/../b\")", "\".\""},
        {"dirname(\"a//b/\")", "\"a/b\""},
        {"dirname(\"../..\")", "\"..\""},
        {"dirname(\"//a//b\")", "\"/a\""},
        {"abspath(\"/a/\")", "\"/a\""},
        {"abspath(\"/a/../b\")", "\"/b\""},
        {"abspath(\"/..\")", "\"/\""},
        {"pathexpand(\"a/~\")", "\"a/~\""},
        {"pathexpand(\"\")", "\"\""},
        {"pathexpand(\"~x/y\")", "! Call to function \"pathexpand\" failed: cannot expand user-specific home dir."},
    };
    for (const auto& [expression, result] : rows) EXPECT_EQ(evaluate(expression), result) << expression;
    EXPECT_EQ(evaluate("pathexpand(\"~/x\")"), "\"" + (root_ / "sub/x").string() + "\"");
    EXPECT_EQ(evaluate("abspath(\"\")"), "\"" + fs::current_path().string() + "\"");
}

}  // namespace
}  // namespace drover::hcl
