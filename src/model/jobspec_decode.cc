#include "model/jobspec_decode.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "hcl/convert.h"

namespace drover::model {
namespace {

using codec::FieldInfo;
using codec::Kind;
using codec::TypeInfo;
using hcl::Attribute;
using hcl::Block;
using hcl::BodyPtr;
using hcl::Value;

constexpr std::string_view kUnsuitableType = "Unsuitable value type";

template <class T>
bool is_type(const TypeInfo& type) {
    return &type == &codec::type_of<T>();
}

const FieldInfo* label_of(const TypeInfo& type) {
    for (const FieldInfo& field : type.fields) {
        if (field.hcl_form == codec::HclForm::label) return &field;
    }
    return nullptr;
}

// The struct in a list, map or pointer, or the type itself.
const TypeInfo& innermost(const TypeInfo& type) {
    return type.kind == Kind::list || type.kind == Kind::map || type.kind == Kind::pointer ? innermost(type.element())
                                                                                           : type;
}

std::vector<std::string> labels_of(const TypeInfo& type) {
    const TypeInfo& inner = innermost(type);
    if (inner.kind != Kind::structure) return {};
    const FieldInfo* label = label_of(inner);
    return label ? std::vector<std::string>{std::string(label->hcl)} : std::vector<std::string>{};
}

hcl::Schema schema_of(const TypeInfo& type) {
    hcl::Schema schema;
    for (const FieldInfo& field : type.fields) {
        if (field.hcl.empty()) continue;
        if (field.hcl_form == codec::HclForm::attribute) schema.attributes.push_back({std::string(field.hcl), false});
        if (field.hcl_form == codec::HclForm::block) {
            schema.blocks.push_back({std::string(field.hcl), labels_of(field.type())});
        }
    }
    return schema;
}

void require(hcl::Schema& schema, std::string_view name) {
    for (auto& attribute : schema.attributes) attribute.required |= attribute.name == name;
}

// What a struct holds before its block is read.
void set_defaults(const TypeInfo& type, void* target) {
    if (is_type<spec::Template>(type)) {
        auto& t = *static_cast<spec::Template*>(target);
        t.ChangeMode = "restart", t.Splay = seconds(5), t.Perms = "0644", t.ErrMissingKey = false;
    } else if (is_type<spec::ChangeScript>(type)) {
        auto& s = *static_cast<spec::ChangeScript*>(target);
        s.Args.made = true, s.Timeout = seconds(5), s.FailOnError = false, s.RunOnFirstRender = false;
    } else if (is_type<spec::Vault>(type)) {
        auto& v = *static_cast<spec::Vault*>(target);
        v.Env = true, v.DisableFile = false, v.ChangeMode = "restart";
    }
}

void require_members(const TypeInfo& type, hcl::Schema& schema) {
    if (is_type<spec::Action>(type)) require(schema, "command");
    if (is_type<spec::TaskLifecycle>(type)) require(schema, "hook");
    if (is_type<spec::ScalingPolicy>(type)) require(schema, "max");
}

int64_t low_of(const TypeInfo& type) { return type.size == 8 ? INT64_MIN : -(int64_t{1} << (type.size * 8 - 1)); }
int64_t high_of(const TypeInfo& type) { return type.size == 8 ? INT64_MAX : (int64_t{1} << (type.size * 8 - 1)) - 1; }
uint64_t max_of(const TypeInfo& type) { return type.size == 8 ? UINT64_MAX : (uint64_t{1} << (type.size * 8)) - 1; }

// Without the copy that a list in braces would make.
codec::AnyList listed(codec::Any any) {
    codec::AnyList list;
    list.push_back(std::move(any));
    return list;
}

codec::Any number_to_any(const hcl::Number& number) {
    if (const auto whole = number.to_int64()) return *whole;
    return number.to_double();
}

}  // namespace

codec::Any to_any(const Value& value) {
    if (!value.is_known() || value.is_null()) return nullptr;
    switch (value.type().kind()) {
        case hcl::Type::Kind::boolean: return value.as_bool();
        case hcl::Type::Kind::number: return number_to_any(value.as_number());
        case hcl::Type::Kind::string: return value.as_string();
        case hcl::Type::Kind::list:
        case hcl::Type::Kind::set:
        case hcl::Type::Kind::tuple: {
            codec::AnyList list;
            for (const Value& element : value.as_sequence()) list.push_back(to_any(element));
            return list;
        }
        case hcl::Type::Kind::map:
        case hcl::Type::Kind::object: {
            codec::AnyMap map;
            for (const auto& [key, element] : value.as_entries()) map.emplace_hint(map.end(), key, to_any(element));
            return map;
        }
        case hcl::Type::Kind::dynamic: return nullptr;
    }
    return nullptr;
}

Value JobspecDecoder::evaluate(const Attribute& attribute) { return attribute.expr->evaluate(context_, diags_); }

void JobspecDecoder::unsuitable(const Attribute& attribute, const std::string& why) {
    const bool is_reference = attribute.expr->as_traversal().has_value();
    diags_.error(std::string(kUnsuitableType), "Unsuitable value: " + why,
                 is_reference ? attribute.expr->range() : attribute.expr->start_range());
}

void JobspecDecoder::inappropriate(const Attribute& attribute, const std::string& why) {
    diags_.error("Incorrect attribute value type",
                 "Inappropriate value for attribute " + quote(attribute.name) + ": " + why + ".",
                 attribute.expr->range());
}

void JobspecDecoder::structure(const BodyPtr& body, const TypeInfo& type, void* target) {
    if (!pay(type, body->missing_item_range())) return;
    set_defaults(type, target);
    if (is_type<spec::Constraint>(type)) return constraint(body, *static_cast<spec::Constraint*>(target));
    if (is_type<spec::Affinity>(type)) return affinity(body, *static_cast<spec::Affinity*>(target));
    if (is_type<spec::NetworkResource>(type)) return network(body, *static_cast<spec::NetworkResource*>(target));
    if (is_type<spec::TaskGroup>(type)) return group(body, *static_cast<spec::TaskGroup*>(target));
    if (is_type<spec::Task>(type)) return task(body, *static_cast<spec::Task*>(target));
    generic(body, type, target, schema(type));
}

const hcl::Schema& JobspecDecoder::schema(const TypeInfo& type) {
    const auto [it, fresh] = schemas_.try_emplace(&type);
    if (fresh) {
        it->second = schema_of(type);
        require_members(type, it->second);
    }
    return it->second;
}

// What a block takes that is made of it, and all that its struct points to.
bool JobspecDecoder::pay(const TypeInfo& type, const hcl::Range& where) {
    constexpr uint64_t kBlockWork = 4'000;
    hcl::EvalBudget& budget = context_.budget();
    if (budget.spend(kBlockWork) && budget.hold(type.size)) return true;
    hcl::out_of_budget(context_, where, diags_);
    return false;
}

void JobspecDecoder::generic(const BodyPtr& body, const TypeInfo& type, void* target, const hcl::Schema& schema) {
    fill(body->content(schema, diags_), type, target);
}

void JobspecDecoder::fill(const hcl::Content& content, const TypeInfo& type, void* target) {
    for (const FieldInfo& field : type.fields) {
        if (field.hcl.empty()) continue;
        void* member = codec::member(field, target);
        if (field.hcl_form == codec::HclForm::attribute) {
            const Attribute* maybe_given = content.attributes.find(field.hcl);
            if (maybe_given) attribute(*maybe_given, field.type(), member);
        } else if (field.hcl_form == codec::HclForm::block) {
            std::vector<const Block*> found;
            for (const Block& block : content.blocks) {
                if (block.type == field.hcl) found.push_back(&block);
            }
            if (!found.empty()) blocks(found, field, member);
        }
    }
}

void JobspecDecoder::attribute(const Attribute& attribute, const TypeInfo& type, void* target) {
    const Value value = evaluate(attribute);
    const bool optional = type.kind == Kind::pointer;
    const TypeInfo& inner = optional ? type.element() : type;
    if (!value.is_known()) return unsuitable(attribute, "value must be known");
    if (value.is_null()) {
        if (inner.kind == Kind::duration) {
            diags_.error("Unsuitable value", "Unsuitable duration value: nil", attribute.expr->start_range());
        } else if (!optional && inner.kind != Kind::list && inner.kind != Kind::map) {
            unsuitable(attribute, "null value is not allowed");
        }
        return;
    }
    void* place = optional ? type.emplace(target) : target;
    const size_t before = diags_.count();
    switch (inner.kind) {
        case Kind::duration: duration(attribute, value, *static_cast<Duration*>(place)); break;
        case Kind::list: sequence(attribute, value, inner, place); break;
        case Kind::map: mapping(attribute, value, inner, place); break;
        default: scalar(attribute, value, inner, place);
    }
    if (diags_.count() != before) type.reset(target);
}

void JobspecDecoder::scalar(const Attribute& attribute, const Value& value, const TypeInfo& type, void* target) {
    const auto take = [&](const auto& converted, auto store) {
        if (converted) {
            store(*converted);
        } else {
            unsuitable(attribute, converted.error());
        }
    };
    switch (type.kind) {
        case Kind::boolean: return take(hcl::to_bool(value), [&](bool v) { *static_cast<bool*>(target) = v; });
        case Kind::integer:
            return take(hcl::to_integer(value, low_of(type), high_of(type)),
                        [&](int64_t v) { codec::store_integer(type, target, v); });
        case Kind::natural:
            return take(hcl::to_unsigned(value, max_of(type)),
                        [&](uint64_t v) { codec::store_natural(type, target, v); });
        case Kind::floating: return take(hcl::to_float(value), [&](double v) { *static_cast<double*>(target) = v; });
        case Kind::any: *static_cast<codec::Any*>(target) = free(attribute, value); return;
        default:
            return take(hcl::to_text(value), [&](const std::string& v) { *static_cast<std::string*>(target) = v; });
    }
}

void JobspecDecoder::duration(const Attribute& attribute, const Value& value, Duration& target) {
    if (value.is(hcl::Type::Kind::string)) {
        if (const auto parsed = parse_duration(value.as_string())) {
            target = *parsed;
        } else {
            diags_.error(std::string(kUnsuitableType), "Unsuitable duration value: " + parsed.error().message,
                         attribute.expr->start_range());
        }
        return;
    }
    scalar(attribute, value, codec::type_of<int64_t>(), &target.ns);
}

void JobspecDecoder::sequence(const Attribute& attribute, const Value& value, const TypeInfo& type, void* target) {
    const TypeInfo& element = type.element();
    const bool numbers = element.kind == Kind::natural || element.kind == Kind::integer;
    const auto list = hcl::convert(value, hcl::Type::list(numbers ? hcl::Type::number() : hcl::Type::string()));
    if (!list) return unsuitable(attribute, list.error());
    if (!list->is_wholly_known()) return unsuitable(attribute, "value must be known");
    type.make_empty(target);
    for (const Value& item : list->as_sequence()) scalar(attribute, item, element, type.append(target));
}

void JobspecDecoder::mapping(const Attribute& attribute, const Value& value, const TypeInfo& type, void* target) {
    const auto map = hcl::convert(value, hcl::Type::map(hcl::Type::string()));
    if (!map) return unsuitable(attribute, map.error());
    if (!map->is_wholly_known()) return unsuitable(attribute, "value must be known");
    type.make_empty(target);
    for (const auto& [key, item] : map->as_entries()) scalar(attribute, item, type.element(), type.insert(target, key));
}

void JobspecDecoder::attribute_map(const BodyPtr& body, const TypeInfo& type, void* target) {
    type.make_empty(target);
    for (const Attribute& item : body->just_attributes(diags_)) {
        const std::string& name = item.name;
        const Value value = evaluate(item);
        if (!value.is_known()) {
            unsuitable(item, "value must be known");
        } else if (!context_.budget().hold(value.weight())) {
            hcl::out_of_budget(context_, item.range(), diags_);
            return;
        } else if (type.element().kind == Kind::list) {
            sequence(item, value, type.element(), type.insert(target, name));
        } else {
            scalar(item, value, type.element(), type.insert(target, name));
        }
    }
}

// `meta` and `env` may be written as a block or as an attribute, but not as both.
void JobspecDecoder::map_in_both_forms(hcl::Content& content, std::string_view name, Map<std::string>& target) {
    const TypeInfo& type = codec::type_of<Map<std::string>>();
    const std::string word(name);
    const Attribute* maybe_written = content.attributes.find(name);
    const Block* first = nullptr;
    for (const Block& block : content.blocks) {
        if (block.type != name) continue;
        if (maybe_written) {
            diags_.error("Duplicate " + word + " block",
                         word + " may not be defined more than once. Another definition is defined at " +
                             maybe_written->range().to_string() + ".",
                         block.def_range);
        } else if (first) {
            diags_.error(
                "Duplicate " + word + " block",
                "Only one " + word + " block is allowed. Another was defined at " + first->def_range.to_string() + ".",
                block.def_range);
        } else {
            first = &block;
            attribute_map(block.body, type, &target);
        }
    }
    if (maybe_written) attribute(*maybe_written, type, &target);
    std::erase_if(content.blocks, [&](const Block& block) { return block.type == name; });
}

void JobspecDecoder::labelled(const Block& block, const TypeInfo& type, void* target) {
    structure(block.body, type, target);
    const FieldInfo* label = label_of(type);
    if (!label || block.labels.empty()) return;
    void* place = codec::member(*label, target);
    if (label->type().kind == Kind::pointer) place = label->type().emplace(place);
    *static_cast<std::string*>(place) = block.labels.front();
}

void JobspecDecoder::blocks(const std::vector<const Block*>& found, const FieldInfo& field, void* target) {
    const TypeInfo& type = field.type();
    if (type.kind == Kind::list) {
        type.make_empty(target);
        for (const Block* block : found) labelled(*block, type.element(), type.append(target));
        return;
    }
    const bool keyed = type.kind == Kind::map && innermost(type).kind == Kind::structure;
    if (keyed) {
        type.make_empty(target);
        for (const Block* block : found) {
            if (block->labels.empty()) continue;
            void* value = type.insert(target, block->labels.front());
            type.element().reset(value);
            labelled(*block, type.element(), value);
        }
        return;
    }
    for (size_t i = 1; i < found.size(); ++i) {
        const std::string name(field.hcl);
        diags_.error("Duplicate " + name + " block",
                     "Only one " + name + " block is allowed. Another was defined at " +
                         found.front()->def_range.to_string() + ".",
                     found[i]->def_range);
    }
    const Block& block = *found.front();
    if (type.kind == Kind::map) {
        if (type.element().kind != Kind::any) return attribute_map(block.body, type, target);
        auto& object = *static_cast<codec::AnyObject*>(target);
        object.made = true;
        codec::AnyMap given = free_form(block.body, true);
        if (object.empty()) {
            static_cast<codec::AnyMap&>(object) = std::move(given);
        } else {
            for (auto& [key, value] : given) object[key] = std::move(value);
        }
        return;
    }
    if (type.kind != Kind::pointer) return labelled(block, type, target);
    void* place = type.emplace(target);
    if (type.element().kind == Kind::any) {
        *static_cast<codec::Any*>(place) = free_form(block.body, true);
    } else {
        labelled(block, type.element(), place);
    }
}

// A value as data of its own: what the value shares with others is there once for each.
codec::Any JobspecDecoder::free(const Attribute& attribute, const Value& value) {
    if (context_.budget().hold(value.weight())) return to_any(value);
    hcl::out_of_budget(context_, attribute.range(), diags_);
    return nullptr;
}

// What has no schema: attributes as they are, an object written in braces and every block as a list of maps, each label
// one map deeper.
codec::AnyMap JobspecDecoder::free_form(const BodyPtr& body, bool drop_nulls) {
    codec::AnyMap result;
    const hcl::Content content = body->everything(diags_);
    for (const Attribute& item : content.attributes) {
        const Value value = evaluate(item);
        if (!value.is_known()) {
            unsuitable(item, "value must be known");
            continue;
        }
        if (value.is_null() && drop_nulls) continue;
        codec::Any any = free(item, value);
        if (item.expr->as_object()) any = listed(std::move(any));
        result.emplace_hint(result.end(), item.name, std::move(any));
    }
    for (const Block& block : content.blocks) {
        constexpr uint64_t kBlock = 400;
        if (!context_.budget().hold(kBlock)) hcl::out_of_budget(context_, block.def_range, diags_);
        codec::Any any = listed(free_form(block.body, drop_nulls));
        for (size_t i = block.labels.size(); i-- > 0;) {
            codec::AnyMap labelled;
            labelled[block.labels[i]] = std::move(any);
            any = listed(std::move(labelled));
        }
        codec::Any& slot = result[block.type];
        if (auto* list = slot.as<codec::AnyList>()) {
            list->push_back(std::move((*any.as<codec::AnyList>())[0]));
        } else {
            slot = std::move(any);
        }
    }
    return result;
}

}  // namespace drover::model
