#pragma once
// Range<T>: rows of a table in the order of their keys, or in that of an index; forwards or backwards; from a key on.
// Range<AllocRef> is the same over allocations. A range holds its version and is walked with a range-for:
// `for (const auto& eval : view.evals().by_creation().reversed())`. Elements are Shared<T> (AllocRef for allocations).

#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "base/containers.h"
#include "state/alloc_ref.h"
#include "state/tree.h"

namespace drover::state {

// The first byte string after all those that begin with `prefix`; empty: there is none.
std::string prefix_end(std::string_view prefix);

namespace detail {

template <class T>
struct Element {
    using Stored = std::shared_ptr<const void>;
    using Type = Shared<T>;
    static Type make(const Stored& stored) { return std::static_pointer_cast<const T>(stored); }
};
template <>
struct Element<AllocRef> {
    using Stored = Ref<const AllocRow>;
    using Type = AllocRef;
    static Type make(const Stored& stored) { return AllocRef(stored); }
};

}  // namespace detail

template <class T>
class Range {
    using Stored = typename detail::Element<T>::Stored;

public:
    using value_type = typename detail::Element<T>::Type;

    Range() = default;
    Range(Tree<Stored> rows, std::string_view prefix)
        : rows_(std::move(rows)), low_(prefix), high_(prefix_end(prefix)) {}
    // By an index whose entries begin with `partition`, and hold the row's key after `skip` bytes.
    Range(Tree<Stored> rows, Tree<Nothing> index, std::string_view partition, size_t skip)
        : rows_(std::move(rows)),
          index_(std::move(index)),
          by_index_(true),
          skip_(skip),
          low_(partition),
          high_(prefix_end(partition)) {}

    Range reversed(bool reverse = true) && {
        reverse_ = reverse;
        return std::move(*this);
    }
    // Leaves out what comes before `key` (of the index, if it goes by one) in the direction of the walk.
    Range from(std::string_view key) && {
        if (!reverse_ && key > low_) low_ = key;
        if (reverse_ && (high_.empty() || key < high_)) high_ = std::string(key) + '\0';
        return std::move(*this);
    }
    bool is_reversed() const { return reverse_; }

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Range::value_type;
        using difference_type = std::ptrdiff_t;
        using pointer = const value_type*;
        using reference = const value_type&;

        iterator() = default;
        explicit iterator(const Range& range) : range_(&range) {
            if (range.by_index_) {
                index_ = range.start(range.index_);
            } else {
                row_ = range.start(range.rows_);
            }
            load();
        }
        const value_type& operator*() const { return value_; }
        const value_type* operator->() const { return &value_; }
        iterator& operator++() {
            if (range_->by_index_) {
                range_->reverse_ ? index_.previous() : index_.next();
            } else {
                range_->reverse_ ? row_.previous() : row_.next();
            }
            load();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return range_ == nullptr; }
        // The key that `from` would take to begin here.
        std::string key() const { return range_->by_index_ ? index_.key() : row_.key(); }

    private:
        void load() {
            if (range_->by_index_ ? !range_->inside(index_) : !range_->inside(row_)) {
                range_ = nullptr;
                return;
            }
            if (!range_->by_index_) {
                value_ = detail::Element<T>::make(row_.value());
                return;
            }
            const Stored* stored = range_->rows_.find(std::string_view(index_.key()).substr(range_->skip_));
            assert_always(stored != nullptr);
            value_ = detail::Element<T>::make(*stored);
        }
        const Range* range_ = nullptr;
        typename Tree<Stored>::Cursor row_;
        typename Tree<Nothing>::Cursor index_;
        value_type value_{};
    };

    iterator begin() const { return iterator(*this); }
    std::default_sentinel_t end() const { return {}; }
    bool empty() const { return begin() == end(); }
    // The first element, or null.
    value_type front() const {
        auto it = begin();
        return it == end() ? value_type{} : *it;
    }
    size_t count() const {
        size_t n = 0;
        for (auto it = begin(); it != end(); ++it) ++n;
        return n;
    }

private:
    template <class V>
    typename Tree<V>::Cursor start(const Tree<V>& tree) const {
        if (!reverse_) return tree.lower_bound(low_);
        return high_.empty() ? tree.last() : tree.before(high_);
    }
    template <class Cursor>
    bool inside(const Cursor& cursor) const {
        if (!cursor.valid()) return false;
        return reverse_ ? cursor.compare(low_) >= 0 : high_.empty() || cursor.compare(high_) < 0;
    }

    Tree<Stored> rows_;
    Tree<Nothing> index_;
    bool by_index_ = false;
    bool reverse_ = false;
    size_t skip_ = 0;
    std::string low_;
    std::string high_;  // exclusive; empty: no end
};

}  // namespace drover::state
