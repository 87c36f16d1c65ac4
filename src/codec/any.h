#pragma once
// A value whose shape only the data knows: what Go calls interface{}. Driver configuration, scaling policies, the
// payload of events. Integers and floats stay apart, because the API writes 1 and 1.0 differently.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/containers.h"

namespace drover::codec {

struct Any;
using AnyList = std::vector<Any>;
using AnyMap = std::map<std::string, Any, std::less<>>;

struct Any {
    std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Bytes, AnyList, AnyMap> value;

    Any() = default;
    Any(std::nullptr_t) {}
    Any(bool v) : value(v) {}
    Any(int v) : value(int64_t{v}) {}
    Any(int64_t v) : value(v) {}
    Any(uint64_t v) : value(v) {}
    Any(double v) : value(v) {}
    Any(const char* v) : value(std::string(v)) {}
    Any(std::string_view v) : value(std::string(v)) {}
    Any(std::string v) : value(std::move(v)) {}
    Any(Bytes v) : value(std::move(v)) {}
    Any(AnyList v) : value(std::move(v)) {}
    Any(AnyMap v) : value(std::move(v)) {}

    bool is_null() const { return std::holds_alternative<std::monostate>(value); }
    // The content if it is of that kind, else null.
    template <class T>
    const T* as() const {
        return std::get_if<T>(&value);
    }
    template <class T>
    T* as() {
        return std::get_if<T>(&value);
    }
    // The member of a map, or null if this is no map or has no such key.
    const Any* member(std::string_view key) const;

    bool operator==(const Any&) const = default;
};

// A map that may be null, as Go's map[string]any: the type of Task.Config.
using AnyObject = Map<Any>;

}  // namespace drover::codec
