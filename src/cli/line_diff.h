#pragma once
// A unified diff of two texts whose lines correspond one to one, as a source and its layout do. Pure.

#include <string>
#include <string_view>

namespace drover::cli {

// Empty for equal texts. `name` stands in both headings.
std::string line_diff(std::string_view name, std::string_view before, std::string_view after);

}  // namespace drover::cli
