#pragma once
// EntryTable: where each entry of the log lies, its term, and which entries are lost. In memory, 16 bytes an entry.
// Belongs to the entry store and its thread.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "raft/entry_store.h"

namespace drover::raft {

// A place in a segment: 24 bits of its sequence, 40 bits of offset. Zero: nowhere.
struct Place {
    uint64_t packed = 0;

    static Place of(uint32_t sequence, uint64_t offset) { return {uint64_t{sequence} << 40 | offset}; }
    uint32_t sequence() const { return static_cast<uint32_t>(packed >> 40); }
    uint64_t offset() const { return packed & ((uint64_t{1} << 40) - 1); }
    explicit operator bool() const { return packed != 0; }
};

class EntryTable {
public:
    uint64_t first() const { return first_; }
    uint64_t next() const { return first_ + slots_.size(); }  // the index after the last
    bool contains(uint64_t index) const { return index >= first_ && index < next(); }
    bool is_lost(uint64_t index) const { return contains(index) && !place(index); }
    // Of an entry that the table contains.
    Place place(uint64_t index) const { return slots_[index - first_].place; }
    uint64_t term(uint64_t index) const { return slots_[index - first_].term; }  // 0 when it is lost
    const std::vector<Hole>& holes() const { return holes_; }

    void reset(uint64_t next);                                  // nothing; the next one is `next`
    void add(uint64_t term, Place place);                       // the next one
    void lose_until(uint64_t next, const std::string& where);   // those from next() up to before `next`
    void lose(uint64_t index, const std::string& where);        // one that it contains
    void put_back(uint64_t index, uint64_t term, Place place);  // one that it contains
    void cut(uint64_t from);                                    // `from` and what follows
    void drop_before(uint64_t first);                           // at most next()

private:
    struct Slot {
        Place place;
        uint64_t term = 0;
    };

    uint64_t first_ = 1;
    std::deque<Slot> slots_;
    std::vector<Hole> holes_;  // in order, never adjacent
};

}  // namespace drover::raft
