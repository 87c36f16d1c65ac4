#pragma once
// Comma-separated values (RFC 4180): cells may stand in double quotes, with quotes doubled inside and line ends as they
// are. Empty lines, and those that begin with #, are passed over. Any thread; an error names the line.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drover::replay {

struct CsvRow {
    size_t line = 0;  // where it begins, from 1
    std::vector<std::string> cells;
};

Result<std::vector<CsvRow>> parse_csv(std::string_view text);

}  // namespace drover::replay
