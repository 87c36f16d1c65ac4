#pragma once
// Restore: a whole state that arrives in commands, beside the one that is in use, until it takes its place. The same
// commands give the same state on every server. Belongs to the applying thread.

#include <atomic>
#include <memory>
#include <string>

#include "base/result.h"
#include "model/archive_records.h"
#include "state/archive.h"
#include "state/commands.h"

namespace drover::state {

class Restore {
public:
    // A begin drops what was under way. A part that cannot be taken over ends the restore.
    Result<bool> apply(const command::BeginRestore& command);
    Result<bool> apply(const command::AddRestorePart& command);
    Result<bool> apply(const command::AbortRestore& command);

    // The new state. Its index follows `natural`, the command's own, and all indexes of the archive.
    Result<std::shared_ptr<const Version>> commit(const command::CommitRestore& command, uint64_t log_index,
                                                  uint64_t natural);

    bool under_way() const { return under_way_; }  // any thread
    void drop();

private:
    struct Shadow {
        explicit Shadow(const command::BeginRestore& command)
            : id(command.ID),
              archive_index(command.ArchiveIndex),
              splitter(false, [this](uint8_t type, auto value) { return loader.add(type, value); }) {}
        const std::string id;
        const uint64_t archive_index;
        uint64_t parts = 0;
        ArchiveLoader loader;
        model::RecordSplitter splitter;
    };
    Result<> check(const std::string& id, uint64_t parts) const;

    std::unique_ptr<Shadow> shadow_;
    std::atomic<bool> under_way_{false};
};

}  // namespace drover::state
