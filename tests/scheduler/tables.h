#pragma once
// Steps that ask one rule for one answer, on one line: `score cpu=0.5 mem=0.5 -> 0.7599`. Pure functions of the line.

#include <optional>
#include <string>

namespace drover::scheduler::cases {

// The answer to a question; nothing: the line is none. Throws if it cannot be understood.
std::optional<std::string> answer(const std::string& question);

}  // namespace drover::scheduler::cases
