#include "state/key_block.h"

#include <algorithm>
#include <cstddef>

namespace drover::state {
namespace {

size_t common_length(std::string_view a, std::string_view b) {
    const size_t most = std::min(a.size(), b.size());
    size_t n = 0;
    while (n < most && a[n] == b[n]) ++n;
    return n;
}

// Leaves are many and rarely grow by much: a little room instead of twice the size.
void make_room(std::vector<char>& bytes, size_t more) {
    if (bytes.capacity() - bytes.size() < more) bytes.reserve(bytes.size() + more + bytes.size() / 8);
}

}  // namespace

size_t KeyBlock::begin_of(size_t i) const {
    if (uniform_) return prefix_ + i * width_;
    return i == 0 ? prefix_ : ends_[i - 1];
}

std::string_view KeyBlock::suffix(size_t i) const {
    const size_t begin = begin_of(i);
    return {bytes_.data() + begin, (uniform_ ? begin + width_ : ends_[i]) - begin};
}

std::string KeyBlock::key(size_t i) const {
    std::string key(prefix());
    return key += suffix(i);
}

int KeyBlock::compare(size_t i, std::string_view key) const {
    if (const int order = prefix().compare(key.substr(0, prefix_))) return order;
    return suffix(i).compare(key.substr(prefix_));
}

size_t KeyBlock::search(std::string_view rest, bool upper) const {
    size_t low = 0;
    size_t high = count_;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = suffix(middle).compare(rest);
        if (order < 0 || (upper && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t KeyBlock::lower_bound(std::string_view key, bool& found) const {
    found = false;
    if (const int order = prefix().compare(key.substr(0, prefix_))) return order < 0 ? count_ : 0;
    const std::string_view rest = key.substr(prefix_);
    const size_t at = search(rest, false);
    found = at < count_ && suffix(at) == rest;
    return at;
}

size_t KeyBlock::upper_bound(std::string_view key) const {
    if (const int order = prefix().compare(key.substr(0, prefix_))) return order < 0 ? count_ : 0;
    return search(key.substr(prefix_), true);
}

void KeyBlock::use_offsets() {
    if (!uniform_) return;
    ends_.reserve(count_ + 1);
    for (size_t i = 0; i < count_; ++i) ends_.push_back(static_cast<uint32_t>(prefix_ + (i + 1) * width_));
    uniform_ = false;
}

void KeyBlock::assign(const std::vector<std::string>& keys) {
    *this = KeyBlock();
    if (keys.empty()) return;
    prefix_ = static_cast<uint32_t>(common_length(keys.front(), keys.back()));
    count_ = static_cast<uint32_t>(keys.size());
    uniform_ = std::all_of(keys.begin(), keys.end(), [&](const auto& k) { return k.size() == keys[0].size(); });
    size_t total = prefix_;
    for (const auto& key : keys) total += key.size() - prefix_;
    bytes_.reserve(total);
    bytes_.assign(keys[0].begin(), keys[0].begin() + prefix_);
    for (const auto& key : keys) {
        bytes_.insert(bytes_.end(), key.begin() + prefix_, key.end());
        if (!uniform_) ends_.push_back(static_cast<uint32_t>(bytes_.size()));
    }
    if (uniform_) width_ = static_cast<uint32_t>(keys[0].size() - prefix_);
}

void KeyBlock::shrink_prefix(size_t length) {
    std::vector<std::string> keys;
    keys.reserve(count_);
    for (size_t i = 0; i < count_; ++i) keys.push_back(key(i));
    std::vector<char> bytes(keys[0].begin(), keys[0].begin() + static_cast<std::ptrdiff_t>(length));
    bytes.reserve(bytes_.size() + count_ * (prefix_ - length));
    ends_.clear();
    for (const auto& key : keys) {
        bytes.insert(bytes.end(), key.begin() + static_cast<std::ptrdiff_t>(length), key.end());
        if (!uniform_) ends_.push_back(static_cast<uint32_t>(bytes.size()));
    }
    width_ += static_cast<uint32_t>(prefix_ - length);
    prefix_ = static_cast<uint32_t>(length);
    bytes_ = std::move(bytes);
}

void KeyBlock::insert(size_t at, std::string_view key) {
    if (count_ == 0) return assign({std::string(key)});
    if (const size_t common = common_length(prefix(), key); common < prefix_) shrink_prefix(common);
    const std::string_view rest = key.substr(prefix_);
    if (uniform_ && rest.size() != width_) use_offsets();
    const size_t begin = begin_of(at);
    make_room(bytes_, rest.size());
    bytes_.insert(bytes_.begin() + static_cast<std::ptrdiff_t>(begin), rest.begin(), rest.end());
    if (!uniform_) {
        ends_.insert(ends_.begin() + static_cast<std::ptrdiff_t>(at), static_cast<uint32_t>(begin));
        for (size_t i = at; i < ends_.size(); ++i) ends_[i] += static_cast<uint32_t>(rest.size());
    }
    ++count_;
}

void KeyBlock::erase(size_t at) {
    if (count_ == 1) return static_cast<void>(*this = KeyBlock());
    const size_t begin = begin_of(at);
    const size_t length = suffix(at).size();
    const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(begin);
    bytes_.erase(from, from + static_cast<std::ptrdiff_t>(length));
    if (!uniform_) {
        ends_.erase(ends_.begin() + static_cast<std::ptrdiff_t>(at));
        for (size_t i = at; i < ends_.size(); ++i) ends_[i] -= static_cast<uint32_t>(length);
    }
    --count_;
}

void KeyBlock::split(size_t at, KeyBlock& right) {
    std::vector<std::string> low, high;
    for (size_t i = 0; i < count_; ++i) (i < at ? low : high).push_back(key(i));
    assign(low);
    right.assign(high);
}

void KeyBlock::append(const KeyBlock& other) {
    std::vector<std::string> keys;
    for (size_t i = 0; i < count_; ++i) keys.push_back(key(i));
    for (size_t i = 0; i < other.count_; ++i) keys.push_back(other.key(i));
    assign(keys);
}

}  // namespace drover::state
