#pragma once
// The objects of a JSON text one by one, each with the line that it begins on: those of an array, or those that stand
// one after another (JSON lines). Only their borders are looked for; what is between them is for a JSON reader. Any
// thread; an error names the line.

#include <string_view>
#include <vector>

#include "base/result.h"

namespace drover::replay {

struct JsonPiece {
    size_t line = 0;  // from 1
    std::string_view text;
};

Result<std::vector<JsonPiece>> split_json(std::string_view text);

}  // namespace drover::replay
