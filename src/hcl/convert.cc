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
    if (!unsuitable.empty()) return unsuitable;
    if (missing.size() == 1) return "attribute " + missing[0] + " is required";
    if (missing.size() == 2) return "attributes " + missing[0] + " and " + missing[1] + " are required";
    if (missing.empty()) return name_for_constraint(to) + " required, but have " + from.friendly_name();
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
    return name_for_constraint(to) + " required, but have " + from.friendly_name();
}

// The element type that a collection built from these elements gets.
std::optional<Type> element_type(const Type& wanted, const std::vector<Type>& elements) {
    if (!wanted.has_dynamic()) return wanted;
    return elements.empty() ? Type::dynamic() : unify(elements);
}

std::vector<Type> types_of(const Value::Sequence& elements) {
    std::vector<Type> types;
    for (const Value& element : elements) types.push_back(element.type());
    return types;
}

std::string no_common_type(const Type& wanted) {
    std::string kind = wanted.is(Kind::list) ? "list" : wanted.is(Kind::set) ? "set" : "map";
    return "all " + kind + " elements must have the same type";
}

Converted to_sequence_collection(const Value& value, const Type& wanted) {
    auto element = element_type(wanted.element(), types_of(value.as_sequence()));
    if (!element) return no(no_common_type(wanted));
    Value::Sequence out;
    out.reserve(value.size());
    for (const Value& item : value.as_sequence()) {
        auto converted = convert(item, *element);
        if (!converted) return converted;
        out.push_back(std::move(*converted));
    }
    return wanted.is(Kind::list) ? Value::list(*element, std::move(out)) : Value::set(*element, std::move(out));
}

Converted to_map(const Value& value, const Type& wanted) {
    std::vector<Type> types;
    for (const auto& [key, item] : value.as_entries()) types.push_back(item.type());
    auto element = element_type(wanted.element(), types);
    if (!element) return no(no_common_type(wanted));
    Value::Entries out;
    for (const auto& [key, item] : value.as_entries()) {
        auto converted = convert(item, *element);
        if (!converted) return converted;
        out.emplace_hint(out.end(), key, std::move(*converted));
    }
    return Value::map(*element, std::move(out));
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
        if (it == value.as_entries().end()) return no("attribute " + quote(name) + " is required");
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
            if (from.is(Kind::tuple)) {
                return std::equal(from.elements().begin(), from.elements().end(), to.elements().begin(),
                                  to.elements().end(), convertible);
            }
            return from.is(Kind::list) && std::all_of(to.elements().begin(), to.elements().end(),
                                                      [&](const Type& t) { return convertible(from.element(), t); });
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
            std::string kind = from.is(Kind::list) ? "list" : from.is(Kind::set) ? "set" : "map";
            return "incorrect " + kind + " element type: " + mismatch(from.element(), to.element());
        }
    }
    return name_for_constraint(to) + " required, but have " + from.friendly_name();
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

}  // namespace

std::optional<Type> unify(const std::vector<Type>& types) {
    std::vector<Type> distinct;
    for (const Type& t : types) {
        if (t.is(Kind::dynamic)) continue;
        if (std::find(distinct.begin(), distinct.end(), t) == distinct.end()) distinct.push_back(t);
    }
    if (distinct.empty()) return Type::dynamic();
    if (distinct.size() == 1) return distinct[0];
    auto all = [&](auto predicate) { return std::all_of(distinct.begin(), distinct.end(), predicate); };
    for (Kind kind : {Kind::list, Kind::set, Kind::map}) {
        if (all([&](const Type& t) { return t.is(kind); })) return unify_collections(kind, distinct);
    }
    if (all([](const Type& t) { return t.is(Kind::tuple); })) return unify_tuples(distinct);
    if (all([](const Type& t) { return t.is(Kind::object); })) return unify_objects(distinct);
    // Otherwise one of them has to take all the others; a string takes most.
    auto text = std::find_if(distinct.begin(), distinct.end(), [](const Type& t) { return t.is(Kind::string); });
    if (text != distinct.end()) std::iter_swap(distinct.begin(), text);
    for (const Type& candidate : distinct) {
        if (all([&](const Type& t) { return convertible(t, candidate); })) return candidate;
    }
    return std::nullopt;
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
