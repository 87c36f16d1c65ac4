#include "state/store.h"

#include "state/apply.h"
#include "state/restore.h"
#include "state/txn.h"
#include "state/watch_table.h"

namespace drover::state {
namespace {

template <class C>
concept ChangesRestore = std::is_same_v<C, command::BeginRestore> || std::is_same_v<C, command::AddRestorePart> ||
                         std::is_same_v<C, command::AbortRestore> || std::is_same_v<C, command::CommitRestore>;

// `maybe_restore`: null where nothing can be restored.
Result<Applied> apply_one(Txn& txn, Restore* maybe_restore, uint64_t index, const Command& command) {
    const uint64_t before = txn.index();
    txn.set_index(index);
    auto applied = std::visit(
        [&]<class C>(const C& c) -> Result<bool> {
            if constexpr (!ChangesRestore<C>) {
                return apply(txn, c);
            } else if constexpr (!std::is_same_v<C, command::CommitRestore>) {
                if (maybe_restore) return maybe_restore->apply(c);
            }
            return fail(Error::internal("a restore cannot be tried out"));
        },
        command);
    if (!applied) {
        txn.set_index(before);
        return fail(applied.error());
    }
    return Applied{index, *applied};
}

}  // namespace

Store::Store() : watches_(std::make_shared<WatchTable>()), restore_(std::make_unique<Restore>()) {
    Version empty;
    empty.dictionary = std::make_shared<Dictionary>();
    Txn txn(empty, next_edit_++);
    txn.set_index(1);
    put_built_in(txn);
    txn.set_index(0);
    Touched touched;
    version_ = txn.finish(touched);
}

Store::~Store() = default;

View Store::view() const {
    std::lock_guard lock(mutex_);
    return View(version_);
}

void Store::publish(std::shared_ptr<const Version> version) {
    const View before = view();
    {
        std::lock_guard lock(mutex_);
        version_ = version;
    }
    for (const auto& observer : observers_) observer(before, View(version));
}

Result<Applied> Store::apply(uint64_t index, const Command& command) {
    const IndexedCommand one{index, &command};
    return std::move(apply_batch({&one, 1}).front());
}

std::vector<Result<Applied>> Store::apply_batch(std::span<const IndexedCommand> commands) {
    const auto before = view().version();
    auto txn = std::make_unique<Txn>(*before, next_edit_++);
    std::vector<Result<Applied>> results;
    results.reserve(commands.size());
    for (const auto& [index, command] : commands) {
        if (const auto* commit = std::get_if<command::CommitRestore>(command)) {
            results.push_back(commit_restore(*commit, index, txn));
        } else {
            results.push_back(apply_one(*txn, restore_.get(), index + txn->view().version()->index_offset, *command));
        }
    }
    // A refused command moves the index on too: the log has it.
    if (!commands.empty()) txn->set_index(commands.back().index + txn->view().version()->index_offset);
    Touched touched;
    const auto after = txn->finish(touched);
    publish(after);
    if (after->epoch == before->epoch) {
        watches_->notify(touched);
    } else {
        watches_->notify_all();
    }
    return results;
}

Result<Applied> Store::commit_restore(const command::CommitRestore& command, uint64_t log_index,
                                      std::unique_ptr<Txn>& txn) {
    const auto replaced = txn->view().version();
    auto restored = restore_->commit(command, log_index, log_index + replaced->index_offset);
    if (!restored) return fail(restored.error());
    const uint64_t epoch = replaced->epoch + 1;
    txn = std::make_unique<Txn>(**restored, next_edit_++);
    txn->set_epoch(epoch);
    return Applied{txn->index(), true};
}

std::optional<Watch> Store::watch(const WatchSet& set, const View& view, std::function<void()> changed) {
    const uint64_t id = watches_->add(set, std::move(changed), [&] {
        std::lock_guard lock(mutex_);
        return version_ == view.version();
    });
    if (id == 0) return std::nullopt;
    return Watch(watches_, id);
}

bool Store::restoring() const { return restore_->under_way(); }

size_t Store::watchers() const { return watches_->size(); }

void Store::on_publish(std::function<void(const View& before, const View& after)> observer) {
    observers_.push_back(std::move(observer));
}

Result<View> Store::preview(const View& base, uint64_t index, const Command& command) const {
    Txn txn(*base.version(), next_edit_++);
    if (auto applied = apply_one(txn, nullptr, index, command); !applied) return fail(applied.error());
    Touched touched;
    return View(txn.finish(touched));
}

void Store::replace(std::shared_ptr<const Version> version) {
    restore_->drop();
    auto next = std::make_shared<Version>(*version);
    next->epoch = view().version()->epoch + 1;
    publish(std::move(next));
    watches_->notify_all();
}

}  // namespace drover::state
