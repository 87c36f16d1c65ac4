// setintersection setproduct setunion
#include <algorithm>

#include "hcl/function_helpers.h"

namespace drover::hcl {
namespace {

using Kind = Type::Kind;

constexpr uint64_t kMaxProduct = 200'000;

// All sets with one element type.
tl::expected<std::vector<Value>, FunctionError> unified_sets(Arguments a) {
    if (a.empty()) return refuse("at least one set is required");
    std::vector<Type> types;
    for (const Value& set : a) types.push_back(set.type().element());
    auto element = unify(types);
    if (!element) return refuse("given sets must all have compatible element types");
    std::vector<Value> sets;
    for (const Value& set : a) {
        auto converted = convert(set, Type::set(*element));
        if (!converted) return refuse(converted.error());
        sets.push_back(*converted);
    }
    return sets;
}

FunctionResult set_union(Arguments a) {
    auto sets = unified_sets(a);
    if (!sets) return tl::unexpected(sets.error());
    Value::Sequence all;
    for (const Value& set : *sets) all.insert(all.end(), set.as_sequence().begin(), set.as_sequence().end());
    return Value::set(sets->front().type().element(), std::move(all));
}

FunctionResult set_intersection(Arguments a) {
    auto sets = unified_sets(a);
    if (!sets) return tl::unexpected(sets.error());
    Value::Sequence common = sets->front().as_sequence();
    for (const Value& set : *sets) {
        Value::Sequence kept;
        std::set_intersection(common.begin(), common.end(), set.as_sequence().begin(), set.as_sequence().end(),
                              std::back_inserter(kept), set_less);
        common = std::move(kept);
    }
    return Value::set(sets->front().type().element(), std::move(common));
}

// Every combination of one element of each, in order. A set if one of the arguments is one.
FunctionResult set_product(Arguments a) {
    if (a.size() < 2) return refuse("at least two arguments are required");
    uint64_t total = 1;
    bool any_set = false;
    for (size_t i = 0; i < a.size(); ++i) {
        auto index = static_cast<int>(i);
        if (!a[i].type().is_sequence()) return refuse_argument(index, "a set or a list is required");
        if (a[i].is(Kind::tuple) && !unify(a[i].type().elements()))
            return refuse_argument(index, "all elements must be of the same type");
        any_set = any_set || a[i].is(Kind::set);
        total *= a[i].size();
        if (total > kMaxProduct)
            return refuse("the product has more than " + std::to_string(kMaxProduct) + " elements");
    }
    Value::Sequence out;
    for (uint64_t n = 0; n < total; ++n) {
        Value::Sequence tuple(a.size());
        uint64_t rest = n;
        for (size_t i = a.size(); i-- > 0;) {
            tuple[i] = a[i].as_sequence()[rest % a[i].size()];
            rest /= a[i].size();
        }
        out.push_back(Value::tuple(std::move(tuple)));
    }
    std::vector<Type> types;
    for (const Value& tuple : out) types.push_back(tuple.type());
    auto element = unify(types);
    if (!element) return Value::tuple(std::move(out));
    for (Value& tuple : out) {
        auto converted = convert(tuple, *element);
        if (!converted) return refuse(converted.error());
        tuple = *converted;
    }
    return any_set ? Value::set(*element, std::move(out)) : Value::list(*element, std::move(out));
}

}  // namespace

void add_set_functions(FunctionTable& table) {
    Parameter sets{"other_sets", Type::set(Type::dynamic())};
    table["setintersection"] = variadic({{"first_set", Type::set(Type::dynamic())}}, sets, set_intersection);
    table["setunion"] = variadic({{"first_set", Type::set(Type::dynamic())}}, sets, set_union);
    table["setproduct"] = variadic({}, any_parameter("sets"), set_product);
}

}  // namespace drover::hcl
