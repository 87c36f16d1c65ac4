#pragma once
// Store: owns the newest version of the state. One thread at a time applies commands or restores; any thread takes
// views and registers watches. Every version is built aside and published at once; readers of older ones are not
// disturbed.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "state/commands.h"
#include "state/view.h"
#include "state/watch.h"

namespace drover::state {

// What became of a command that was accepted.
struct Applied {
    uint64_t Index = 0;
    bool changed = true;  // false: a compare-and-set that did not match
};

struct IndexedCommand {
    uint64_t index = 0;  // the log's
    const Command* command = nullptr;
};

class Restore;
class Txn;

class Store {
public:
    Store();
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // The newest version. Any thread.
    View view() const;

    // Applies one command under the log's index, publishes the version, wakes who waits for it. An error leaves the
    // state as it was. The state's own indexes are the log's and the version's index_offset.
    Result<Applied> apply(uint64_t index, const Command& command);
    // The same for what the log delivers together: one version, one wake-up, a result for each.
    std::vector<Result<Applied>> apply_batch(std::span<const IndexedCommand> commands);

    // Calls `changed` once, as soon as a version newer than `view` differs in something that `set` names. Nothing if
    // there already is a newer version than `view`: the caller reads again. `changed` runs on the applying thread with
    // a lock held: it must return at once and call nothing of the store (it posts to a loop).
    std::optional<Watch> watch(const WatchSet& set, const View& view, std::function<void()> changed);
    size_t watchers() const;

    // Called on the applying thread after each version was published: for the broker, the fleet, the event stream.
    void on_publish(std::function<void(const View& before, const View& after)> observer);

    // The state that a command would lead to, without touching the store: for `job plan`, and for checking a plan
    // against the expected result of another. Any thread.
    Result<View> preview(const View& base, uint64_t index, const Command& command) const;

    // Whether an archive is arriving in commands: the state is then more than the newest version. Any thread.
    bool restoring() const;

    // Replaces everything by what a snapshot holds (state/snapshot.h) and wakes all watchers. Such a version, and one
    // that a command restored, has another epoch than the one before: nothing that was derived from that holds on.
    void replace(std::shared_ptr<const Version> version);

private:
    void publish(std::shared_ptr<const Version> version);
    Result<Applied> commit_restore(const command::CommitRestore& command, uint64_t log_index,
                                   std::unique_ptr<Txn>& txn);

    mutable std::mutex mutex_;  // held to copy or set version_ only
    std::shared_ptr<const Version> version_;
    mutable std::atomic<uint64_t> next_edit_{1};
    std::shared_ptr<WatchTable> watches_;
    std::unique_ptr<Restore> restore_;
    std::vector<std::function<void(const View&, const View&)>> observers_;
};

}  // namespace drover::state
