#pragma once
// Signals by name, as job specifications and the API name them. Pure functions.

#include <optional>
#include <string>
#include <string_view>

namespace drover::driver {

// "SIGHUP", in any case and with or without "SIG". Nothing for a name that Linux does not know.
std::optional<int> signal_number(std::string_view name);

// What attribute os.signals lists: every name that signal_number takes, comma separated.
std::string signal_names();

}  // namespace drover::driver
