#include "driver/signals.h"

#include <csignal>
#include <utility>

#include "base/strings.h"

namespace drover::driver {
namespace {

constexpr std::pair<std::string_view, int> kSignals[] = {
    {"SIGABRT", SIGABRT}, {"SIGALRM", SIGALRM}, {"SIGBUS", SIGBUS},     {"SIGCHLD", SIGCHLD}, {"SIGCONT", SIGCONT},
    {"SIGFPE", SIGFPE},   {"SIGHUP", SIGHUP},   {"SIGILL", SIGILL},     {"SIGINT", SIGINT},   {"SIGIO", SIGIO},
    {"SIGIOT", SIGIOT},   {"SIGKILL", SIGKILL}, {"SIGNULL", 0},         {"SIGPIPE", SIGPIPE}, {"SIGPROF", SIGPROF},
    {"SIGQUIT", SIGQUIT}, {"SIGSEGV", SIGSEGV}, {"SIGSTOP", SIGSTOP},   {"SIGSYS", SIGSYS},   {"SIGTERM", SIGTERM},
    {"SIGTRAP", SIGTRAP}, {"SIGTSTP", SIGTSTP}, {"SIGTTIN", SIGTTIN},   {"SIGTTOU", SIGTTOU}, {"SIGURG", SIGURG},
    {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}, {"SIGWINCH", SIGWINCH}, {"SIGXCPU", SIGXCPU}, {"SIGXFSZ", SIGXFSZ},
};

}  // namespace

std::optional<int> signal_number(std::string_view name) {
    for (const auto& [known, number] : kSignals) {
        if (equal_fold(name, known) || equal_fold(name, known.substr(3))) return number;
    }
    return std::nullopt;
}

std::string signal_names() {
    std::string out;
    for (const auto& [name, number] : kSignals) {
        // As the peer lists them: a task that asks for one of these two is placed by neither.
        if (number == SIGCHLD || number == SIGURG) continue;
        if (!out.empty()) out += ',';
        out += name;
    }
    return out;
}

}  // namespace drover::driver
