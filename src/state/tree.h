#pragma once
// A persistent ordered map from byte strings to V: a copy-on-write B+tree. Copying a Tree copies its root and is the
// snapshot; the copy never changes, whatever happens to the original.
//
// One thread edits a tree, naming the edit (a number that was never used before for this tree and its copies); nodes
// made by that edit are changed in place, all others are copied first. Before a tree is copied for readers its edit
// number is retired. Any number of threads read copies without locks.
//
// V is cheap to copy: Ref, shared_ptr, or Nothing for a set.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "state/key_block.h"
#include "state/ref.h"

namespace drover::state {

struct Nothing {};

template <class V>
class Tree {
public:
    static constexpr size_t kMaxEntries = 64;

    const V* find(std::string_view key) const {
        const Node* node = root_.get();
        if (!node) return nullptr;
        while (!node->children.empty()) node = node->children[node->keys.upper_bound(key)].get();
        bool found = false;
        const size_t i = node->keys.lower_bound(key, found);
        return found ? &node->values[i] : nullptr;
    }

    // True if the key is new.
    bool put(uint64_t edit, std::string_view key, V value) {
        if (!root_) root_ = Ref<Node>(new Node(edit));
        own(edit, root_);
        bool added = false;
        Ref<Node> right;
        std::string separator;
        insert(edit, *root_, key, std::move(value), added, right, separator);
        if (right) {
            Ref<Node> top(new Node(edit));
            top->children = {root_, right};
            top->keys.insert(0, separator);
            root_ = std::move(top);
        }
        size_ += added;
        return added;
    }

    // True if the key was there.
    bool erase(uint64_t edit, std::string_view key) {
        if (!find(key)) return false;
        own(edit, root_);
        remove(edit, *root_, key);
        while (root_ && root_->children.size() == 1) root_ = Ref<Node>(root_->children[0]);
        if (root_ && root_->children.empty() && root_->keys.size() == 0) root_ = {};
        --size_;
        return true;
    }

    size_t size() const { return size_; }
    bool same_as(const Tree& other) const { return root_ == other.root_; }

private:
    struct Node {
        explicit Node(uint64_t edit) : owner(edit) {}
        Node(const Node& other, uint64_t edit)
            : owner(edit), keys(other.keys), values(other.values), children(other.children) {}
        mutable std::atomic<uint32_t> refs{0};
        uint64_t owner;
        KeyBlock keys;          // of a leaf: one a value; of a branch: the first key of every child but the first
        std::vector<V> values;  // leaves
        std::vector<Ref<Node>> children;  // branches
    };

public:
    // A place in a tree. Valid while the tree (or any copy made before it was changed) lives.
    class Cursor {
    public:
        bool valid() const { return depth_ > 0; }
        std::string key() const { return top().node->keys.key(top().at); }
        int compare(std::string_view key) const { return top().node->keys.compare(top().at, key); }
        const V& value() const { return top().node->values[top().at]; }
        void next() {
            if (++stack_[depth_ - 1].at < top().node->keys.size()) return;
            while (--depth_ > 0) {
                if (++stack_[depth_ - 1].at < top().node->children.size()) return descend(false);
            }
        }
        void previous() {
            if (top().at > 0) return static_cast<void>(--stack_[depth_ - 1].at);
            while (--depth_ > 0) {
                if (top().at > 0) return --stack_[depth_ - 1].at, descend(true);
            }
        }

    private:
        friend class Tree;
        static constexpr size_t kMaxDepth = 24;
        // The highest node at whose first entry this stands.
        size_t leftmost() const {
            size_t depth = depth_;
            while (depth > 0 && stack_[depth - 1].at == 0) --depth;
            return depth;
        }
        // Goes to what follows the node at that depth.
        void leave(size_t depth) {
            for (depth_ = depth; depth_ > 0; --depth_) {
                if (++stack_[depth_ - 1].at < top().node->children.size()) return descend(false);
            }
        }
        struct Step {
            const Node* node;
            size_t at;
        };
        const Step& top() const { return stack_[depth_ - 1]; }
        void push(const Node* node, size_t at) {
            assert_always(depth_ < kMaxDepth);
            stack_[depth_++] = {node, at};
        }
        void descend(bool last) {
            const Node* node = top().node->children[top().at].get();
            while (!node->children.empty()) {
                push(node, last ? node->children.size() - 1 : 0);
                node = node->children[top().at].get();
            }
            push(node, last ? node->keys.size() - 1 : 0);
        }
        Step stack_[kMaxDepth];
        size_t depth_ = 0;
    };

    // The first entry whose key is not less than `key`.
    Cursor lower_bound(std::string_view key) const {
        Cursor cursor;
        const Node* node = root_.get();
        if (!node) return cursor;
        while (!node->children.empty()) {
            const size_t child = node->keys.upper_bound(key);
            cursor.push(node, child);
            node = node->children[child].get();
        }
        bool found = false;
        const size_t at = node->keys.lower_bound(key, found);
        if (at < node->keys.size()) {
            cursor.push(node, at);
        } else {
            cursor.push(node, node->keys.size() - 1);
            cursor.next();
        }
        return cursor;
    }

    Cursor first() const { return lower_bound({}); }
    Cursor last() const {
        Cursor cursor;
        const Node* node = root_.get();
        if (!node) return cursor;
        while (!node->children.empty()) {
            cursor.push(node, node->children.size() - 1);
            node = node->children.back().get();
        }
        cursor.push(node, node->keys.size() - 1);
        return cursor;
    }
    // The last entry whose key is less than `key`.
    Cursor before(std::string_view key) const {
        Cursor cursor = lower_bound(key);
        if (!cursor.valid()) return last();
        cursor.previous();
        return cursor;
    }

    // Calls visit(key, maybe_before, maybe_after) for every entry that one of two trees does not have or has with
    // another value. What they share is passed over, so that versions of one tree are compared in the time of what
    // changed between them.
    template <class Visit>
    static void compare(const Tree& before, const Tree& after, Visit&& visit) {
        Cursor a = before.first(), b = after.first();
        while (a.valid() || b.valid()) {
            if (a.valid() && b.valid() && skip_shared(a, b)) continue;
            const int order = !a.valid() ? 1 : !b.valid() ? -1 : a.compare(b.key());
            if (order == 0) {
                if (!(a.value() == b.value())) visit(a.key(), &a.value(), &b.value());
                a.next();
                b.next();
            } else if (order < 0) {
                visit(a.key(), &a.value(), static_cast<const V*>(nullptr));
                a.next();
            } else {
                visit(b.key(), static_cast<const V*>(nullptr), &b.value());
                b.next();
            }
        }
    }

private:
    // Takes both cursors past a node that they both stand at the beginning of. False: there is none.
    static bool skip_shared(Cursor& a, Cursor& b) {
        if (a.top().at != 0 || b.top().at != 0) return false;
        const size_t first_a = a.leftmost(), first_b = b.leftmost();
        for (size_t i = first_a; i < a.depth_; ++i) {
            for (size_t j = first_b; j < b.depth_; ++j) {
                if (a.stack_[i].node != b.stack_[j].node) continue;
                a.leave(i);
                b.leave(j);
                return true;
            }
        }
        return false;
    }

    static void own(uint64_t edit, Ref<Node>& node) {
        if (node->owner != edit) node = Ref<Node>(new Node(*node, edit));
    }

    static void insert(uint64_t edit, Node& node, std::string_view key, V value, bool& added, Ref<Node>& right,
                       std::string& separator) {
        if (node.children.empty()) {
            bool found = false;
            const size_t at = node.keys.lower_bound(key, found);
            if (found) return static_cast<void>(node.values[at] = std::move(value));
            added = true;
            node.keys.insert(at, key);
            if (node.values.size() == node.values.capacity()) node.values.reserve(node.values.size() + 8);
            node.values.insert(node.values.begin() + static_cast<std::ptrdiff_t>(at), std::move(value));
            if (node.keys.size() <= kMaxEntries) return;
            // Appending in order fills leaves: the new key alone goes to the right.
            split(edit, node, at + 1 == node.keys.size() ? at : node.keys.size() / 2, right, separator);
            return;
        }
        const size_t child = node.keys.upper_bound(key);
        own(edit, node.children[child]);
        Ref<Node> child_right;
        insert(edit, *node.children[child], key, std::move(value), added, child_right, separator);
        if (!child_right) return;
        node.keys.insert(child, separator);
        node.children.insert(node.children.begin() + static_cast<std::ptrdiff_t>(child) + 1, std::move(child_right));
        if (node.children.size() <= kMaxEntries) return;
        split_branch(edit, node, child + 2 == node.children.size() ? child + 1 : node.children.size() / 2, right,
                     separator);
    }

    static void split(uint64_t edit, Node& node, size_t at, Ref<Node>& right, std::string& separator) {
        right = Ref<Node>(new Node(edit));
        node.keys.split(at, right->keys);
        const auto middle = node.values.begin() + static_cast<std::ptrdiff_t>(at);
        right->values.assign(std::make_move_iterator(middle), std::make_move_iterator(node.values.end()));
        node.values.erase(middle, node.values.end());
        node.values.shrink_to_fit();
        separator = right->keys.key(0);
    }

    // Children [at, n) go to the right; the key between the halves goes up.
    static void split_branch(uint64_t edit, Node& node, size_t at, Ref<Node>& right, std::string& separator) {
        right = Ref<Node>(new Node(edit));
        node.keys.split(at - 1, right->keys);
        separator = right->keys.key(0);
        right->keys.erase(0);
        const auto middle = node.children.begin() + static_cast<std::ptrdiff_t>(at);
        right->children.assign(std::make_move_iterator(middle), std::make_move_iterator(node.children.end()));
        node.children.erase(middle, node.children.end());
    }

    static size_t entries(const Node& node) { return node.children.empty() ? node.keys.size() : node.children.size(); }

    static void remove(uint64_t edit, Node& node, std::string_view key) {
        if (node.children.empty()) {
            bool found = false;
            const size_t at = node.keys.lower_bound(key, found);
            node.keys.erase(at);
            node.values.erase(node.values.begin() + static_cast<std::ptrdiff_t>(at));
            return;
        }
        size_t child = node.keys.upper_bound(key);
        own(edit, node.children[child]);
        remove(edit, *node.children[child], key);
        if (node.children.size() == 1) {
            if (entries(*node.children[0]) == 0) node.children.clear();
            return;
        }
        if (entries(*node.children[child]) == 0) return drop(node, child);
        if (entries(*node.children[child]) >= kMaxEntries / 4) return;
        if (child + 1 == node.children.size()) --child;
        if (entries(*node.children[child]) + entries(*node.children[child + 1]) <= kMaxEntries * 3 / 4) {
            merge(edit, node, child);
        }
    }

    // Child i takes over what child i + 1 holds.
    static void merge(uint64_t edit, Node& node, size_t i) {
        own(edit, node.children[i]);
        Node& left = *node.children[i];
        const Node& right = *node.children[i + 1];
        if (!left.children.empty()) left.keys.insert(left.keys.size(), node.keys.key(i));
        left.keys.append(right.keys);
        left.values.insert(left.values.end(), right.values.begin(), right.values.end());
        left.children.insert(left.children.end(), right.children.begin(), right.children.end());
        node.keys.erase(i);
        node.children.erase(node.children.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }

    static void drop(Node& node, size_t i) {
        node.keys.erase(i == 0 ? 0 : i - 1);
        node.children.erase(node.children.begin() + static_cast<std::ptrdiff_t>(i));
    }

    Ref<Node> root_;
    size_t size_ = 0;
};

}  // namespace drover::state
