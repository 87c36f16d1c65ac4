#include "cli/line_diff.h"

#include <gtest/gtest.h>

namespace drover::cli {
namespace {

TEST(LineDiff, is_empty_for_equal_texts) {
    EXPECT_EQ(line_diff("f", "", ""), "");
    EXPECT_EQ(line_diff("f", "a\nb\n", "a\nb\n"), "");
}

TEST(LineDiff, shows_three_lines_around_a_change) {
    EXPECT_EQ(line_diff("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n6\n7\n8\n9\n"),
              "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n");
}

TEST(LineDiff, joins_changes_that_are_near_and_parts_those_that_are_not) {
    const std::string before = "a\n1\n2\n3\n4\n5\n6\nb\n1\n2\n3\n4\n5\n6\n7\nc\n";
    const std::string after = "A\n1\n2\n3\n4\n5\n6\nB\n1\n2\n3\n4\n5\n6\n7\nC\n";
    EXPECT_EQ(line_diff("f", before, after),
              "--- f\n+++ f\n@@ -1,11 +1,11 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n 1\n 2\n 3\n"
              "@@ -13,4 +13,4 @@\n 5\n 6\n 7\n-c\n+C\n");
}

TEST(LineDiff, counts_only_the_lines_that_are_there) {
    EXPECT_EQ(line_diff("f", "a\n\n", "a\n"), "--- f\n+++ f\n@@ -1,2 +1,1 @@\n a\n-\n");
    EXPECT_EQ(line_diff("f", "a", "a\n"), "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

}  // namespace
}  // namespace drover::cli
