#pragma once
// What runs tasks. A Driver is one way of running them (raw_exec, ...), offered by the node if its fingerprint is
// healthy; a RunningTask is one task that it has started, or found again after a restart of the agent. Both belong to
// one loop and are used on its thread. Nothing here waits for a process except where it says so.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/containers.h"
#include "base/result.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/describe.h"
#include "model/node.h"
#include "model/stats.h"
#include "net/loop.h"

namespace drover::driver {

enum class FsIsolation { none, chroot, image, unveil };

struct Capabilities {
    bool send_signals = true;
    bool exec = false;  // running a further command inside a task
    FsIsolation fs_isolation = FsIsolation::none;
    bool group_network = false;  // can join the network namespace of its group
    bool mounts = false;
};

struct LogFiles {
    std::string directory;                 // empty: the outputs are discarded
    std::string stdout_name, stderr_name;  // "<task>.stdout": files are numbered, "<task>.stdout.0"
    uint32_t max_files = 10;
    uint64_t max_size_bytes = 10 << 20;
};

// One start of one task.
struct TaskConfig {
    std::string id;  // "<alloc>/<task>/<8 hex>": new for each start
    std::string name;
    std::string alloc_id, group, job_id, job_name, namespace_name, node_id, node_name;
    codec::AnyObject config;  // the task's config block, with everything interpolated
    Map<std::string> environment;
    std::string user;      // name or number; empty: the agent's
    std::string task_dir;  // the task's directory on the host
    std::string local_dir, secrets_dir, shared_dir;
    std::string state_dir;  // of this start, for the driver alone; exists, 0700, removed by the caller after destroy()
    LogFiles logs;
    int64_t cpu_shares = 0;
    int64_t memory_mb = 0, memory_max_mb = 0;
    std::string cpuset;                // "0-2,7" with reserved cores
    std::vector<std::string> cgroups;  // directories that the task enters; empty: none
    bool durable = true;               // false: nothing needs to outlive this machine's power (-dev)
};

// What finds a running task again.
struct TaskHandle {
    std::string Driver;
    std::string ID;
    int64_t Version = 1;  // of State
    codec::Any State;     // the driver's own
};
DECLARE_TYPE(TaskHandle);

struct ExitResult {
    int64_t ExitCode = 0;
    int64_t Signal = 0;
    bool OOMKilled = false;
    std::string Err;

    bool successful() const { return ExitCode == 0 && Signal == 0 && Err.empty(); }
};
DECLARE_TYPE(ExitResult);

class RunningTask {
public:
    virtual ~RunningTask() = default;

    virtual TaskHandle handle() const = 0;
    virtual Time started_at() const = 0;

    // Until the task has ended; at once if it has. An error: the limit was reached, or nobody can tell any more how the
    // task ends (ErrorCode::internal).
    virtual net::Task<Result<ExitResult>> wait(net::Limit limit) = 0;
    virtual net::Task<Result<>> signal(int number) = 0;
    // Sends the signal, waits up to `timeout` for the task to end, then kills whatever is left of it. Returns when it
    // has ended; wait() then tells how.
    virtual net::Task<Result<>> stop(int signal, Duration timeout) = 0;
    // Ends the driver's bookkeeping (and the task, if it still runs). Nothing may be called afterwards.
    virtual net::Task<> destroy() = 0;
    virtual Result<model::TaskResourceUsage> usage() = 0;
};

struct Started {
    std::unique_ptr<RunningTask> task;  // null: it could not be started
    std::optional<Error> error;
    bool recoverable = false;  // trying again may help: the restart policy decides
};

class Driver {
public:
    virtual ~Driver() = default;

    virtual std::string_view name() const = 0;
    // What the node tells of it: attributes for the node (`driver.raw_exec` = 1), whether it is there and healthy.
    virtual model::DriverInfo fingerprint(Time now) const = 0;
    virtual Capabilities capabilities() const = 0;
    // Of the config block, interpolated or not.
    virtual Result<> validate(const codec::AnyObject& config) const = 0;
    virtual net::Task<Started> start(TaskConfig config) = 0;
    // An error if the task can no longer be found.
    virtual net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle handle) = 0;
};

// The drivers that this node offers, by name.
using Drivers = std::map<std::string, std::unique_ptr<Driver>, std::less<>>;

}  // namespace drover::driver
