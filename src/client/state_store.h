#pragma once
// What the client must remember to find its tasks again after a restart: allocations, the states of their tasks, and
// the handles of what runs. On disk it is one SQLite file (docs/formats/client_state.md); a -dev agent remembers
// nothing. Loop thread; a write is in the file's log when the call returns, and survives the end of this process.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/containers.h"
#include "base/result.h"
#include "driver/driver.h"
#include "model/alloc.h"

namespace drover::client {

// A start of a task: what the driver needs to find it, and where the driver keeps its files.
struct StoredHandle {
    driver::TaskHandle Handle;
    std::string StateDir;
};
DECLARE_TYPE(StoredHandle);

struct StoredTask {
    model::TaskState state;
    std::optional<StoredHandle> handle;  // of what was running
};

struct StoredAlloc {
    model::Allocation alloc;
    std::map<std::string, StoredTask> tasks;
};

class StateStore {
public:
    virtual ~StateStore() = default;
    virtual Result<> put_alloc(const model::Allocation& alloc) = 0;
    virtual Result<> put_task_state(const std::string& alloc, const std::string& task,
                                    const model::TaskState& state) = 0;
    // Null: nothing runs.
    virtual Result<> put_handle(const std::string& alloc, const std::string& task,
                                const StoredHandle* maybe_handle) = 0;
    virtual Result<> remove_alloc(const std::string& alloc) = 0;
    // One that cannot be read is left out, and named in `damaged`.
    virtual Result<std::vector<StoredAlloc>> load(std::vector<std::string>& damaged) = 0;

    virtual Result<> put_value(const std::string& key, const std::string& value) = 0;
    virtual Result<std::optional<std::string>> get_value(const std::string& key) = 0;
};

std::unique_ptr<StateStore> make_memory_store();
// The error names the file. A file of a newer format is refused.
Result<std::unique_ptr<StateStore>> open_state_file(const std::string& path);

}  // namespace drover::client
