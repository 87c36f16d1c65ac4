#pragma once
// The directories of an allocation on the host:
//   <alloc_dir>/<alloc>/alloc/{data,logs,tmp}                     shared by the group's tasks
//   <alloc_dir>/<alloc>/<task>/{local,secrets,private,tmp}        of one task
// Touches the file system; every call is short. Names come from the servers: one that would leave its place is refused.

#include <string>
#include <vector>

#include "base/result.h"

namespace drover::client {

struct TaskPaths {
    std::string root;  // of the task
    std::string local, secrets, private_dir, tmp;
    std::string shared;  // of the allocation: its alloc/
    std::string logs;
};

class AllocDir {
public:
    AllocDir(const std::string& alloc_dir, const std::string& alloc_id) : root_(alloc_dir + "/" + alloc_id) {}

    const std::string& root() const { return root_; }
    std::string logs() const { return root_ + "/alloc/logs"; }
    TaskPaths task(const std::string& name) const;

    Result<> build();                              // the shared part
    Result<> build_task(const std::string& name);  // needs build()
    bool exists() const;
    Result<> remove();

private:
    std::string root_;
};

// A file below a directory that a task may write to, from a path of the task's choosing: relative to `base`, and never
// above `root`. Made with its parents; what was there is replaced.
Result<> write_inside(const std::string& root, const std::string& base, const std::string& path,
                      const std::string& data, unsigned mode);

}  // namespace drover::client
