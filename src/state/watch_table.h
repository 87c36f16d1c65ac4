#pragma once
// WatchTable: who waits for what. Registered items are found by hashing the touched key (or its prefixes of the lengths
// that anyone waits for), so that a commit costs nothing for the watchers that it does not concern. Owned by the Store
// and by every Watch; any thread.

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "state/txn.h"
#include "state/watch.h"

namespace drover::state {

class WatchTable {
public:
    // Registers if `still_current` holds under the lock; 0: it does not.
    uint64_t add(const WatchSet& set, std::function<void()> changed, const std::function<bool()>& still_current);
    void remove(uint64_t id);
    void notify(const Touched& touched);
    void notify_all();
    size_t size() const;

private:
    struct Entry {
        std::vector<WatchSet::Item> items;
        std::function<void()> changed;
    };
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
    };

    static std::string item_key(const WatchSet::Item& item);
    void wake(std::string_view item_key, std::vector<uint64_t>& woken) const;
    void take_out(uint64_t id);

    mutable std::mutex mutex_;
    uint64_t last_id_ = 0;
    std::unordered_map<uint64_t, Entry> entries_;
    std::unordered_map<std::string, std::vector<uint64_t>, Hash, std::equal_to<>> by_item_;
    std::array<std::map<size_t, size_t>, kTrees> prefix_lengths_;  // how many items there are of each length
};

}  // namespace drover::state
