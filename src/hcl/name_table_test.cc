#include "hcl/name_table.h"

#include <gtest/gtest.h>

namespace drover::hcl {
namespace {

// Puts all in, twice, and looks for them.
void check(const std::vector<std::string>& names) {
    NameTable table;
    const auto name_of = [&](uint32_t place) -> const std::string& { return names[place]; };
    for (uint32_t i = 0; i < names.size(); ++i) ASSERT_EQ(table.find_or_add(names[i], i, name_of), std::nullopt);
    for (uint32_t i = 0; i < names.size(); ++i) {
        ASSERT_EQ(table.find_or_add(names[i], UINT32_MAX - 1, name_of), i);
        ASSERT_EQ(table.find(names[i], name_of), i);
    }
    EXPECT_EQ(table.find("another", name_of), std::nullopt);
}

TEST(NameTable, finds_each_of_many) {
    std::vector<std::string> names;
    for (int i = 0; i < 20'000; ++i) names.push_back("a" + std::to_string(i));
    check(names);
    EXPECT_EQ(NameTable().find("a", [](uint32_t) { return std::string(); }), std::nullopt);
}

TEST(NameTable, finds_those_that_crowd_at_one_place) {
    std::vector<std::string> names;
    for (int i = 0; names.size() < 200; ++i) {
        std::string name = std::to_string(i);
        if (NameTable::hash_of(name) % 4096 == 0) names.push_back(std::move(name));
    }
    check(names);
}

}  // namespace
}  // namespace drover::hcl
