#pragma once
// HCL's types and values. Both are small immutable handles that share their contents; any thread may read them. A value
// is known, null of some type, or unknown: unknown is what faulty expressions give, so that one fault is reported once.
// Strings are in Unicode normal form C. Values remember how deep and how heavy they are, so that evaluation can refuse
// what would not fit.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hcl/number.h"

namespace drover::hcl {

class Type {
public:
    enum class Kind : uint8_t { dynamic, boolean, number, string, list, set, map, tuple, object };
    using Attributes = std::map<std::string, Type, std::less<>>;

    Type() = default;  // dynamic: not known, or any
    static Type dynamic() { return Type(); }
    static Type boolean() { return Type(Kind::boolean); }
    static Type number() { return Type(Kind::number); }
    static Type string() { return Type(Kind::string); }
    static Type list(Type element);
    static Type set(Type element);
    static Type map(Type element);
    static Type tuple(std::vector<Type> elements);
    static Type object(Attributes attributes);

    Kind kind() const { return kind_; }
    bool is(Kind kind) const { return kind_ == kind; }
    bool is_primitive() const { return kind_ == Kind::boolean || kind_ == Kind::number || kind_ == Kind::string; }
    bool is_collection() const { return kind_ == Kind::list || kind_ == Kind::set || kind_ == Kind::map; }
    bool is_sequence() const { return kind_ == Kind::list || kind_ == Kind::set || kind_ == Kind::tuple; }
    bool is_keyed() const { return kind_ == Kind::map || kind_ == Kind::object; }

    const Type& element() const;                // of list, set, map
    const std::vector<Type>& elements() const;  // of tuple
    const Attributes& attributes() const;       // of object
    bool has_dynamic() const;                   // dynamic, or something of it inside

    // "number", "list of string", "object".
    std::string friendly_name() const;

    bool operator==(const Type& other) const;

private:
    struct Parts;
    explicit Type(Kind kind) : kind_(kind) {}
    Type(Kind kind, std::shared_ptr<const Parts> parts) : kind_(kind), parts_(std::move(parts)) {}

    Kind kind_ = Kind::dynamic;
    std::shared_ptr<const Parts> parts_;
};

class Value {
public:
    using Sequence = std::vector<Value>;
    using Entries = std::map<std::string, Value, std::less<>>;

    Value() = default;  // null of no type
    static Value null(Type type = Type::dynamic());
    static Value unknown(Type type = Type::dynamic());
    static Value boolean(bool value);
    static Value number(Number value);
    static Value number(int64_t value) { return number(Number(value)); }
    static Value string(std::string_view text);  // normalised
    static Value list(Type element, Sequence elements);
    static Value set(Type element, Sequence elements);  // in any order, with repetitions
    static Value map(Type element, Entries entries);
    static Value tuple(Sequence elements);
    static Value object(Entries attributes);

    const Type& type() const;
    bool is_null() const;
    bool is_known() const;         // null is known
    bool is_wholly_known() const;  // nothing unknown inside
    bool is(Type::Kind kind) const { return type().is(kind); }

    // Only for known, non-null values of the type asked for.
    bool as_bool() const;
    const Number& as_number() const;
    const std::string& as_string() const;
    const Sequence& as_sequence() const;  // list, set (in order), tuple
    const Entries& as_entries() const;    // map, object

    // Elements of sequences and entries; 0 for anything else.
    size_t size() const;
    uint32_t depth() const;       // 1 for what has no elements
    uint64_t weight() const;      // roughly the bytes that it would take if nothing were shared
    uint64_t own_weight() const;  // the same without its elements

    // Same type and same content; unknown equals unknown.
    bool identical(const Value& other) const;

private:
    struct Node;
    explicit Value(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
    static std::shared_ptr<Node> make(Type type);
    static Value of_sequence(Type type, Sequence elements);
    static Value of_entries(Type type, Entries entries);
    std::shared_ptr<const Node> node_;  // none: null of no type
};

// The order of set elements: numbers and strings ascending, false before true, the rest by a canonical text; null last.
bool set_less(const Value& a, const Value& b);

}  // namespace drover::hcl
