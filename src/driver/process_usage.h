#pragma once
// What the processes below a process use, read from /proc: for drivers without a cgroup of the task's own.

#include <sys/types.h>

#include <map>

#include "base/time.h"
#include "model/stats.h"

namespace drover::driver {

// Keeps the previous sample, because a share of the processor is a difference. Not for two threads at once.
class ProcessUsage {
public:
    // `root` and its own use do not count, only its descendants.
    model::TaskResourceUsage sample(pid_t root, Time now);

private:
    struct Ticks {
        uint64_t user = 0, system = 0;
    };
    std::map<pid_t, Ticks> last_;
    Time last_at_;
};

// Every descendant of a process, itself not among them; at most a few thousand.
std::vector<pid_t> descendants(pid_t root);

}  // namespace drover::driver
