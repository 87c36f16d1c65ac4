#pragma once
// What a body says by `name = expression`. Attributes are shared with the body that they come from and never change.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hcl/expression.h"

namespace drover::hcl {

struct Attribute {
    std::string name;
    ExprPtr expr;
    Range name_range;

    Range range() const { return between(name_range, expr->range()); }
};

// Attributes ordered by their names, of which no two are the same.
class Attributes {
public:
    class Iterator {
    public:
        explicit Iterator(const Attribute* const* at) : at_(at) {}
        const Attribute& operator*() const { return **at_; }
        Iterator& operator++() { return ++at_, *this; }
        bool operator==(const Iterator&) const = default;

    private:
        const Attribute* const* at_;
    };

    Attributes() = default;
    // In any order. `owner` keeps them.
    Attributes(std::vector<const Attribute*> attributes, std::shared_ptr<const void> owner);
    explicit Attributes(std::vector<Attribute> attributes);

    const Attribute* find(std::string_view name) const;  // null if there is none
    bool contains(std::string_view name) const { return find(name) != nullptr; }
    size_t size() const { return sorted_.size(); }
    const Attribute& operator[](size_t place) const { return *sorted_[place]; }
    Iterator begin() const { return Iterator(sorted_.data()); }
    Iterator end() const { return Iterator(sorted_.data() + sorted_.size()); }

private:
    void sort();

    std::vector<const Attribute*> sorted_;
    std::shared_ptr<const void> owner_;
};

}  // namespace drover::hcl
