#include "cli/io.h"

#include <istream>

namespace drover::cli {

std::string Io::env(std::string_view name) const {
    auto it = environment.find(name);
    return it == environment.end() ? "" : it->second;
}

std::string read_all(std::istream& in) {
    constexpr size_t kStep = 1u << 16;
    std::string text;
    for (size_t had = 0;; had = text.size()) {
        text.resize(had + kStep);
        const auto read = in.rdbuf()->sgetn(text.data() + had, kStep);
        text.resize(had + static_cast<size_t>(read));
        if (read == 0) return text;
    }
}

std::string Colors::paint(std::string_view code, std::string_view text) const {
    if (!on) return std::string(text);
    return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

}  // namespace drover::cli
