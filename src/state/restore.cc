#include "state/restore.h"

#include <algorithm>

namespace drover::state {

Result<bool> Restore::apply(const command::BeginRestore& command) {
    if (command.ArchiveIndex > ArchiveLoader::kLargestIndex)
        return fail(Error::bad_request("snapshot archive: its index is too large"));
    shadow_ = std::make_unique<Shadow>(command);
    under_way_ = true;
    return true;
}

void Restore::drop() {
    shadow_.reset();
    under_way_ = false;
}

Result<> Restore::check(const std::string& id, uint64_t parts) const {
    if (!shadow_ || shadow_->id != id) return fail(Error::conflict("another restore, or none, is under way"));
    if (shadow_->parts != parts) return fail(Error::conflict("a part of the restore is missing"));
    return {};
}

Result<bool> Restore::apply(const command::AddRestorePart& command) {
    if (auto fits = check(command.ID, command.Number); !fits) return fail(fits.error());
    ++shadow_->parts;
    if (auto taken = shadow_->splitter.put(command.Records); !taken) {
        drop();
        return fail(taken.error());
    }
    return true;
}

Result<bool> Restore::apply(const command::AbortRestore& command) {
    const bool meant = shadow_ && (command.ID.empty() || shadow_->id == command.ID);
    if (meant) drop();
    return meant;
}

Result<std::shared_ptr<const Version>> Restore::commit(const command::CommitRestore& command, uint64_t log_index,
                                                       uint64_t natural) {
    if (auto fits = check(command.ID, command.Parts); !fits) return fail(fits.error());
    const std::unique_ptr<Shadow> shadow = std::move(shadow_);
    under_way_ = false;
    if (auto ended = shadow->splitter.finish(); !ended) return fail(ended.error());
    const uint64_t index = std::max({natural, shadow->archive_index + 1, shadow->loader.largest_index() + 1});
    return shadow->loader.finish(index, index - log_index);
}

}  // namespace drover::state
