#include "state/filter.h"

#include <re2/re2.h>

#include <charconv>

#include "base/regexp.h"
#include "base/strings.h"
#include "codec/json.h"
#include "state/filter_node.h"

namespace drover::state {
namespace {

using codec::Any;
using codec::Kind;
using codec::TypeInfo;
using Node = Filter::Node;

// Something of an object: a described value, or (below an Any) a value without a table.
struct Place {
    const TypeInfo* type = nullptr;
    const void* value = nullptr;
    explicit operator bool() const { return type != nullptr; }
};

// What `any` and `all` call their elements, innermost last.
struct Binding {
    std::string_view name;
    Place place;
    std::string key;  // instead of a place
    bool is_key = false;
};
using Bindings = std::vector<Binding>;

Place follow(Place place) {
    while (place && place.type->kind == Kind::pointer) {
        const void* pointee = place.type->pointee(place.value);
        if (!pointee) return {};
        place = {&place.type->element(), pointee};
    }
    return place;
}

Error not_found(const std::vector<std::string>& path, size_t part, const std::string& why) {
    return Error::bad_request("error finding value in datum: /" + join(path, "/") + " at part " + std::to_string(part) +
                              ": " + why);
}

// An empty place: some map on the way has no such key, or a pointer is null.
Result<Place> find(Place place, const std::vector<std::string>& path, size_t from) {
    for (size_t i = from; i < path.size(); ++i) {
        place = follow(place);
        if (!place) return place;
        const std::string& name = path[i];
        switch (place.type->kind) {
            case Kind::structure: {
                const codec::FieldInfo* field = codec::find_field(*place.type, name);
                if (!field || field->is_secret) {
                    return fail(not_found(path, i, "couldn't find key: struct field with name " + quote(name)));
                }
                place = {&field->type(), codec::member(*field, place.value)};
                break;
            }
            case Kind::map: {
                const void* found = place.type->find(place.value, name);
                if (!found) return Place{};
                place = {&place.type->element(), found};
                break;
            }
            case Kind::list: {
                const auto index = parse_uint(name);
                if (!index) return fail(not_found(path, i, "can't convert list index " + quote(name)));
                if (*index >= place.type->count(place.value)) return fail(not_found(path, i, "index out of range"));
                place = {&place.type->element(), place.type->at(place.value, *index)};
                break;
            }
            case Kind::any: {
                const Any* found = static_cast<const Any*>(place.value)->member(name);
                if (!found) return Place{};
                place = {&codec::type_of<Any>(), found};
                break;
            }
            default: return fail(not_found(path, i, "at part of invalid kind: " + codec::go_name(*place.type)));
        }
    }
    return follow(place);
}

std::string scalar_text(Place place) {
    switch (place.type->kind) {
        case Kind::text: return *static_cast<const std::string*>(place.value);
        case Kind::bytes: return *static_cast<const Bytes*>(place.value);
        case Kind::duration: return std::to_string(static_cast<const Duration*>(place.value)->ns);
        case Kind::any:
            if (const auto* text = static_cast<const Any*>(place.value)->as<std::string>()) return *text;
            break;
        default: break;
    }
    return codec::to_json(*place.type, place.value);
}

// Whole numbers may be written in another base, as Go reads them.
std::optional<int64_t> parse_whole(std::string_view text) {
    const bool negative = text.starts_with("-");
    std::string_view digits = negative ? text.substr(1) : text;
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) base = 16, digits.remove_prefix(2);
    int64_t number = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return negative ? -number : number;
}

Result<bool> equals(Place place, const std::string& value) {
    const auto bad = [&](std::string_view what) {
        return fail(Error::bad_request("error getting match value in expression: strconv." + std::string(what) +
                                       ": parsing " + quote(value) + ": invalid syntax"));
    };
    switch (place.type->kind) {
        case Kind::boolean: {
            const auto wanted = parse_bool(value);
            if (!wanted) return bad("ParseBool");
            return *static_cast<const bool*>(place.value) == *wanted;
        }
        case Kind::integer:
        case Kind::duration: {
            const auto wanted = parse_whole(value);
            if (!wanted) return bad("ParseInt");
            if (place.type->kind == Kind::duration) return static_cast<const Duration*>(place.value)->ns == *wanted;
            return codec::load_integer(*place.type, place.value) == *wanted;
        }
        case Kind::natural: {
            const auto wanted = parse_whole(value);
            if (!wanted || *wanted < 0) return bad("ParseUint");
            return codec::load_natural(*place.type, place.value) == static_cast<uint64_t>(*wanted);
        }
        case Kind::floating: {
            const auto wanted = parse_float(value);
            if (!wanted) return bad("ParseFloat");
            return *static_cast<const double*>(place.value) == *wanted;
        }
        case Kind::structure:
        case Kind::list:
        case Kind::map:
            return fail(Error::bad_request("unable to find suitable primitive comparison function for matching"));
        default: return scalar_text(place) == value;
    }
}

Result<bool> contains(Place place, const std::string& value) {
    switch (place.type->kind) {
        case Kind::map: return place.type->find(place.value, value) != nullptr;
        case Kind::list:
            for (size_t i = 0; i < place.type->count(place.value); ++i) {
                const Place element = follow({&place.type->element(), place.type->at(place.value, i)});
                if (!element) continue;
                auto same = equals(element, value);
                if (!same || *same) return same;
            }
            return false;
        case Kind::text: return static_cast<const std::string*>(place.value)->find(value) != std::string::npos;
        case Kind::any: {
            const Any& any = *static_cast<const Any*>(place.value);
            if (any.as<codec::AnyMap>()) return any.member(value) != nullptr;
            if (const auto* list = any.as<codec::AnyList>()) {
                for (const Any& element : *list) {
                    if (scalar_text({&codec::type_of<Any>(), &element}) == value) return true;
                }
                return false;
            }
            return scalar_text(place).find(value) != std::string::npos;
        }
        default:
            return fail(
                Error::bad_request("Cannot perform in/contains operations on type " + codec::go_name(*place.type)));
    }
}

class Evaluator {
public:
    explicit Evaluator(Place datum) : datum_(datum) {}

    Result<bool> run(const Node& node) {
        switch (node.kind) {
            case Node::Kind::conjunction: {
                auto left = run(*node.left);
                return !left || !*left ? left : run(*node.right);
            }
            case Node::Kind::disjunction: {
                auto left = run(*node.left);
                return !left || *left ? left : run(*node.right);
            }
            case Node::Kind::negation: return inverted(run(*node.left), true);
            case Node::Kind::any:
            case Node::Kind::all: return collection(node);
            default: return match(node);
        }
    }

private:
    static Result<bool> inverted(Result<bool> result, bool negated) {
        if (result && negated) *result = !*result;
        return result;
    }

    const Binding* bound(const std::string& name) const {
        for (auto it = bindings_.rbegin(); it != bindings_.rend(); ++it) {
            if (it->name == name) return &*it;
        }
        return nullptr;
    }

    Result<bool> match(const Node& node) {
        const Binding* binding = bound(node.path[0]);
        if (binding && binding->is_key)
            return inverted(scalar(node, {&codec::type_of<std::string>(), &binding->key}), node.negated);
        auto place = binding ? find(binding->place, node.path, 1) : find(datum_, node.path, 0);
        if (!place) return fail(place.error());
        if (!*place)
            return inverted(node.kind == Node::Kind::is_empty || node.kind == Node::Kind::is_nil, node.negated);
        return inverted(scalar(node, *place), node.negated);
    }

    static Result<bool> scalar(const Node& node, Place place) {
        switch (node.kind) {
            case Node::Kind::equal: return equals(place, node.value);
            case Node::Kind::contains: return contains(place, node.value);
            case Node::Kind::matches:
                if (!node.pattern->ok()) {
                    return fail(Error::bad_request("failed to compile regular expression " +
                                                   quote(node.pattern->pattern()) + ": " +
                                                   regexp_error(*node.pattern)));
                }
                if (place.type->kind != Kind::text && place.type->kind != Kind::bytes &&
                    place.type->kind != Kind::any) {
                    return fail(Error::bad_request("Value of type " + codec::go_name(*place.type) +
                                                   " is not convertible to []byte"));
                }
                return re2::RE2::PartialMatch(scalar_text(place), *node.pattern);
            case Node::Kind::is_nil: return false;
            default: return emptiness(place);
        }
    }

    static Result<bool> emptiness(Place place) {
        switch (place.type->kind) {
            case Kind::text:
            case Kind::bytes:
            case Kind::list:
            case Kind::map:
            case Kind::any: return codec::is_zero(*place.type, place.value);
            default:
                return fail(
                    Error::bad_request("Cannot perform is empty operations on type " + codec::go_name(*place.type)));
        }
    }

    Result<bool> collection(const Node& node) {
        const Binding* binding = bound(node.path[0]);
        auto place = binding ? find(binding->place, node.path, 1) : find(datum_, node.path, 0);
        if (!place) return fail(place.error());
        const bool wants = node.kind == Node::Kind::any;
        if (!*place) return !wants;
        const TypeInfo& type = *place->type;
        if (type.kind == Kind::map) return over_map(node, *place, wants);
        if (type.kind != Kind::list) {
            return fail(Error::bad_request("Value of type " + codec::go_name(type) + " is not a list or a map"));
        }
        for (size_t i = 0; i < type.count(place->value); ++i) {
            bindings_.push_back({node.second_name.empty() ? node.first_name : node.second_name,
                                 {&type.element(), type.at(place->value, i)},
                                 "",
                                 false});
            if (!node.second_name.empty()) bindings_.push_back({node.first_name, {}, std::to_string(i), true});
            auto one = run(*node.left);
            bindings_.resize(bindings_.size() - (node.second_name.empty() ? 1 : 2));
            if (!one || *one == wants) return one;
        }
        return !wants;
    }

    Result<bool> over_map(const Node& node, Place place, bool wants) {
        std::vector<std::pair<std::string, const void*>> entries;
        place.type->each(place.value, &entries, [](void* context, const std::string& key, const void* value) {
            static_cast<decltype(entries)*>(context)->emplace_back(key, value);
        });
        for (const auto& [key, value] : entries) {
            const size_t before = bindings_.size();
            bindings_.push_back({node.first_name, {}, key, true});
            if (!node.second_name.empty())
                bindings_.push_back({node.second_name, {&place.type->element(), value}, "", false});
            auto one = run(*node.left);
            bindings_.resize(before);
            if (!one || *one == wants) return one;
        }
        return !wants;
    }

    Place datum_;
    Bindings bindings_;
};

}  // namespace

Result<Filter> Filter::parse(std::string_view expression) {
    Filter filter;
    if (expression.empty()) return filter;
    auto root = parse_filter(expression);
    if (!root) return fail(root.error());
    filter.root_ = std::move(*root);
    return filter;
}

Result<bool> Filter::matches(const codec::TypeInfo& type, const void* object) const {
    if (!root_) return true;
    return Evaluator(follow({&type, object})).run(*root_);
}

}  // namespace drover::state
