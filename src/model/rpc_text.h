#pragma once
// Errors as the RPC's headers carry them: plain text, in which a code other than "internal" is written out.

#include <string>
#include <string_view>

#include "base/result.h"

namespace drover::model {

std::string rpc_text(const Error& error);
// The error that the text stands for. Prefixes that relaying agents put before it are taken off.
Error error_of_rpc_text(std::string_view text);

}  // namespace drover::model
