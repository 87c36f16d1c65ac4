#pragma once
// Finding on the host what a task wants to run, and as whom. Reads the file system and the user database; may block.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "driver/shim_spec.h"

namespace drover::driver {

// Searches the task's local directory, the task's directory, the file system (a path that begins at the root) and then
// `search_path`, for a regular file; gives it the right to be executed if nobody has it. Answers its absolute path.
Result<std::string> find_program(const std::string& command, const std::string& local_dir, const std::string& task_dir,
                                 std::string_view search_path);

// A user by name or number, with the groups that the user database gives him.
Result<ShimUser> find_user(const std::string& name);

// "0,10-15": whether the text has that form, and whether a number is in it.
Result<> check_id_ranges(std::string_view ranges);
bool id_in_ranges(uint32_t id, std::string_view ranges);

}  // namespace drover::driver
