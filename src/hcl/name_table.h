#pragma once
// Finds a name among many, by a number that its owner gives it: its place in a list, mostly. The names stay with the
// owner, who says with `name_of` which is which. For one thread at a time; never fails.
//
// Names come from strangers, who may choose many of one hash: what finds no place near its own goes into an ordered
// table, so that no search takes long.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drover::hcl {

class NameTable {
public:
    // The number of the same name if it is there already; else the name is put in with this number.
    template <class NameOf>
    std::optional<uint32_t> find_or_add(std::string_view name, uint32_t number, const NameOf& name_of) {
        if (2 * (taken_ + 1) > places_.size()) grow(name_of);
        const uint32_t hash = hash_of(name);
        if (const auto found = find(name, hash, name_of)) return found;
        put({hash, number}, name);
        return std::nullopt;
    }

    template <class NameOf>
    std::optional<uint32_t> find(std::string_view name, const NameOf& name_of) const {
        return places_.empty() ? std::nullopt : find(name, hash_of(name), name_of);
    }

    static uint32_t hash_of(std::string_view name) {
        return static_cast<uint32_t>(std::hash<std::string_view>()(name) >> 7);
    }

private:
    static constexpr uint32_t kFree = UINT32_MAX;
    static constexpr size_t kFirstPlaces = 64;
    static constexpr size_t kMostLooks = 32;
    struct Place {
        uint32_t hash = 0;
        uint32_t number = kFree;
    };

    size_t place(uint32_t hash, size_t look) const { return (hash + look) & (places_.size() - 1); }

    template <class NameOf>
    std::optional<uint32_t> find(std::string_view name, uint32_t hash, const NameOf& name_of) const {
        for (size_t i = 0; i < kMostLooks; ++i) {
            const Place& there = places_[place(hash, i)];
            if (there.number == kFree) break;
            if (there.hash == hash && name_of(there.number) == name) return there.number;
        }
        if (crowded_.empty()) return std::nullopt;
        const auto it = crowded_.find(name);
        return it == crowded_.end() ? std::nullopt : std::optional(it->second);
    }

    void put(Place what, std::string_view name) {
        for (size_t i = 0; i < kMostLooks; ++i) {
            Place& there = places_[place(what.hash, i)];
            if (there.number != kFree) continue;
            there = what;
            ++taken_;
            return;
        }
        crowded_.emplace(name, what.number);
    }

    template <class NameOf>
    void grow(const NameOf& name_of) {
        std::vector<Place> before(places_.empty() ? kFirstPlaces : 2 * places_.size());
        before.swap(places_);
        taken_ = 0;
        for (const Place& there : before) {
            if (there.number != kFree) put(there, name_of(there.number));
        }
    }

    std::vector<Place> places_;  // a power of two, of which half are free
    size_t taken_ = 0;
    std::map<std::string, uint32_t, std::less<>> crowded_;
};

}  // namespace drover::hcl
