#include "agent/config_reader.h"

#include "base/strings.h"
#include "codec/json.h"

namespace drover::agent {
namespace {

using codec::Any;
using codec::AnyList;
using codec::AnyMap;
using codec::FieldInfo;
using codec::HclForm;
using codec::Kind;
using codec::TypeInfo;

tl::unexpected<Error> wrong(const std::string& path, std::string_view what) {
    return fail(Error::bad_request("invalid value for " + quote(path) + ": " + std::string(what)));
}

const FieldInfo* field_named(const TypeInfo& type, std::string_view name) {
    for (const FieldInfo& f : type.fields) {
        if (f.hcl_form != HclForm::label && f.hcl == name) return &f;
    }
    return nullptr;
}

const FieldInfo* label_of(const TypeInfo& type) {
    for (const FieldInfo& f : type.fields) {
        if (f.hcl_form == HclForm::label) return &f;
    }
    return nullptr;
}

// The objects that were written under one name, in order.
Result<std::vector<const AnyMap*>> objects(const Any& value, const std::string& path) {
    std::vector<const AnyMap*> all;
    if (const auto* map = value.as<AnyMap>()) all.push_back(map);
    if (const auto* list = value.as<AnyList>()) {
        for (const Any& element : *list) {
            if (!element.as<AnyMap>()) return wrong(path, "expected a block");
            all.push_back(element.as<AnyMap>());
        }
    }
    if (all.empty() && !(value.as<AnyList>())) return wrong(path, "expected a block");
    return all;
}

std::string scalar_text(const Any& value) {
    if (const auto* s = value.as<std::string>()) return *s;
    if (const auto* d = value.as<double>()) return format_float(*d);
    return codec::to_json(value);
}

bool is_scalar(const Any& value) { return !value.as<AnyMap>() && !value.as<AnyList>() && !value.is_null(); }

Result<> read_scalar(const Any& value, const TypeInfo& type, void* target, const std::string& path) {
    if (!is_scalar(value)) return wrong(path, "expected a single value");
    const std::string text = scalar_text(value);
    switch (type.kind) {
        case Kind::text: return *static_cast<std::string*>(target) = text, Result<>{};
        case Kind::boolean: {
            auto b = parse_bool(text);
            if (!b) return wrong(path, "expected true or false");
            return *static_cast<bool*>(target) = *b, Result<>{};
        }
        case Kind::integer: {
            auto n = parse_int(text);
            if (!n || !codec::store_integer(type, target, *n)) return wrong(path, "expected a whole number");
            return {};
        }
        case Kind::floating: {
            auto f = parse_float(text);
            if (!f) return wrong(path, "expected a number");
            return *static_cast<double*>(target) = *f, Result<>{};
        }
        case Kind::duration: {
            auto d = parse_duration(text);
            if (!d) return wrong(path, d.error().message);
            return *static_cast<Duration*>(target) = *d, Result<>{};
        }
        default: return wrong(path, "cannot be set in a file");
    }
}

Result<> read_value(const Any& value, const TypeInfo& type, void* target, const std::string& path);

Result<> read_map(const Any& value, const TypeInfo& type, void* target, const std::string& path) {
    auto maps = objects(value, path);
    if (!maps) return fail(maps.error());
    if (type.is_null(target)) type.make_empty(target);
    for (const AnyMap* map : *maps) {
        for (const auto& [key, element] : *map) {
            auto done = read_value(element, type.element(), type.insert(target, key), path + "." + key);
            if (!done) return done;
        }
    }
    return {};
}

// `plugin "raw_exec" {}`: one element for each label; the same label again goes on where it left off.
Result<> read_labelled(const Any& value, const TypeInfo& list, void* target, const FieldInfo& label,
                       const std::string& path) {
    auto outer = objects(value, path);
    if (!outer) return fail(outer.error());
    const TypeInfo& type = list.element();
    for (const AnyMap* names : *outer) {
        for (const auto& [name, body] : *names) {
            const std::string place = path + " " + quote(name);
            auto inner = objects(body, place);
            if (!inner) return fail(inner.error());
            void* element = nullptr;
            for (size_t i = 0, n = list.count(target); i < n && !element; ++i) {
                void* candidate = const_cast<void*>(list.at(target, i));
                if (*static_cast<const std::string*>(codec::member(label, candidate)) == name) element = candidate;
            }
            if (!element) element = list.append(target);
            *static_cast<std::string*>(codec::member(label, element)) = name;
            for (const AnyMap* tree : *inner) {
                if (auto done = read_tree(*tree, type, element, place); !done) return done;
            }
        }
    }
    return {};
}

Result<> read_list(const Any& value, const TypeInfo& type, void* target, const std::string& path) {
    const TypeInfo& element = type.element();
    if (element.kind == Kind::structure) {
        if (const FieldInfo* label = label_of(element)) return read_labelled(value, type, target, *label, path);
        auto maps = objects(value, path);
        if (!maps) return fail(maps.error());
        for (const AnyMap* map : *maps) {
            if (auto done = read_tree(*map, element, type.append(target), path); !done) return done;
        }
        return {};
    }
    const auto* values = value.as<AnyList>();
    if (!values) return wrong(path, "expected a list");
    for (const Any& one : *values) {
        if (auto done = read_value(one, element, type.append(target), path); !done) return done;
    }
    return {};
}

Result<> read_value(const Any& value, const TypeInfo& type, void* target, const std::string& path) {
    switch (type.kind) {
        case Kind::pointer: {
            // What an earlier file said stays: only a null pointer gets a new pointee.
            const void* present = type.pointee(target);
            return read_value(value, type.element(), present ? const_cast<void*>(present) : type.emplace(target), path);
        }
        case Kind::structure: {
            auto maps = objects(value, path);
            if (!maps) return fail(maps.error());
            for (const AnyMap* map : *maps) {
                if (auto done = read_tree(*map, type, target, path); !done) return done;
            }
            return {};
        }
        case Kind::map: return read_map(value, type, target, path);
        case Kind::list: return read_list(value, type, target, path);
        case Kind::any: return *static_cast<Any*>(target) = value, Result<>{};
        default: return read_scalar(value, type, target, path);
    }
}

}  // namespace

Result<> read_tree(const AnyMap& tree, const TypeInfo& type, void* target, const std::string& path) {
    for (const auto& [key, value] : tree) {
        const std::string place = path.empty() ? key : path + "." + key;
        const FieldInfo* field = field_named(type, key);
        if (!field) return fail(Error::bad_request("unexpected keys: " + quote(place)));
        if (auto done = read_value(value, field->type(), codec::member(*field, target), place); !done) return done;
    }
    return {};
}

}  // namespace drover::agent
