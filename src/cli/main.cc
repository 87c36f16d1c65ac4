#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/command.h"

extern char** environ;

int main(int argc, char** argv) {
    using namespace drover;
    SystemClock clock;
    cli::Io io{std::cin, std::cout, std::cerr, isatty(STDOUT_FILENO) == 1, isatty(STDIN_FILENO) == 1, {}, clock};
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view pair(*entry);
        const size_t eq = pair.find('=');
        if (eq != std::string_view::npos) io.environment.emplace(pair.substr(0, eq), pair.substr(eq + 1));
    }
    std::string program = argc > 0 ? argv[0] : "drover";
    program = program.substr(program.rfind('/') + 1);
    return cli::run_program(program, {argv + std::min(argc, 1), argv + argc}, io);
}
