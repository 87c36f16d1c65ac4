#pragma once
// Waiting for changes. A WatchSet is what a reader looked at: single keys, ranges that share a prefix, whole tables or
// indexes. The store calls a watcher back once, when a commit touches any of it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "state/tables.h"

namespace drover::state {

// Names a table or an index among all of them.
struct TreeId {
    uint8_t number = 0;
    TreeId(Table table) : number(static_cast<uint8_t>(table)) {}
    TreeId(Index index) : number(static_cast<uint8_t>(kTables + static_cast<size_t>(index))) {}
    bool operator==(const TreeId&) const = default;
};
inline constexpr size_t kTrees = kTables + kIndexes;

// Filled by one thread. Past kMaxItems single items it keeps their tables instead: it may then wake too often, never
// too rarely.
class WatchSet {
public:
    static constexpr size_t kMaxItems = 64;
    struct Item {
        TreeId tree;
        bool prefix;
        std::string key;
        bool operator==(const Item&) const = default;
    };

    void add_key(TreeId tree, std::string_view key) { add(tree, false, key); }
    void add_prefix(TreeId tree, std::string_view prefix) { add(tree, true, prefix); }
    void add_table(Table table) { add(table, true, {}); }
    const std::vector<Item>& items() const { return items_; }
    bool empty() const { return items_.empty(); }

private:
    void add(TreeId tree, bool prefix, std::string_view key);
    std::vector<Item> items_;
};

class WatchTable;

// A registration. Destroying it, on any thread, ends it; the callback does not run after that.
class Watch {
public:
    Watch() = default;
    Watch(std::shared_ptr<WatchTable> table, uint64_t id) : table_(std::move(table)), id_(id) {}
    Watch(Watch&& other) noexcept : table_(std::move(other.table_)), id_(other.id_) {}
    Watch& operator=(Watch&& other) noexcept;
    ~Watch() { cancel(); }
    void cancel();

private:
    std::shared_ptr<WatchTable> table_;
    uint64_t id_ = 0;
};

}  // namespace drover::state
