#include "state/watch.h"

#include <algorithm>

#include "state/watch_table.h"

namespace drover::state {
namespace {

TreeId tree_of(uint8_t number) {
    return number < kTables ? TreeId(static_cast<Table>(number)) : TreeId(static_cast<Index>(number - kTables));
}

std::string key_head(TreeId tree, bool prefix) { return {static_cast<char>(tree.number), static_cast<char>(prefix)}; }

}  // namespace

void WatchSet::add(TreeId tree, bool prefix, std::string_view key) {
    if (items_.size() >= kMaxItems) {
        key = {};
        prefix = true;
    }
    Item item{tree, prefix, std::string(key)};
    if (std::find(items_.begin(), items_.end(), item) == items_.end()) items_.push_back(std::move(item));
}

Watch& Watch::operator=(Watch&& other) noexcept {
    if (this == &other) return *this;
    cancel();
    table_ = std::move(other.table_);
    id_ = other.id_;
    return *this;
}

void Watch::cancel() {
    if (table_) table_->remove(id_);
    table_.reset();
}

std::string WatchTable::item_key(const WatchSet::Item& item) { return key_head(item.tree, item.prefix) + item.key; }

uint64_t WatchTable::add(const WatchSet& set, std::function<void()> changed,
                         const std::function<bool()>& still_current) {
    std::lock_guard lock(mutex_);
    if (!still_current()) return 0;
    const uint64_t id = ++last_id_;
    for (const auto& item : set.items()) {
        by_item_[item_key(item)].push_back(id);
        if (item.prefix) ++prefix_lengths_[item.tree.number][item.key.size()];
    }
    entries_.emplace(id, Entry{set.items(), std::move(changed)});
    return id;
}

void WatchTable::take_out(uint64_t id) {
    const auto entry = entries_.find(id);
    if (entry == entries_.end()) return;
    for (const auto& item : entry->second.items) {
        const auto found = by_item_.find(item_key(item));
        std::erase(found->second, id);
        if (found->second.empty()) by_item_.erase(found);
        if (!item.prefix) continue;
        auto& lengths = prefix_lengths_[item.tree.number];
        if (--lengths[item.key.size()] == 0) lengths.erase(item.key.size());
    }
    entries_.erase(entry);
}

void WatchTable::remove(uint64_t id) {
    std::lock_guard lock(mutex_);
    take_out(id);
}

void WatchTable::wake(std::string_view item_key, std::vector<uint64_t>& woken) const {
    const auto found = by_item_.find(item_key);
    if (found != by_item_.end()) woken.insert(woken.end(), found->second.begin(), found->second.end());
}

void WatchTable::notify(const Touched& touched) {
    std::lock_guard lock(mutex_);
    if (entries_.empty()) return;
    std::vector<uint64_t> woken;
    std::string key;
    touched.each([&](uint8_t tree, std::string_view touched_key) {
        key = key_head(tree_of(tree), false).append(touched_key);
        wake(key, woken);
        key[1] = 1;
        for (const auto& [length, items] : prefix_lengths_[tree]) {
            if (length > touched_key.size()) break;
            wake(std::string_view(key).substr(0, 2 + length), woken);
        }
    });
    std::sort(woken.begin(), woken.end());
    woken.erase(std::unique(woken.begin(), woken.end()), woken.end());
    for (const uint64_t id : woken) {
        const auto changed = std::move(entries_.at(id).changed);
        take_out(id);
        changed();
    }
}

void WatchTable::notify_all() {
    std::lock_guard lock(mutex_);
    by_item_.clear();
    prefix_lengths_ = {};
    const auto entries = std::move(entries_);
    entries_.clear();
    for (const auto& [id, entry] : entries) entry.changed();
}

size_t WatchTable::size() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace drover::state
