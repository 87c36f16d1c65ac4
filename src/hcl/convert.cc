#include "hcl/convert.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::hcl {
namespace {

using Kind = Type::Kind;

constexpr uint64_t kMaxNumberDigits = 50'000;

tl::unexpected<std::string> no(std::string message) { return tl::unexpected<std::string>(std::move(message)); }

Converted string_to_bool(const std::string& text) {
    if (text == "true" || text == "1") return Value::boolean(true);
    if (text == "false" || text == "0") return Value::boolean(false);
    std::string lower = to_lower(text);
    if (lower == "true") return no("a bool is required; to convert from string, use lowercase \"true\"");
    if (lower == "false") return no("a bool is required; to convert from string, use lowercase \"false\"");
    return no("a bool is required");
}

Converted convert_primitive(const Value& value, const Type& wanted) {
    if (wanted.is(Kind::string)) {
        if (value.is(Kind::boolean)) return Value::string(value.as_bool() ? "true" : "false");
        auto text = number_text(value.as_number());
        if (!text) return no("the number has too many digits for a string");
        return Value::string(*text);
    }
    if (wanted.is(Kind::number)) {
        auto number = Number::parse(value.as_string());
        if (!number) return no("a number is required");
        return Value::number(*number);
    }
    return string_to_bool(value.as_string());
}

std::string name_for_constraint(const Type& type) { return type.is(Kind::dynamic) ? "any type" : type.friendly_name(); }

std::string kind_name(const Type& collection) {
    return collection.is(Kind::list) ? "list" : collection.is(Kind::set) ? "set" : "map";
}

// What is told when nothing more can be: primitives are told, and tuples that are no objects; of other shapes it is
// clear enough that they are not the one wanted.
std::string other_shape(const Type& from, const Type& to) {
    bool told = from.is_primitive() || to.is_primitive() || (from.is(Kind::tuple) && to.is(Kind::object));
    if (told) return name_for_constraint(to) + " required, but have " + from.friendly_name();
    if (to.is_collection() && to.element().is(Kind::dynamic)) return kind_name(to) + " of any single type required";
    return name_for_constraint(to) + " required";
}

std::string mismatch_objects(const Type& from, const Type& to) {
    std::vector<std::string> missing;
    std::string unsuitable;
    for (const auto& [name, type] : to.attributes()) {
        auto it = from.attributes().find(name);
        if (it == from.attributes().end()) {
            missing.push_back(quote(name));
        } else if (unsuitable.empty() && !convertible(it->second, type)) {
            unsuitable = "attribute " + quote(name) + ": " + mismatch(it->second, type);
        }
    }
    if (missing.size() == 1) return "attribute " + missing[0] + " is required";
    if (missing.size() == 2) return "attributes " + missing[0] + " and " + missing[1] + " are required";
    if (missing.empty()) return unsuitable.empty() ? other_shape(from, to) : unsuitable;
    std::string last = missing.back();
    missing.pop_back();
    return "attributes " + join(missing, ", ") + ", and " + last + " are required";
}

std::string mismatch_elements(const Type& from, const Type& to) {
    const Type& wanted = to.element();
    if (from.is(Kind::tuple) && !to.is(Kind::map)) {
        for (size_t i = 0; i < from.elements().size(); ++i) {
            if (convertible(from.elements()[i], wanted)) continue;
            return "element " + std::to_string(i) + ": " + mismatch(from.elements()[i], wanted);
        }
    }
    if (from.is(Kind::object) && to.is(Kind::map)) {
        for (const auto& [name, type] : from.attributes()) {
            if (!convertible(type, wanted)) return "element " + quote(name) + ": " + mismatch(type, wanted);
        }
    }
    return other_shape(from, to);
}

std::string no_common_type(const Type& wanted) {
    return "all " + kind_name(wanted) + " elements must have the same type";
}

// Elements for a collection: each converted to the element type wanted and, where that leaves something open, all to
// the type that they agree on.
tl::expected<Type, std::string> to_elements(std::vector<Value>& elements, const Type& wanted) {
    auto convert_all = [&](const Type& type) -> tl::expected<void, std::string> {
        for (Value& element : elements) {
            auto converted = convert(element, type);
            if (!converted) return no(converted.error());
            element = std::move(*converted);
        }
        return {};
    };
    Type type = wanted.element();
    if (auto done = convert_all(type); !done) return no(done.error());
    if (!type.has_dynamic() || elements.empty()) return type;
    std::vector<Type> types;
    for (const Value& element : elements) types.push_back(element.type());
    auto common = unify(types);
    if (!common) return no(no_common_type(wanted));
    if (auto done = convert_all(*common); !done) return no(done.error());
    auto differs = [&](const Value& element) { return element.type() != elements.front().type(); };
    if (std::any_of(elements.begin(), elements.end(), differs)) return no(no_common_type(wanted));
    return elements.front().type();
}

Converted to_sequence_collection(const Value& value, const Type& wanted) {
    Value::Sequence elements = value.as_sequence();
    auto type = to_elements(elements, wanted);
    if (!type) return no(type.error());
    return wanted.is(Kind::list) ? Value::list(*type, std::move(elements)) : Value::set(*type, std::move(elements));
}

Converted to_map(const Value& value, const Type& wanted) {
    Value::Sequence elements;
    for (const auto& [key, item] : value.as_entries()) elements.push_back(item);
    auto type = to_elements(elements, wanted);
    if (!type) return no(type.error());
    Value::Entries out;
    auto element = elements.begin();
    for (const auto& [key, item] : value.as_entries()) out.emplace_hint(out.end(), key, std::move(*element++));
    return Value::map(*type, std::move(out));
}

Converted to_tuple(const Value& value, const Type& wanted) {
    if (value.size() != wanted.elements().size()) return no(mismatch(value.type(), wanted));
    Value::Sequence out;
    for (size_t i = 0; i < value.size(); ++i) {
        auto converted = convert(value.as_sequence()[i], wanted.elements()[i]);
        if (!converted) return converted;
        out.push_back(std::move(*converted));
    }
    return Value::tuple(std::move(out));
}

Converted to_object(const Value& value, const Type& wanted) {
    Value::Entries out;
    for (const auto& [name, type] : wanted.attributes()) {
        auto it = value.as_entries().find(name);
        if (it == value.as_entries().end()) return no("map has no element for required attribute " + quote(name));
        auto converted = convert(it->second, type);
        if (!converted) return converted;
        out.emplace_hint(out.end(), name, std::move(*converted));
    }
    return Value::object(std::move(out));
}

}  // namespace

std::optional<std::string> number_text(const Number& number) {
    if (number.magnitude_digits() > kMaxNumberDigits) return std::nullopt;
    return number.text();
}

bool convertible(const Type& from, const Type& to) {
    if (to.is(Kind::dynamic) || from.is(Kind::dynamic) || from == to) return true;
    if (to.is_primitive()) {
        return from.is_primitive() && (from.is(Kind::string) || to.is(Kind::string));
    }
    switch (to.kind()) {
        case Kind::list:
        case Kind::set:
            if (from.is(Kind::tuple)) {
                if (to.element().is(Kind::dynamic))
                    return from.elements().empty() || unify(from.elements()).has_value();
                return std::all_of(from.elements().begin(), from.elements().end(),
                                   [&](const Type& t) { return convertible(t, to.element()); });
            }
            return (from.is(Kind::list) || from.is(Kind::set)) && convertible(from.element(), to.element());
        case Kind::map:
            if (from.is(Kind::object)) {
                if (to.element().is(Kind::dynamic)) {
                    std::vector<Type> types;
                    for (const auto& [name, type] : from.attributes()) types.push_back(type);
                    return types.empty() || unify(types).has_value();
                }
                return std::all_of(from.attributes().begin(), from.attributes().end(),
                                   [&](const auto& a) { return convertible(a.second, to.element()); });
            }
            return from.is(Kind::map) && convertible(from.element(), to.element());
        case Kind::tuple:
            return from.is(Kind::tuple) && std::equal(from.elements().begin(), from.elements().end(),
                                                      to.elements().begin(), to.elements().end(), convertible);
        case Kind::object:
            if (from.is(Kind::map)) {
                return std::all_of(to.attributes().begin(), to.attributes().end(),
                                   [&](const auto& a) { return convertible(from.element(), a.second); });
            }
            return from.is(Kind::object) &&
                   std::all_of(to.attributes().begin(), to.attributes().end(), [&](const auto& a) {
                       auto it = from.attributes().find(a.first);
                       return it != from.attributes().end() && convertible(it->second, a.second);
                   });
        default: return false;
    }
}

std::string mismatch(const Type& from, const Type& to) {
    if (from.is(Kind::object) && to.is(Kind::object)) return mismatch_objects(from, to);
    if (to.is_collection()) {
        bool structural = from.is(Kind::tuple) || from.is(Kind::object);
        if (structural && to.element().is(Kind::dynamic) && from.is(Kind::tuple) != to.is(Kind::map)) {
            return no_common_type(to);
        }
        if (structural) return mismatch_elements(from, to);
        bool same_shape = from.is_collection() && from.is(Kind::map) == to.is(Kind::map);
        if (same_shape) {
            return "incorrect " + kind_name(to) + " element type: " + mismatch(from.element(), to.element());
        }
    }
    return other_shape(from, to);
}

Converted convert(const Value& value, const Type& wanted) {
    if (wanted.is(Kind::dynamic) || value.type() == wanted) return value;
    if (!convertible(value.type(), wanted)) return no(mismatch(value.type(), wanted));
    if (!value.is_known()) return Value::unknown(wanted);
    if (value.is_null()) return Value::null(wanted);
    switch (wanted.kind()) {
        case Kind::list:
        case Kind::set: return to_sequence_collection(value, wanted);
        case Kind::map: return to_map(value, wanted);
        case Kind::tuple: return to_tuple(value, wanted);
        case Kind::object: return to_object(value, wanted);
        default: return convert_primitive(value, wanted);
    }
}

namespace {

std::optional<Type> unify_tuples(const std::vector<Type>& types) {
    size_t size = types[0].elements().size();
    bool same_size =
        std::all_of(types.begin(), types.end(), [&](const Type& t) { return t.elements().size() == size; });
    if (same_size) {
        std::vector<Type> out;
        for (size_t i = 0; i < size; ++i) {
            std::vector<Type> column;
            for (const Type& t : types) column.push_back(t.elements()[i]);
            auto unified = unify(column);
            if (!unified) return std::nullopt;
            out.push_back(*unified);
        }
        return Type::tuple(std::move(out));
    }
    std::vector<Type> all;
    for (const Type& t : types) all.insert(all.end(), t.elements().begin(), t.elements().end());
    auto element = unify(all);
    return element ? std::optional(Type::list(*element)) : std::nullopt;
}

std::optional<Type> unify_objects(const std::vector<Type>& types) {
    auto same_names = [&](const Type& t) {
        return std::equal(t.attributes().begin(), t.attributes().end(), types[0].attributes().begin(),
                          types[0].attributes().end(), [](const auto& a, const auto& b) { return a.first == b.first; });
    };
    if (std::all_of(types.begin(), types.end(), same_names)) {
        Type::Attributes out;
        for (const auto& [name, type] : types[0].attributes()) {
            std::vector<Type> column;
            for (const Type& t : types) column.push_back(t.attributes().find(name)->second);
            auto unified = unify(column);
            if (!unified) return std::nullopt;
            out.emplace(name, *unified);
        }
        return Type::object(std::move(out));
    }
    std::vector<Type> all;
    for (const Type& t : types) {
        for (const auto& [name, type] : t.attributes()) all.push_back(type);
    }
    auto element = unify(all);
    return element ? std::optional(Type::map(*element)) : std::nullopt;
}

std::optional<Type> unify_collections(Kind kind, const std::vector<Type>& types) {
    std::vector<Type> elements;
    for (const Type& t : types) elements.push_back(t.element());
    auto element = unify(elements);
    if (!element) return std::nullopt;
    return kind == Kind::list ? Type::list(*element) : kind == Kind::set ? Type::set(*element) : Type::map(*element);
}

// Among what is known there is something unknown. It can still become anything, so that it keeps the type of texts
// (which it can always become) and of others that agree already, but settles nothing for collections.
std::optional<Type> unify_with_dynamic(const std::vector<Type>& known) {
    auto has = [&](Kind kind) {
        return std::any_of(known.begin(), known.end(), [&](const Type& t) { return t.is(kind); });
    };
    if (has(Kind::tuple) && has(Kind::object)) return std::nullopt;
    if (!std::all_of(known.begin(), known.end(), [](const Type& t) { return t.is_primitive(); }))
        return Type::dynamic();
    if (has(Kind::string)) return Type::string();
    return known.size() == 1 ? known.front() : Type::dynamic();
}

// Collections beside tuples or objects: these count as the collections that they would be on their own.
std::optional<Type> unify_with_structures(Kind collection, const std::vector<Type>& types) {
    std::vector<Type> elements;
    for (const Type& t : types) {
        if (t.is(collection)) {
            elements.push_back(t.element());
            continue;
        }
        std::vector<Type> parts;
        if (t.is(Kind::tuple)) parts = t.elements();
        if (t.is(Kind::object)) {
            for (const auto& [name, type] : t.attributes()) parts.push_back(type);
        }
        if (parts.empty()) continue;
        auto element = unify(parts);
        if (!element) return std::nullopt;
        elements.push_back(*element);
    }
    auto element = unify(elements);
    if (!element) return std::nullopt;
    return collection == Kind::list ? Type::list(*element) : Type::map(*element);
}

// The one of the types that takes all the others. A string takes most; a list goes before a set, which goes before a
// tuple.
std::optional<Type> widest(const std::vector<Type>& types) {
    for (Kind kind : {Kind::string, Kind::list, Kind::set, Kind::map, Kind::number, Kind::boolean}) {
        for (const Type& candidate : types) {
            if (!candidate.is(kind)) continue;
            auto fits = [&](const Type& t) { return convertible(t, candidate); };
            if (std::all_of(types.begin(), types.end(), fits)) return candidate;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Type> unify(const std::vector<Type>& types) {
    std::vector<Type> known;
    bool has_dynamic = false;
    for (const Type& t : types) {
        if (t.is(Kind::dynamic)) {
            has_dynamic = true;
        } else if (std::find(known.begin(), known.end(), t) == known.end()) {
            known.push_back(t);
        }
    }
    if (known.empty()) return Type::dynamic();
    if (has_dynamic) return unify_with_dynamic(known);
    if (known.size() == 1) return known[0];
    auto only = [&](Kind a, Kind b) {
        return std::all_of(known.begin(), known.end(), [&](const Type& t) { return t.is(a) || t.is(b); });
    };
    for (Kind kind : {Kind::list, Kind::set, Kind::map}) {
        if (only(kind, kind)) return unify_collections(kind, known);
    }
    if (only(Kind::tuple, Kind::tuple)) return unify_tuples(known);
    if (only(Kind::object, Kind::object)) return unify_objects(known);
    std::optional<Type> common;
    if (only(Kind::list, Kind::tuple)) common = unify_with_structures(Kind::list, known);
    if (only(Kind::map, Kind::object)) common = unify_with_structures(Kind::map, known);
    return common ? common : widest(known);
}

std::optional<bool> equal(const Value& a, const Value& b) {
    if (a.is_known() && b.is_known() && (a.is_null() || b.is_null())) return a.is_null() && b.is_null();
    if (!a.is_wholly_known() || !b.is_wholly_known()) return std::nullopt;
    return a.identical(b);
}

namespace {

tl::expected<Value, std::string> concrete(const Value& value, const Type& type) {
    auto converted = convert(value, type);
    if (!converted) return converted;
    if (!converted->is_known()) return no("value must be known");
    if (converted->is_null()) return no("null value is not allowed");
    return converted;
}

}  // namespace

tl::expected<int64_t, std::string> to_integer(const Value& value, int64_t low, int64_t high) {
    auto number = concrete(value, Type::number());
    if (!number) return no(number.error());
    auto whole = number->as_number().to_int64();
    if (whole && *whole >= low && *whole <= high) return *whole;
    return no("value must be a whole number, between " + std::to_string(low) + " and " + std::to_string(high));
}

tl::expected<uint64_t, std::string> to_unsigned(const Value& value, uint64_t high) {
    auto number = concrete(value, Type::number());
    if (!number) return no(number.error());
    auto whole = number->as_number().to_uint64();
    if (whole && *whole <= high) return *whole;
    return no("value must be a whole number, between 0 and " + std::to_string(high) + " inclusive");
}

tl::expected<std::string, std::string> to_text(const Value& value) {
    auto text = concrete(value, Type::string());
    if (!text) return no(text.error());
    return text->as_string();
}

tl::expected<bool, std::string> to_bool(const Value& value) {
    auto flag = concrete(value, Type::boolean());
    if (!flag) return no(flag.error());
    return flag->as_bool();
}

tl::expected<double, std::string> to_float(const Value& value) {
    auto number = concrete(value, Type::number());
    if (!number) return no(number.error());
    return number->as_number().to_double();
}

}  // namespace drover::hcl
