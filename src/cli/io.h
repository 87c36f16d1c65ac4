#pragma once
// Where a command reads from and writes to, and the environment that it was started in. main() makes the real one;
// tests make one of strings.

#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace drover::cli {

struct Io {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool out_is_terminal = false;
    bool in_is_terminal = false;
    std::map<std::string, std::string, std::less<>> environment;
    const Clock& clock;

    // The variable, or "".
    std::string env(std::string_view name) const;
};

// All that is left in it, as it is.
std::string read_all(std::istream& in);

// Colours for terminals. Each returns its text unchanged when colour is off.
struct Colors {
    bool on = false;
    std::string red(std::string_view text) const { return paint("31", text); }
    std::string green(std::string_view text) const { return paint("32", text); }
    std::string yellow(std::string_view text) const { return paint("33", text); }
    std::string bold(std::string_view text) const { return paint("1", text); }

private:
    std::string paint(std::string_view code, std::string_view text) const;
};

}  // namespace drover::cli
