#include "codec/type.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/assert.h"
#include "base/strings.h"
#include "codec/describe.h"

namespace drover::codec {
namespace {

template <class T>
T load(const void* p) {
    T value;
    std::memcpy(&value, p, sizeof value);
    return value;
}

template <class T, class N>
bool store(void* p, N number) {
    if (number > static_cast<N>(std::numeric_limits<T>::max())) return false;
    if constexpr (std::is_signed_v<N>) {
        if (number < static_cast<N>(std::numeric_limits<T>::min())) return false;
    }
    const T value = static_cast<T>(number);
    std::memcpy(p, &value, sizeof value);
    return true;
}

bool equal_lists(const TypeInfo& type, const void* a, const void* b) {
    const size_t n = type.count(a);
    if (n != type.count(b) || type.is_null(a) != type.is_null(b)) return false;
    for (size_t i = 0; i < n; ++i) {
        if (!equal(type.element(), type.at(a, i), type.at(b, i))) return false;
    }
    return true;
}

bool equal_maps(const TypeInfo& type, const void* a, const void* b) {
    if (type.count(a) != type.count(b) || type.is_null(a) != type.is_null(b)) return false;
    struct Context {
        const TypeInfo& type;
        const void* other;
        bool same = true;
    } context{type, b};
    type.each(a, &context, [](void* c, const std::string& key, const void* value) {
        auto& ctx = *static_cast<Context*>(c);
        if (!ctx.same) return;
        const void* other = ctx.type.find(ctx.other, key);
        ctx.same = other && equal(ctx.type.element(), value, other);
    });
    return context.same;
}

}  // namespace

int64_t load_integer(const TypeInfo& type, const void* p) {
    switch (type.size) {
        case 1: return load<int8_t>(p);
        case 2: return load<int16_t>(p);
        case 4: return load<int32_t>(p);
        default: return load<int64_t>(p);
    }
}

uint64_t load_natural(const TypeInfo& type, const void* p) {
    switch (type.size) {
        case 1: return load<uint8_t>(p);
        case 2: return load<uint16_t>(p);
        case 4: return load<uint32_t>(p);
        default: return load<uint64_t>(p);
    }
}

bool store_integer(const TypeInfo& type, void* p, int64_t n) {
    switch (type.size) {
        case 1: return store<int8_t>(p, n);
        case 2: return store<int16_t>(p, n);
        case 4: return store<int32_t>(p, n);
        default: return store<int64_t>(p, n);
    }
}

bool store_natural(const TypeInfo& type, void* p, uint64_t n) {
    switch (type.size) {
        case 1: return store<uint8_t>(p, n);
        case 2: return store<uint16_t>(p, n);
        case 4: return store<uint32_t>(p, n);
        default: return store<uint64_t>(p, n);
    }
}

const FieldInfo* find_field(const TypeInfo& type, std::string_view name) {
    auto it = std::lower_bound(type.by_name.begin(), type.by_name.end(), name,
                               [](const auto& entry, std::string_view n) { return entry.first < n; });
    return it != type.by_name.end() && it->first == name ? &type.fields[it->second] : nullptr;
}

const FieldInfo* find_json_field(const TypeInfo& type, std::string_view key) {
    const std::string lower = to_lower(key);
    auto it = std::lower_bound(type.by_json_name.begin(), type.by_json_name.end(), lower,
                               [](const auto& entry, const std::string& n) { return entry.first < n; });
    const FieldInfo* folded = nullptr;
    for (; it != type.by_json_name.end() && it->first == lower; ++it) {
        const FieldInfo& field = type.fields[it->second];
        if (field.json == key) return &field;
        if (!folded) folded = &field;
    }
    return folded;
}

namespace {

// Go's lists and maps of structs hold pointers.
std::string element_name(const TypeInfo& type) {
    const TypeInfo& element = type.element();
    return (element.kind == Kind::structure ? "*" : "") + go_name(element);
}

}  // namespace

std::string go_name(const TypeInfo& type) {
    switch (type.kind) {
        case Kind::boolean: return "bool";
        case Kind::integer: return type.size == 8 ? "int" : "int" + std::to_string(type.size * 8);
        case Kind::natural: return "uint" + std::to_string(type.size * 8);
        case Kind::floating: return "float64";
        case Kind::text: return "string";
        case Kind::bytes: return "[]uint8";
        case Kind::duration: return "time.Duration";
        case Kind::time: return "time.Time";
        case Kind::any: return "interface {}";
        case Kind::list: return "[]" + element_name(type);
        case Kind::map: return "map[string]" + element_name(type);
        case Kind::pointer: return "*" + go_name(type.element());
        case Kind::structure: return std::string(type.package) + "." + std::string(type.name);
    }
    return "";
}

bool is_default(const TypeInfo& type, const void* p) {
    switch (type.kind) {
        case Kind::bytes: return static_cast<const Bytes*>(p)->is_null();
        case Kind::list:
        case Kind::map: return type.is_null(p);
        case Kind::structure:
            return std::all_of(type.fields.begin(), type.fields.end(),
                               [&](const FieldInfo& f) { return is_default(f.type(), member(f, p)); });
        default: return is_zero(type, p);
    }
}

bool is_zero(const TypeInfo& type, const void* p) {
    switch (type.kind) {
        case Kind::boolean: return !load<bool>(p);
        case Kind::integer: return load_integer(type, p) == 0;
        case Kind::natural: return load_natural(type, p) == 0;
        case Kind::floating: return load<double>(p) == 0;
        case Kind::text: return static_cast<const std::string*>(p)->empty();
        case Kind::bytes: return static_cast<const Bytes*>(p)->empty();
        case Kind::duration: return static_cast<const Duration*>(p)->ns == 0;
        case Kind::time: return static_cast<const Time*>(p)->is_zero();
        case Kind::any: return static_cast<const Any*>(p)->is_null();
        case Kind::list:
        case Kind::map: return type.count(p) == 0;
        case Kind::pointer: return type.is_null(p);
        case Kind::structure:
            return std::all_of(type.fields.begin(), type.fields.end(),
                               [&](const FieldInfo& f) { return is_zero(f.type(), member(f, p)); });
    }
    return false;
}

bool equal(const TypeInfo& type, const void* a, const void* b) {
    switch (type.kind) {
        case Kind::boolean: return load<bool>(a) == load<bool>(b);
        case Kind::integer: return load_integer(type, a) == load_integer(type, b);
        case Kind::natural: return load_natural(type, a) == load_natural(type, b);
        case Kind::floating: return load<double>(a) == load<double>(b);
        case Kind::text: return *static_cast<const std::string*>(a) == *static_cast<const std::string*>(b);
        case Kind::bytes: {
            const auto &x = *static_cast<const Bytes*>(a), &y = *static_cast<const Bytes*>(b);
            return x.is_null() == y.is_null() &&
                   static_cast<const std::string&>(x) == static_cast<const std::string&>(y);
        }
        case Kind::duration: return *static_cast<const Duration*>(a) == *static_cast<const Duration*>(b);
        case Kind::time: return *static_cast<const Time*>(a) == *static_cast<const Time*>(b);
        case Kind::any: return *static_cast<const Any*>(a) == *static_cast<const Any*>(b);
        case Kind::list: return equal_lists(type, a, b);
        case Kind::map: return equal_maps(type, a, b);
        case Kind::pointer: {
            const void *x = type.pointee(a), *y = type.pointee(b);
            if (x == y) return true;
            return x && y && equal(type.element(), x, y);
        }
        case Kind::structure:
            return std::all_of(type.fields.begin(), type.fields.end(),
                               [&](const FieldInfo& f) { return equal(f.type(), member(f, a), member(f, b)); });
    }
    return false;
}

std::vector<FieldInfo> shifted(const TypeInfo& base, size_t offset) {
    std::vector<FieldInfo> rows = base.fields;
    for (FieldInfo& row : rows) row.offset += offset;
    return rows;
}

TypeInfo make_struct(std::string_view package, std::string_view name, std::initializer_list<Rows> rows,
                     void (*reset)(void*)) {
    TypeInfo type;
    type.kind = Kind::structure;
    type.package = package;
    type.name = name;
    type.reset = reset;
    for (const Rows& r : rows) {
        for (const FieldInfo& row : r.rows) {
            // A member of the struct itself hides one of that name in a base that is embedded after it, as in Go.
            const bool hidden = std::any_of(type.fields.begin(), type.fields.end(),
                                            [&](const FieldInfo& known) { return known.name == row.name; });
            if (!hidden) type.fields.push_back(row);
        }
    }
    for (uint32_t i = 0; i < type.fields.size(); ++i) {
        type.by_name.emplace_back(type.fields[i].name, i);
        if (!type.fields[i].hide_json) type.by_json_name.emplace_back(to_lower(type.fields[i].json), i);
    }
    std::sort(type.by_name.begin(), type.by_name.end());
    std::sort(type.by_json_name.begin(), type.by_json_name.end());
    return type;
}

}  // namespace drover::codec
