#include "hcl/attributes.h"

#include <algorithm>
#include <cstdint>

namespace drover::hcl {
namespace {

// An attribute, and the first letters of its name, which decide most comparisons.
struct Key {
    uint64_t letters = 0;
    const Attribute* attribute = nullptr;

    bool operator<(const Key& other) const {
        return letters != other.letters ? letters < other.letters : attribute->name < other.attribute->name;
    }
};

uint64_t first_letters(std::string_view name) {
    uint64_t letters = 0;
    for (size_t i = 0; i < sizeof letters; ++i) {
        letters = letters << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0);
    }
    return letters;
}

bool by_name(const Attribute* a, const Attribute* b) { return a->name < b->name; }

}  // namespace

Attributes::Attributes(std::vector<const Attribute*> attributes, std::shared_ptr<const void> owner)
    : sorted_(std::move(attributes)), owner_(std::move(owner)) {
    sort();
}

Attributes::Attributes(std::vector<Attribute> attributes) {
    auto kept = std::make_shared<const std::vector<Attribute>>(std::move(attributes));
    sorted_.reserve(kept->size());
    for (const Attribute& attribute : *kept) sorted_.push_back(&attribute);
    owner_ = std::move(kept);
    sort();
}

void Attributes::sort() {
    constexpr size_t kFew = 16;
    if (sorted_.size() <= kFew) return std::sort(sorted_.begin(), sorted_.end(), by_name);
    std::vector<Key> keys;
    keys.reserve(sorted_.size());
    for (const Attribute* attribute : sorted_) keys.push_back({first_letters(attribute->name), attribute});
    if (std::is_sorted(keys.begin(), keys.end())) return;
    std::sort(keys.begin(), keys.end());
    for (size_t i = 0; i < keys.size(); ++i) sorted_[i] = keys[i].attribute;
}

const Attribute* Attributes::find(std::string_view name) const {
    const auto less = [](const Attribute* a, std::string_view wanted) { return a->name < wanted; };
    const auto it = std::lower_bound(sorted_.begin(), sorted_.end(), name, less);
    return it == sorted_.end() || (*it)->name != name ? nullptr : *it;
}

}  // namespace drover::hcl
