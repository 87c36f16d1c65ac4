#include "state/store.h"

#include "state/apply.h"
#include "state/txn.h"
#include "state/watch_table.h"

namespace drover::state {
namespace {

Result<Applied> apply_one(Txn& txn, uint64_t index, const Command& command) {
    const uint64_t before = txn.index();
    txn.set_index(index);
    auto applied = std::visit([&](const auto& c) { return apply(txn, c); }, command);
    if (!applied) {
        txn.set_index(before);
        return fail(applied.error());
    }
    return Applied{index, *applied};
}

}  // namespace

Store::Store() : watches_(std::make_shared<WatchTable>()) {
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
    Txn txn(*view().version(), next_edit_++);
    std::vector<Result<Applied>> results;
    results.reserve(commands.size());
    for (const auto& [index, command] : commands) results.push_back(apply_one(txn, index, *command));
    // A refused command moves the index on too: the log has it.
    if (!commands.empty()) txn.set_index(commands.back().index);
    Touched touched;
    publish(txn.finish(touched));
    watches_->notify(touched);
    return results;
}

std::optional<Watch> Store::watch(const WatchSet& set, const View& view, std::function<void()> changed) {
    const uint64_t id = watches_->add(set, std::move(changed), [&] {
        std::lock_guard lock(mutex_);
        return version_ == view.version();
    });
    if (id == 0) return std::nullopt;
    return Watch(watches_, id);
}

size_t Store::watchers() const { return watches_->size(); }

void Store::on_publish(std::function<void(const View& before, const View& after)> observer) {
    observers_.push_back(std::move(observer));
}

Result<View> Store::preview(const View& base, uint64_t index, const Command& command) const {
    Txn txn(*base.version(), next_edit_++);
    if (auto applied = apply_one(txn, index, command); !applied) return fail(applied.error());
    Touched touched;
    return View(txn.finish(touched));
}

void Store::replace(std::shared_ptr<const Version> version) {
    publish(std::move(version));
    watches_->notify_all();
}

}  // namespace drover::state
