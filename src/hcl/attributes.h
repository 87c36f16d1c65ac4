#pragma once
// What a body says by `name = expression`. A value like any other; bodies hand out copies.

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
    Attributes() = default;
    explicit Attributes(std::vector<Attribute> attributes);  // in any order

    const Attribute* find(std::string_view name) const;  // null if there is none
    bool contains(std::string_view name) const { return find(name) != nullptr; }
    size_t size() const { return sorted_.size(); }
    auto begin() const { return sorted_.begin(); }
    auto end() const { return sorted_.end(); }
    auto begin() { return sorted_.begin(); }  // to change all but the names
    auto end() { return sorted_.end(); }

private:
    std::vector<Attribute> sorted_;
};

}  // namespace drover::hcl
