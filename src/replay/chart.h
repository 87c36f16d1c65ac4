#pragma once
// A report drawn: one SVG file of curves over time, and an HTML page of the same and the figures. Both stand alone.
// Pure; any thread.

#include <string>
#include <utility>
#include <vector>

#include "replay/report.h"

namespace drover::replay {

std::string svg_of(const Report& report);

// `figures`: name and value, as the terminal shows them.
std::string html_of(const Report& report, const std::vector<std::pair<std::string, std::string>>& figures);

}  // namespace drover::replay
