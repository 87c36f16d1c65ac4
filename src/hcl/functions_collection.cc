// chunklist coalesce coalescelist compact concat contains distinct element flatten index keys length lookup merge range
// slice sort values zipmap
#include <algorithm>

#include "base/strings.h"
#include "hcl/function_helpers.h"

namespace drover::hcl {
namespace {

using Kind = Type::Kind;

constexpr int64_t kMaxRange = 1024;

FunctionResult chunk_list(Arguments a) {
    auto size = whole_number(a[1]);
    if (!size) return refuse("invalid size: " + size.error());
    if (*size < 0) return refuse("the size argument must be positive");
    const Value::Sequence& items = a[0].as_sequence();
    Type element = a[0].type();
    if (*size == 0 && !items.empty()) return Value::list(element, {a[0]});
    Value::Sequence chunks;
    for (size_t begin = 0; begin < items.size(); begin += static_cast<size_t>(*size)) {
        size_t end = std::min(items.size() - begin, static_cast<size_t>(*size)) + begin;
        auto first = items.begin() + static_cast<ptrdiff_t>(begin);
        chunks.push_back(
            Value::list(element.element(), Value::Sequence(first, items.begin() + static_cast<ptrdiff_t>(end))));
    }
    return Value::list(element, std::move(chunks));
}

FunctionResult coalesce(Arguments a) {
    if (a.empty()) return refuse("all arguments must have the same type");
    std::vector<Type> types;
    for (const Value& value : a) types.push_back(value.type());
    auto type = unify(types);
    if (!type) return refuse("all arguments must have the same type");
    for (const Value& value : a) {
        if (value.is_null()) continue;
        auto converted = convert(value, *type);
        if (!converted) return refuse(converted.error());
        return *converted;
    }
    return refuse("no non-null arguments");
}

FunctionResult coalesce_list(Arguments a) {
    if (a.empty()) return refuse("at least one argument is required");
    for (const Value& value : a) {
        if (!value.is(Kind::list) && !value.is(Kind::tuple))
            return refuse("coalescelist arguments must be lists or tuples");
    }
    for (const Value& value : a) {
        if (!value.is_null() && value.size() > 0) return value;
    }
    return refuse("no non-null arguments");
}

FunctionResult compact(Arguments a) {
    Value::Sequence out;
    for (const Value& item : a[0].as_sequence()) {
        if (!item.is_null() && !item.as_string().empty()) out.push_back(item);
    }
    return Value::list(Type::string(), std::move(out));
}

FunctionResult concatenate(Arguments a) {
    if (a.empty()) return refuse("at least one argument is required");
    Value::Sequence out;
    bool lists = true;
    std::vector<Type> types;
    for (size_t i = 0; i < a.size(); ++i) {
        if (!a[i].is(Kind::list) && !a[i].is(Kind::tuple)) {
            return refuse_argument(static_cast<int>(i),
                                   "all arguments must be lists or tuples; got " + a[i].type().friendly_name());
        }
        lists = lists && a[i].is(Kind::list);
        if (a[i].is(Kind::list)) types.push_back(a[i].type().element());
        out.insert(out.end(), a[i].as_sequence().begin(), a[i].as_sequence().end());
    }
    auto element = lists ? unify(types) : std::nullopt;
    if (!element) return Value::tuple(std::move(out));
    for (Value& item : out) {
        auto converted = convert(item, *element);
        if (!converted) return refuse(converted.error());
        item = *converted;
    }
    return Value::list(*element, std::move(out));
}

FunctionResult contains(Arguments a) {
    if (!a[0].type().is_sequence()) return refuse("argument must be list, tuple, or set");
    for (const Value& item : a[0].as_sequence()) {
        if (equal(item, a[1]).value_or(false)) return Value::boolean(true);
    }
    return Value::boolean(false);
}

FunctionResult distinct(Arguments a) {
    Value::Sequence out;
    Value::Sequence ordered;  // what is in `out`, sorted
    for (const Value& item : a[0].as_sequence()) {
        auto at = std::lower_bound(ordered.begin(), ordered.end(), item, set_less);
        if (at != ordered.end() && at->identical(item)) continue;
        ordered.insert(at, item);
        out.push_back(item);
    }
    return Value::list(a[0].type().element(), std::move(out));
}

FunctionResult element(Arguments a) {
    if (!a[0].is(Kind::list) && !a[0].is(Kind::tuple))
        return refuse("cannot read elements from " + a[0].type().friendly_name());
    auto index = whole_number(a[1]);
    if (!index) return refuse("invalid index: " + index.error());
    auto size = static_cast<int64_t>(a[0].size());
    if (size == 0) return refuse("cannot use element function with an empty list");
    // Around in circles, in both directions.
    int64_t at = *index % size;
    return a[0].as_sequence()[static_cast<size_t>(at < 0 ? at + size : at)];
}

void flatten_into(const Value& value, Value::Sequence& out) {
    for (const Value& item : value.as_sequence()) {
        if (!item.is_null() && item.type().is_sequence()) {
            flatten_into(item, out);
        } else {
            out.push_back(item);
        }
    }
}

FunctionResult flatten(Arguments a) {
    if (!a[0].type().is_sequence()) return refuse("can only flatten lists, sets and tuples");
    Value::Sequence out;
    flatten_into(a[0], out);
    return Value::tuple(std::move(out));
}

FunctionResult index(Arguments a) {
    const Value& collection = a[0];
    const Value& key = a[1];
    if (collection.is(Kind::map)) {
        if (!key.is(Kind::string)) return refuse("key for map must be string");
        auto it = collection.as_entries().find(key.as_string());
        if (it == collection.as_entries().end()) return refuse("invalid index");
        return it->second;
    }
    if (!collection.is(Kind::list) && !collection.is(Kind::tuple))
        return refuse("collection must be a list, a map or a tuple");
    std::string kind = collection.is(Kind::list) ? "list" : "tuple";
    if (!key.is(Kind::number)) return refuse("key for " + kind + " must be number");
    auto at = whole_number(key);
    if (!at && collection.is(Kind::tuple)) return refuse("invalid key for tuple: " + at.error());
    if (at && *at >= 0 && *at < static_cast<int64_t>(collection.size()))
        return collection.as_sequence()[static_cast<size_t>(*at)];
    if (collection.is(Kind::list)) return refuse("invalid index");
    // Users know the length itself as part of the range.
    return refuse("key must be between 0 and " + std::to_string(collection.size()) + " inclusive");
}

FunctionResult keys(Arguments a) {
    if (!a[0].type().is_keyed()) return refuse_argument(0, "must have map or object type");
    Value::Sequence out;
    for (const auto& [key, value] : a[0].as_entries()) out.push_back(Value::string(key));
    return a[0].is(Kind::map) ? Value::list(Type::string(), std::move(out)) : Value::tuple(std::move(out));
}

FunctionResult length(Arguments a) {
    if (!a[0].type().is_sequence() && !a[0].is(Kind::map)) return refuse("collection must be a list, a map or a tuple");
    return Value::number(static_cast<int64_t>(a[0].size()));
}

FunctionResult lookup(Arguments a) {
    if (!a[0].type().is_keyed()) return refuse_argument(0, "lookup() requires a map as the first argument");
    auto it = a[0].as_entries().find(a[1].as_string());
    bool found = it != a[0].as_entries().end();
    if (!a[0].is(Kind::map)) return found ? it->second : a[2];
    auto fallback = convert(a[2], a[0].type().element());
    if (!fallback) return refuse_argument(2, "the default value must have the same type as the map elements");
    return found ? it->second : *fallback;
}

FunctionResult merge(Arguments a) {
    Value::Entries out;
    bool maps = true;
    std::optional<Type> element;
    for (const Value& part : a) {
        if (part.is_null()) continue;
        if (!part.type().is_keyed())
            return refuse("arguments must be maps or objects, got " + quote(part.type().friendly_name()));
        if (part.is(Kind::map)) {
            maps = maps && (!element || *element == part.type().element());
            element = part.type().element();
        } else {
            maps = false;
        }
        for (const auto& [key, value] : part.as_entries()) out.insert_or_assign(key, value);
    }
    return maps && element ? Value::map(*element, std::move(out)) : Value::object(std::move(out));
}

FunctionResult range(Arguments a) {
    if (a.empty() || a.size() > 3) return refuse("must have one, two, or three arguments");
    Number start = a.size() > 1 ? a[0].as_number() : Number(0);
    Number end = a.size() > 1 ? a[1].as_number() : a[0].as_number();
    bool down = end < start;
    Number step = a.size() == 3 ? a[2].as_number() : Number(down ? -1 : 1);
    if (a.size() == 3 && down && step.sign() > 0)
        return refuse_argument(1, "end must be greater than start when step is positive");
    if (a.size() == 3 && start < end && step.sign() < 0)
        return refuse_argument(1, "end must be less than start when step is negative");
    if (start.is_infinite() || step.is_infinite()) return refuse("range arguments must be finite");
    Value::Sequence out;
    for (Number at = start; down ? at > end : at < end; at = at + step) {
        if (out.size() >= kMaxRange) {
            return refuse(
                "more than " + std::to_string(kMaxRange) +
                " values were generated; either decrease the difference between start and end or use a smaller step");
        }
        out.push_back(Value::number(at));
    }
    return Value::list(Type::number(), std::move(out));
}

// A place in a list to slice at: from nothing to its length.
tl::expected<int64_t, FunctionError> slice_index(const Value& value, int argument, size_t size) {
    std::string name = argument == 1 ? "start index" : "end index";
    auto at = whole_number(value);
    if (!at) return refuse_argument(argument, "invalid " + name + ": " + at.error());
    if (*at < 0) return refuse_argument(argument, name + " must not be less than zero");
    if (*at > static_cast<int64_t>(size))
        return refuse_argument(argument, name + " must not be greater than the length of the list");
    return *at;
}

FunctionResult slice(Arguments a) {
    if (a[0].is(Kind::set)) {
        return refuse_argument(0,
                               "cannot slice a set, because its elements do not have indices; explicitly convert to "
                               "a list if the ordering of the result is not important");
    }
    if (!a[0].is(Kind::list) && !a[0].is(Kind::tuple)) return refuse_argument(0, "must be a list or tuple value");
    auto from = slice_index(a[1], 1, a[0].size());
    if (!from) return tl::unexpected(from.error());
    auto to = slice_index(a[2], 2, a[0].size());
    if (!to) return tl::unexpected(to.error());
    if (*from > *to) return refuse_argument(1, "start index must not be greater than end index");
    const Value::Sequence& all = a[0].as_sequence();
    Value::Sequence out(all.begin() + *from, all.begin() + *to);
    return a[0].is(Kind::list) ? Value::list(a[0].type().element(), std::move(out)) : Value::tuple(std::move(out));
}

FunctionResult sort(Arguments a) {
    Value::Sequence out = a[0].as_sequence();
    for (size_t i = 0; i < out.size(); ++i) {
        if (out[i].is_null())
            return refuse("given list element " + std::to_string(i) + " is null; a null string cannot be sorted");
    }
    std::sort(out.begin(), out.end(), set_less);
    return Value::list(Type::string(), std::move(out));
}

FunctionResult values(Arguments a) {
    if (!a[0].type().is_keyed()) return refuse("values() requires a map as the first argument");
    Value::Sequence out;
    for (const auto& [key, value] : a[0].as_entries()) out.push_back(value);
    return a[0].is(Kind::map) ? Value::list(a[0].type().element(), std::move(out)) : Value::tuple(std::move(out));
}

FunctionResult zip_map(Arguments a) {
    if (!a[1].is(Kind::list) && !a[1].is(Kind::tuple)) return refuse("values argument must be a list or tuple value");
    if (a[0].size() != a[1].size()) {
        return refuse("number of keys (" + std::to_string(a[0].size()) + ") does not match number of values (" +
                      std::to_string(a[1].size()) + ")");
    }
    Value::Entries out;
    for (size_t i = 0; i < a[0].size(); ++i) {
        const Value& key = a[0].as_sequence()[i];
        if (key.is_null()) return refuse("keys list has null value at index " + std::to_string(i));
        out.insert_or_assign(key.as_string(), a[1].as_sequence()[i]);
    }
    return a[1].is(Kind::list) ? Value::map(a[1].type().element(), std::move(out)) : Value::object(std::move(out));
}

}  // namespace

void add_collection_functions(FunctionTable& table) {
    Parameter any_list{"list", Type::list(Type::dynamic())};
    Parameter text_list{"list", Type::list(Type::string())};
    table["chunklist"] = function({any_list, number_parameter("size")}, chunk_list);
    table["coalesce"] = variadic({}, any_parameter("vals", true), coalesce);
    table["coalescelist"] = variadic({}, any_parameter("vals", true), coalesce_list);
    table["compact"] = function({text_list}, compact);
    table["concat"] = variadic({}, any_parameter("seqs"), concatenate);
    table["contains"] = function({any_parameter("list"), any_parameter("value", true)}, contains);
    table["distinct"] = function({any_list}, distinct);
    table["element"] = function({any_parameter("list"), number_parameter("index")}, element);
    table["flatten"] = function({any_parameter("list")}, flatten);
    table["index"] = function({any_parameter("collection"), any_parameter("key")}, index);
    table["keys"] = function({any_parameter("inputMap")}, keys);
    table["length"] = function({any_parameter("collection")}, length);
    table["lookup"] = function({any_parameter("inputMap"), text_parameter("key"), any_parameter("default")}, lookup);
    table["merge"] = variadic({}, any_parameter("maps", true), merge);
    table["range"] = variadic({}, number_parameter("params"), range);
    table["slice"] =
        function({any_parameter("list"), number_parameter("start_index"), number_parameter("end_index")}, slice);
    table["sort"] = function({text_list}, sort);
    table["values"] = function({any_parameter("mapping")}, values);
    table["zipmap"] = function({{"keys", Type::list(Type::string())}, any_parameter("values")}, zip_map);
}

}  // namespace drover::hcl
