#pragma once
// Small files of the agent's own: read whole, and written so that after a crash the old or the new content is there,
// whole. Blocks on the disk. Errors name the path.

#include <string>

#include "base/result.h"

namespace drover::agent {

// An error of the system on that path, in its words.
Error file_error(const std::string& path);

// The content, at most `most` bytes of it. ErrorCode::not_found when there is no such file.
Result<std::string> read_small_file(const std::string& path, size_t most);
Result<> write_small_file(const std::string& path, const std::string& text);  // mode 0600

}  // namespace drover::agent
