#include "raft/entry_table.h"

#include <algorithm>

#include "base/assert.h"

namespace drover::raft {

void EntryTable::reset(uint64_t next) {
    first_ = next;
    slots_.clear();
    holes_.clear();
}

void EntryTable::add(uint64_t term, Place place) { slots_.push_back({place, term}); }

void EntryTable::lose_until(uint64_t next, const std::string& where) {
    const uint64_t begin = this->next();
    if (next <= begin) return;
    slots_.resize(slots_.size() + (next - begin));
    if (!holes_.empty() && holes_.back().last + 1 == begin) {
        holes_.back().last = next - 1;
    } else {
        holes_.push_back({begin, next - 1, where});
    }
}

void EntryTable::lose(uint64_t index, const std::string& where) {
    assert_always(contains(index));
    if (!place(index)) return;
    slots_[index - first_] = {};
    auto after = std::find_if(holes_.begin(), holes_.end(), [&](const Hole& hole) { return hole.first > index; });
    const bool joins_after = after != holes_.end() && after->first == index + 1;
    const bool joins_before = after != holes_.begin() && std::prev(after)->last + 1 == index;
    if (joins_before && joins_after) {
        std::prev(after)->last = after->last;
        holes_.erase(after);
    } else if (joins_before) {
        std::prev(after)->last = index;
    } else if (joins_after) {
        after->first = index;
        after->where = where;
    } else {
        holes_.insert(after, {index, index, where});
    }
}

void EntryTable::put_back(uint64_t index, uint64_t term, Place place) {
    assert_always(contains(index));
    slots_[index - first_] = {place, term};
    const auto hole = std::find_if(holes_.begin(), holes_.end(), [&](const Hole& h) { return h.last >= index; });
    if (hole == holes_.end() || hole->first > index) return;
    if (hole->first == hole->last) {
        holes_.erase(hole);
    } else if (hole->first == index) {
        ++hole->first;
    } else if (hole->last == index) {
        --hole->last;
    } else {
        Hole rest{index + 1, hole->last, hole->where};
        hole->last = index - 1;
        holes_.insert(std::next(hole), std::move(rest));
    }
}

void EntryTable::cut(uint64_t from) {
    if (from >= next()) return;
    assert_always(from >= first_);
    slots_.resize(from - first_);
    while (!holes_.empty() && holes_.back().first >= from) holes_.pop_back();
    if (!holes_.empty()) holes_.back().last = std::min(holes_.back().last, from - 1);
}

void EntryTable::drop_before(uint64_t first) {
    if (first <= first_) return;
    assert_always(first <= next());
    slots_.erase(slots_.begin(), slots_.begin() + static_cast<ptrdiff_t>(first - first_));
    first_ = first;
    const auto kept = std::find_if(holes_.begin(), holes_.end(), [&](const Hole& hole) { return hole.last >= first; });
    holes_.erase(holes_.begin(), kept);
    if (!holes_.empty()) holes_.front().first = std::max(holes_.front().first, first);
}

}  // namespace drover::raft
