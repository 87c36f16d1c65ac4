#pragma once
// The keys of one tree node: sorted byte strings in one buffer, their common prefix stored once, without offsets while
// all have the same length. Owned and edited by one node; readers share it only when it no longer changes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drover::state {

class KeyBlock {
public:
    size_t size() const { return count_; }
    size_t bytes() const { return bytes_.size(); }
    std::string key(size_t i) const;
    // Whether key i begins with / equals / sorts before a text.
    int compare(size_t i, std::string_view key) const;  // <0: key i is less

    // The first i whose key is not less than `key`; `found` says whether it is equal.
    size_t lower_bound(std::string_view key, bool& found) const;
    // The first i whose key is greater than `key`.
    size_t upper_bound(std::string_view key) const;

    void insert(size_t at, std::string_view key);
    void erase(size_t at);
    // Moves keys [at, size) into an empty block.
    void split(size_t at, KeyBlock& right);
    void append(const KeyBlock& other);

private:
    std::string_view prefix() const { return {bytes_.data(), prefix_}; }
    std::string_view suffix(size_t i) const;
    size_t begin_of(size_t i) const;
    void shrink_prefix(size_t length);
    void assign(const std::vector<std::string>& keys);
    void use_offsets();
    size_t search(std::string_view rest, bool upper) const;

    // prefix, then the suffixes one after another
    std::vector<char> bytes_;
    std::vector<uint32_t> ends_;  // where each suffix ends; empty while all are `width_` long
    uint32_t prefix_ = 0;
    uint32_t width_ = 0;
    uint32_t count_ = 0;
    bool uniform_ = true;
};

}  // namespace drover::state
