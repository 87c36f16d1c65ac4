#include "hcl/value.h"

#include <algorithm>
#include <variant>

#include "base/assert.h"
#include "base/strings.h"
#include "hcl/unicode.h"

namespace drover::hcl {

struct Type::Parts {
    std::vector<Type> elements;
    Attributes attributes;
    bool has_dynamic = false;
};

Type Type::list(Type element) {
    return Type(Kind::list, std::make_shared<Parts>(Parts{{element}, {}, element.has_dynamic()}));
}
Type Type::set(Type element) {
    return Type(Kind::set, std::make_shared<Parts>(Parts{{element}, {}, element.has_dynamic()}));
}
Type Type::map(Type element) {
    return Type(Kind::map, std::make_shared<Parts>(Parts{{element}, {}, element.has_dynamic()}));
}

Type Type::tuple(std::vector<Type> elements) {
    bool dynamic = std::any_of(elements.begin(), elements.end(), [](const Type& t) { return t.has_dynamic(); });
    return Type(Kind::tuple, std::make_shared<Parts>(Parts{std::move(elements), {}, dynamic}));
}

Type Type::object(Attributes attributes) {
    bool dynamic =
        std::any_of(attributes.begin(), attributes.end(), [](const auto& a) { return a.second.has_dynamic(); });
    return Type(Kind::object, std::make_shared<Parts>(Parts{{}, std::move(attributes), dynamic}));
}

const Type& Type::element() const {
    assert_always(is_collection());
    return parts_->elements.front();
}

const std::vector<Type>& Type::elements() const {
    assert_always(kind_ == Kind::tuple);
    return parts_->elements;
}

const Type::Attributes& Type::attributes() const {
    assert_always(kind_ == Kind::object);
    return parts_->attributes;
}

bool Type::has_dynamic() const { return kind_ == Kind::dynamic || (parts_ && parts_->has_dynamic); }

std::string Type::friendly_name() const {
    switch (kind_) {
        case Kind::dynamic: return "dynamic";
        case Kind::boolean: return "bool";
        case Kind::number: return "number";
        case Kind::string: return "string";
        case Kind::tuple: return "tuple";
        case Kind::object: return "object";
        default: break;
    }
    std::string prefix = kind_ == Kind::list ? "list of " : kind_ == Kind::set ? "set of " : "map of ";
    return prefix + element().friendly_name();
}

bool Type::operator==(const Type& other) const {
    if (kind_ != other.kind_) return false;
    if (parts_ == other.parts_) return true;
    return parts_->elements == other.parts_->elements && parts_->attributes == other.parts_->attributes;
}

namespace {

constexpr uint64_t kMaxWeight = uint64_t{1} << 60;
// What a value takes besides its content, and what a sequence and a table of entries take for each element.
constexpr uint64_t kNodeWeight = 128;
constexpr uint64_t kElementWeight = 40;
constexpr uint64_t kEntryWeight = 200;
constexpr uint64_t kNumberWeight = 64;

uint64_t add_weight(uint64_t a, uint64_t b) { return std::min(a + b, kMaxWeight); }

}  // namespace

struct Value::Node {
    Type type;
    bool known = true;
    bool null = false;
    bool wholly_known = true;
    uint32_t depth = 1;
    uint64_t weight = kNodeWeight;
    std::variant<std::monostate, bool, Number, std::string, Sequence, Entries> content;
};

std::shared_ptr<Value::Node> Value::make(Type type) {
    auto node = std::make_shared<Node>();
    node->type = std::move(type);
    return node;
}

Value Value::null(Type type) {
    if (type.is(Type::Kind::dynamic)) return Value();
    auto node = make(std::move(type));
    node->null = true;
    return Value(node);
}

Value Value::unknown(Type type) {
    auto node = make(std::move(type));
    node->known = false;
    node->wholly_known = false;
    return Value(node);
}

Value Value::boolean(bool value) {
    static const auto make_flag = [](bool flag) {
        auto node = make(Type::boolean());
        node->content = flag;
        return Value(node);
    };
    static const Value kFalse = make_flag(false);
    static const Value kTrue = make_flag(true);
    return value ? kTrue : kFalse;
}

Value Value::number(Number value) {
    auto node = make(Type::number());
    // Other than a whole number of the machine, one is as long as its text.
    node->weight = kNodeWeight + kNumberWeight + value.bits() / 8 + (value.to_int64() ? 0 : value.magnitude_digits());
    node->content = std::move(value);
    return Value(node);
}

Value Value::string(std::string_view text) {
    auto node = make(Type::string());
    node->content = normalize(text);
    node->weight = kNodeWeight + text.size();
    return Value(node);
}

Value Value::of_sequence(Type type, Sequence elements) {
    auto node = make(std::move(type));
    for (const Value& element : elements) {
        node->depth = std::max(node->depth, element.depth() + 1);
        node->weight = add_weight(node->weight, element.weight() + kElementWeight);
        node->wholly_known = node->wholly_known && element.is_wholly_known();
    }
    node->content = std::move(elements);
    return Value(node);
}

Value Value::of_entries(Type type, Entries entries) {
    auto node = make(std::move(type));
    for (const auto& [key, element] : entries) {
        node->depth = std::max(node->depth, element.depth() + 1);
        node->weight = add_weight(node->weight, element.weight() + key.size() + kEntryWeight);
        node->wholly_known = node->wholly_known && element.is_wholly_known();
    }
    node->content = std::move(entries);
    return Value(node);
}

Value Value::list(Type element, Sequence elements) {
    return of_sequence(Type::list(std::move(element)), std::move(elements));
}

Value Value::set(Type element, Sequence elements) {
    std::sort(elements.begin(), elements.end(), set_less);
    auto same = [](const Value& a, const Value& b) { return a.identical(b); };
    elements.erase(std::unique(elements.begin(), elements.end(), same), elements.end());
    return of_sequence(Type::set(std::move(element)), std::move(elements));
}

Value Value::map(Type element, Entries entries) {
    return of_entries(Type::map(std::move(element)), std::move(entries));
}

Value Value::tuple(Sequence elements) {
    std::vector<Type> types;
    types.reserve(elements.size());
    for (const Value& element : elements) types.push_back(element.type());
    return of_sequence(Type::tuple(std::move(types)), std::move(elements));
}

Value Value::object(Entries attributes) {
    Type::Attributes types;
    for (const auto& [name, value] : attributes) types.emplace_hint(types.end(), name, value.type());
    return of_entries(Type::object(std::move(types)), std::move(attributes));
}

const Type& Value::type() const {
    static const Type kNoType;
    return node_ ? node_->type : kNoType;
}

bool Value::is_null() const { return !node_ || node_->null; }
bool Value::is_known() const { return !node_ || node_->known; }
bool Value::is_wholly_known() const { return !node_ || node_->wholly_known; }
bool Value::as_bool() const { return std::get<bool>(node_->content); }
const Number& Value::as_number() const { return std::get<Number>(node_->content); }
const std::string& Value::as_string() const { return std::get<std::string>(node_->content); }
const Value::Sequence& Value::as_sequence() const { return std::get<Sequence>(node_->content); }
const Value::Entries& Value::as_entries() const { return std::get<Entries>(node_->content); }
uint32_t Value::depth() const { return node_ ? node_->depth : 1; }
uint64_t Value::weight() const { return node_ ? node_->weight : 0; }

uint64_t Value::own_weight() const {
    if (!node_) return 0;
    if (const auto* sequence = std::get_if<Sequence>(&node_->content)) {
        return kNodeWeight + sequence->size() * kElementWeight;
    }
    const auto* entries = std::get_if<Entries>(&node_->content);
    return entries ? kNodeWeight + entries->size() * kEntryWeight : node_->weight;
}

size_t Value::size() const {
    if (!node_) return 0;
    if (const auto* sequence = std::get_if<Sequence>(&node_->content)) return sequence->size();
    if (const auto* entries = std::get_if<Entries>(&node_->content)) return entries->size();
    return 0;
}

bool Value::identical(const Value& other) const {
    if (node_ == other.node_) return true;
    if (!(type() == other.type()) || is_null() != other.is_null() || is_known() != other.is_known()) return false;
    if (!node_ || !other.node_) return true;
    if (node_->content.index() != other.node_->content.index()) return false;
    if (const auto* sequence = std::get_if<Sequence>(&node_->content)) {
        return std::equal(sequence->begin(), sequence->end(), other.as_sequence().begin(), other.as_sequence().end(),
                          [](const Value& a, const Value& b) { return a.identical(b); });
    }
    if (const auto* entries = std::get_if<Entries>(&node_->content)) {
        return std::equal(
            entries->begin(), entries->end(), other.as_entries().begin(), other.as_entries().end(),
            [](const auto& a, const auto& b) { return a.first == b.first && a.second.identical(b.second); });
    }
    if (const auto* number = std::get_if<Number>(&node_->content)) return *number == other.as_number();
    if (const auto* text = std::get_if<std::string>(&node_->content)) return *text == other.as_string();
    if (const auto* flag = std::get_if<bool>(&node_->content)) return *flag == other.as_bool();
    return true;
}

namespace {

void canonical_text(const Value& value, std::string& out) {
    if (!value.is_known()) {
        out += "?";
    } else if (value.is_null()) {
        out += "~";
    } else if (value.is(Type::Kind::boolean)) {
        out += value.as_bool() ? "T" : "F";
    } else if (value.is(Type::Kind::number)) {
        out += value.as_number().text();
    } else if (value.is(Type::Kind::string)) {
        out += quote(value.as_string());
    } else if (value.type().is_sequence()) {
        out += value.is(Type::Kind::tuple) ? "<" : "[";
        for (const Value& element : value.as_sequence()) canonical_text(element, out), out += ";";
        out += value.is(Type::Kind::tuple) ? ">" : "]";
    } else {
        bool object = value.is(Type::Kind::object);
        out += object ? "<" : "{";
        for (const auto& [key, element] : value.as_entries()) {
            if (!object) out += quote(key) + ":";
            canonical_text(element, out);
            out += ";";
        }
        out += object ? ">" : "}";
    }
}

}  // namespace

bool set_less(const Value& a, const Value& b) {
    bool a_last = a.is_null() || !a.is_known();
    bool b_last = b.is_null() || !b.is_known();
    if (a_last || b_last) return !a_last && b_last;
    if (a.type() == b.type()) {
        if (a.is(Type::Kind::string)) return a.as_string() < b.as_string();
        if (a.is(Type::Kind::number)) return a.as_number() < b.as_number();
        if (a.is(Type::Kind::boolean)) return !a.as_bool() && b.as_bool();
    }
    std::string a_text;
    std::string b_text;
    canonical_text(a, a_text);
    canonical_text(b, b_text);
    return a_text < b_text;
}

}  // namespace drover::hcl
