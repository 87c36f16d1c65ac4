#include "cli/io.h"

namespace drover::cli {

std::string Io::env(std::string_view name) const {
    auto it = environment.find(name);
    return it == environment.end() ? "" : it->second;
}

std::string Colors::paint(std::string_view code, std::string_view text) const {
    if (!on) return std::string(text);
    return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

}  // namespace drover::cli
