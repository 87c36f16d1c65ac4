#pragma once
// Files from the web, for commands that take an address where a path may stand: a plain GET by http or https. The other
// forms that users of Nomad know for such files (git::, s3::, archives, checksums) are refused by name.

#include <string>

#include "base/result.h"

namespace drover::cli {

// Whether it is an address rather than a path.
bool is_remote(const std::string& path);

// What the address answers, of at most 32 MB. Redirections are followed, up to ten.
Result<std::string> fetch(const std::string& address);

}  // namespace drover::cli
