#pragma once
// Type tables: what the codecs know of a type. A struct is described once (codec/describe.h); JSON, MessagePack, diff,
// conversion and redaction are ordinary functions over the rows. Tables are built on first use and immutable
// afterwards; any thread may read them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"

namespace drover::codec {

enum class Kind : uint8_t {
    boolean,
    integer,   // signed, of TypeInfo::size bytes
    natural,   // unsigned, of TypeInfo::size bytes
    floating,  // double
    text,
    bytes,
    duration,
    time,
    any,
    list,
    map,      // keys are strings
    pointer,  // Opt, Box or Shared
    structure,
};

// How a member is written in a job specification.
enum class HclForm : uint8_t { attribute, block, label };

struct TypeInfo;
using TypeRef = const TypeInfo& (*)();  // a function, so that types may contain themselves

struct FieldInfo {
    std::string_view name;  // the member's name: the key of the wire
    size_t offset = 0;
    TypeRef type = nullptr;
    std::string_view json;     // the key in JSON
    std::string_view go_type;  // how messages name the type of this member; empty: as go_name does
    std::string_view hcl;      // the name in a job specification; empty: none
    HclForm hcl_form = HclForm::attribute;
    bool omit_json = false;      // left out of JSON when empty
    bool omit_wire = false;      // left out of MessagePack when empty
    bool hide_json = false;      // never in JSON
    bool hide_wire = false;      // never in MessagePack
    bool is_secret = false;      // never in logs
    bool text_duration = false;  // a duration that JSON shows as "30m0s" and also reads so
    // Of a text that is one of these, and its place among them in MessagePack.
    std::span<const std::string_view> wire_numbers;

    FieldInfo&& json_name(std::string_view n) && { return json = n, std::move(*this); }
    FieldInfo&& hcl_attribute(std::string_view n) && { return hcl = n, std::move(*this); }
    FieldInfo&& hcl_block(std::string_view n) && { return hcl = n, hcl_form = HclForm::block, std::move(*this); }
    FieldInfo&& hcl_label(std::string_view n) && { return hcl = n, hcl_form = HclForm::label, std::move(*this); }
    FieldInfo&& named_in_go(std::string_view n) && { return go_type = n, std::move(*this); }
    FieldInfo&& omit_empty() && { return omit_json = true, std::move(*this); }
    FieldInfo&& omit_empty_on_wire() && { return omit_wire = true, std::move(*this); }
    FieldInfo&& wire_only() && { return hide_json = true, std::move(*this); }
    FieldInfo&& json_only() && { return hide_wire = true, std::move(*this); }
    FieldInfo&& secret() && { return is_secret = true, std::move(*this); }
    FieldInfo&& numbered_on_wire(std::span<const std::string_view> names) && {
        return wire_numbers = names, std::move(*this);
    }
    FieldInfo&& duration_as_text() && { return text_duration = true, std::move(*this); }
};

struct TypeInfo {
    Kind kind = Kind::structure;
    uint8_t size = 0;                      // of numbers, in bytes
    std::string_view name;                 // of a struct
    std::string_view package = "structs";  // whose Go messages name it
    std::vector<FieldInfo> fields;
    std::vector<std::pair<std::string, uint32_t>> by_json_name;  // lower case, sorted
    std::vector<std::pair<std::string_view, uint32_t>> by_name;  // sorted
    bool omit_zero = false;  // a struct that leaves out every zero member, in JSON and on the wire
    TypeRef element = nullptr;

    // Lists, maps, pointers; null for other kinds.
    size_t (*count)(const void*) = nullptr;
    bool (*is_null)(const void*) = nullptr;
    void (*make_empty)(void*) = nullptr;               // not null, without elements
    void* (*append)(void*) = nullptr;                  // list: a new last element
    const void* (*at)(const void*, size_t) = nullptr;  // list
    void (*each)(const void*, void* context, void (*visit)(void*, const std::string& key, const void* value)) = nullptr;
    void* (*insert)(void*, std::string key) = nullptr;             // map: the value of key, made if it is not there
    const void* (*find)(const void*, std::string_view) = nullptr;  // map: or null
    const void* (*pointee)(const void*) = nullptr;                 // pointer: or null
    void* (*emplace)(void*) = nullptr;                             // pointer: a new, empty pointee
    void (*reset)(void*) = nullptr;                                // any kind: back to its default
};

// The field of that wire name, or null.
const FieldInfo* find_field(const TypeInfo& type, std::string_view name);
// The field of that JSON key, exactly or else without regard to case, or null.
const FieldInfo* find_json_field(const TypeInfo& type, std::string_view key);

// Go's spelling of a type in error messages: "int", "[]string", "map[string]*structs.TaskState".
std::string go_name(const TypeInfo& type);

// Whether a value is what its type's default is (an empty list or map counts, whether null or not).
bool is_zero(const TypeInfo& type, const void* value);

// Whether a value is exactly as its type begins: zero, and its lists and maps are null.
bool is_default(const TypeInfo& type, const void* value);

// Whether two values of a type are equal. Null and empty lists and maps differ.
bool equal(const TypeInfo& type, const void* a, const void* b);

inline const void* member(const FieldInfo& field, const void* object) {
    return static_cast<const char*>(object) + field.offset;
}
inline void* member(const FieldInfo& field, void* object) { return static_cast<char*>(object) + field.offset; }

int64_t load_integer(const TypeInfo& type, const void* value);
uint64_t load_natural(const TypeInfo& type, const void* value);
bool store_integer(const TypeInfo& type, void* value, int64_t number);   // false: does not fit
bool store_natural(const TypeInfo& type, void* value, uint64_t number);  // false: does not fit

namespace detail {

template <class T>
struct Maker;

template <class T>
void reset_value(void* p) {
    *static_cast<T*>(p) = T{};
}

template <class T>
const TypeInfo& scalar(Kind kind, uint8_t size) {
    static const TypeInfo info = [&] {
        TypeInfo t;
        t.kind = kind, t.size = size, t.reset = reset_value<T>;
        return t;
    }();
    return info;
}

}  // namespace detail

// The table of T: built in for scalars and containers, else what DESCRIBE made.
template <class T>
const TypeInfo& type_of() {
    if constexpr (requires { detail::Maker<T>::make(); }) {
        static const TypeInfo info = detail::Maker<T>::make();
        return info;
    } else if constexpr (std::is_same_v<T, bool>) {
        return detail::scalar<T>(Kind::boolean, 1);
    } else if constexpr (std::is_integral_v<T>) {
        return detail::scalar<T>(std::is_signed_v<T> ? Kind::integer : Kind::natural, sizeof(T));
    } else if constexpr (std::is_same_v<T, double>) {
        return detail::scalar<T>(Kind::floating, 8);
    } else if constexpr (std::is_same_v<T, std::string>) {
        return detail::scalar<T>(Kind::text, 0);
    } else if constexpr (std::is_same_v<T, Bytes>) {
        return detail::scalar<T>(Kind::bytes, 0);
    } else if constexpr (std::is_same_v<T, Duration>) {
        return detail::scalar<T>(Kind::duration, 8);
    } else if constexpr (std::is_same_v<T, Time>) {
        return detail::scalar<T>(Kind::time, 8);
    } else if constexpr (std::is_same_v<T, Any>) {
        return detail::scalar<T>(Kind::any, 0);
    } else {
        return describe(static_cast<const T*>(nullptr));
    }
}

namespace detail {

template <class T>
struct Maker<List<T>> {
    static TypeInfo make() {
        TypeInfo t;
        t.kind = Kind::list;
        t.element = type_of<T>;
        t.count = [](const void* p) { return static_cast<const List<T>*>(p)->size(); };
        t.is_null = [](const void* p) { return static_cast<const List<T>*>(p)->is_null(); };
        t.make_empty = [](void* p) { static_cast<List<T>*>(p)->clear(), static_cast<List<T>*>(p)->made = true; };
        t.append = [](void* p) -> void* { return &static_cast<List<T>*>(p)->emplace_back(); };
        t.at = [](const void* p, size_t i) -> const void* { return &(*static_cast<const List<T>*>(p))[i]; };
        t.reset = reset_value<List<T>>;
        return t;
    }
};

template <class T>
struct Maker<Map<T>> {
    static TypeInfo make() {
        TypeInfo t;
        t.kind = Kind::map;
        t.element = type_of<T>;
        t.count = [](const void* p) { return static_cast<const Map<T>*>(p)->size(); };
        t.is_null = [](const void* p) { return static_cast<const Map<T>*>(p)->is_null(); };
        t.make_empty = [](void* p) { static_cast<Map<T>*>(p)->clear(), static_cast<Map<T>*>(p)->made = true; };
        t.each = [](const void* p, void* context, void (*visit)(void*, const std::string&, const void*)) {
            for (const auto& [key, value] : *static_cast<const Map<T>*>(p)) visit(context, key, &value);
        };
        t.insert = [](void* p, std::string key) -> void* { return &(*static_cast<Map<T>*>(p))[std::move(key)]; };
        t.find = [](const void* p, std::string_view key) -> const void* {
            return static_cast<const Map<T>*>(p)->get(key);
        };
        t.reset = reset_value<Map<T>>;
        return t;
    }
};

template <class P, class T>
TypeInfo make_pointer() {
    TypeInfo t;
    t.kind = Kind::pointer;
    t.element = type_of<T>;
    t.is_null = [](const void* p) { return !*static_cast<const P*>(p); };
    t.pointee = [](const void* p) -> const void* {
        const P& pointer = *static_cast<const P*>(p);
        return pointer ? &*pointer : nullptr;
    };
    t.emplace = [](void* p) -> void* {
        if constexpr (std::is_same_v<P, Shared<T>>) {
            auto made = std::make_shared<T>();
            *static_cast<P*>(p) = made;
            return made.get();
        } else {
            P& pointer = *static_cast<P*>(p);
            pointer = T{};
            return &*pointer;
        }
    };
    t.reset = [](void* p) { static_cast<P*>(p)->reset(); };
    return t;
}

template <class T>
struct Maker<Opt<T>> {
    static TypeInfo make() { return make_pointer<Opt<T>, T>(); }
};
template <class T>
struct Maker<Box<T>> {
    static TypeInfo make() { return make_pointer<Box<T>, T>(); }
};
template <class T>
struct Maker<Shared<T>> {
    static TypeInfo make() { return make_pointer<Shared<T>, T>(); }
};

}  // namespace detail
}  // namespace drover::codec

// Announces, in a header, that a type is described (DESCRIBE in codec/describe.h stands in its source).
#define DECLARE_TYPE(Type) const ::drover::codec::TypeInfo& describe(const Type*)
