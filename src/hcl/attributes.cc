#include "hcl/attributes.h"

#include <algorithm>
#include <cstdint>

namespace drover::hcl {
namespace {

// The place of an attribute, and the first letters of its name, which decide most comparisons.
struct Key {
    uint64_t letters = 0;
    uint32_t place = 0;
};

uint64_t first_letters(std::string_view name) {
    uint64_t letters = 0;
    for (size_t i = 0; i < sizeof letters; ++i) {
        letters = letters << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0);
    }
    return letters;
}

}  // namespace

Attributes::Attributes(std::vector<Attribute> attributes) {
    std::vector<Key> keys;
    keys.reserve(attributes.size());
    for (const Attribute& a : attributes) keys.push_back({first_letters(a.name), static_cast<uint32_t>(keys.size())});
    const auto less = [&](const Key& a, const Key& b) {
        return a.letters != b.letters ? a.letters < b.letters : attributes[a.place].name < attributes[b.place].name;
    };
    if (std::is_sorted(keys.begin(), keys.end(), less)) {
        sorted_ = std::move(attributes);
        return;
    }
    std::sort(keys.begin(), keys.end(), less);
    sorted_.reserve(attributes.size());
    for (const Key& key : keys) sorted_.push_back(std::move(attributes[key.place]));
}

const Attribute* Attributes::find(std::string_view name) const {
    const auto less = [](const Attribute& a, std::string_view wanted) { return a.name < wanted; };
    const auto it = std::lower_bound(sorted_.begin(), sorted_.end(), name, less);
    return it == sorted_.end() || it->name != name ? nullptr : &*it;
}

}  // namespace drover::hcl
