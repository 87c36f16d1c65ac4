#include "model/object_diff.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/strings.h"
#include "codec/json.h"
#include "model/job.h"
#include "model/status.h"

namespace drover::model {
namespace {

using codec::FieldInfo;
using codec::Kind;
using codec::TypeInfo;

using FlatFields = std::map<std::string, std::string>;

// How the elements of a list of structs find their counterpart.
enum class Pairing { by_value, by_key, by_position };

struct MemberRule {
    std::string_view type, member;
    std::string_view object_name;  // empty: the member is not told
    Pairing pairing = Pairing::by_key;
    std::string_view key = "Name";
};

constexpr std::string_view kDynamicPort = "Dynamic Port";

constexpr MemberRule kMembers[] = {
    {"Job", "Constraints", "Constraint", Pairing::by_value},
    {"Job", "Affinities", "Affinity", Pairing::by_value},
    {"Job", "Spreads", ""},
    {"Job", "TaskGroups", ""},
    {"Job", "Update", ""},
    {"Job", "VersionTag", ""},
    {"TaskGroup", "Constraints", "Constraint", Pairing::by_value},
    {"TaskGroup", "Affinities", "Affinity", Pairing::by_value},
    {"TaskGroup", "Spreads", ""},
    {"TaskGroup", "Tasks", ""},
    {"TaskGroup", "Networks", "Network", Pairing::by_value},
    {"TaskGroup", "Services", "Service"},
    {"TaskGroup", "Volumes", "Volume"},
    {"Task", "Constraints", "Constraint", Pairing::by_value},
    {"Task", "Affinities", "Affinity", Pairing::by_value},
    {"Task", "Services", "Service"},
    {"Task", "Artifacts", "Artifact", Pairing::by_key, "RelativeDest"},
    {"Task", "Templates", "Template", Pairing::by_position},
    {"Task", "VolumeMounts", "VolumeMount", Pairing::by_position},
    {"Task", "Identities", "Identity"},
    {"Task", "Actions", "Action"},
    {"Task", "Secrets", "Secret"},
    {"Task", "Lifecycle", ""},
    {"Task", "RestartPolicy", ""},
    {"Task", "ScalingPolicies", ""},
    {"Task", "CSIPluginConfig", ""},
    {"Template", "Wait", "Template"},
    {"NetworkResource", "ReservedPorts", "Static Port", Pairing::by_value},
    {"NetworkResource", "DynamicPorts", kDynamicPort, Pairing::by_value},
    {"Resources", "Networks", "Network", Pairing::by_value},
    {"Resources", "Devices", "Device"},
    {"RequestedDevice", "Constraints", ""},
    {"RequestedDevice", "Affinities", ""},
    {"JobUIConfig", "Links", "Link", Pairing::by_value},
    {"Service", "Checks", "Check"},
    {"Service", "Connect", "ConsulConnect"},
    {"ConsulSidecarService", "Proxy", "ConsulProxy"},
    {"ConsulProxy", "Upstreams", "ConsulUpstreams", Pairing::by_key, "DestinationName"},
    {"ConsulUpstream", "Config", ""},
    {"ConsulExposeConfig", "Paths", "Paths", Pairing::by_value},
    {"ConsulIngressConfigEntry", "Listeners", "Listener", Pairing::by_position},
    {"ConsulIngressListener", "Services", "ConsulIngressService"},
    {"ConsulTerminatingConfigEntry", "Services", "ConsulLinkedService"},
};

// The order in which the objects of a struct are told, by object name. Those that are not named come last; a struct
// that is not here tells its objects by name.
struct ObjectOrder {
    std::string_view type;
    std::vector<std::string_view> names;
};

const ObjectOrder* order_of(const TypeInfo& type) {
    static const std::vector<ObjectOrder> kOrders = {
        {"Job", {"Datacenters", "Constraint", "Affinity", "Multiregion", "Periodic", "ParameterizedJob", "UI"}},
        {"TaskGroup",
         {"Constraint", "Affinity", "RestartPolicy", "Migrate", "Disconnect", "ReschedulePolicy", "EphemeralDisk",
          "Consul", "Update", "Network", "Service", "Volume", "Scaling"}},
        {"Task", {"Constraint", "Affinity", "Config", "Resources", "LogConfig", "Artifact"}},
        {"NetworkResource", {"Static Port", "Dynamic Port", "DNS"}},
        {"Service", {"CanaryTags", "Tags", "Check", "ConsulConnect"}},
        {"ServiceCheck", {"Header", "CheckRestart"}},
        {"ConsulProxy", {"ConsulUpstreams", "Expose", "TransparentProxy", "Config"}},
        {"ConsulGateway", {"Proxy", "Ingress"}},
    };
    const auto found =
        std::find_if(kOrders.begin(), kOrders.end(), [&](const ObjectOrder& order) { return order.type == type.name; });
    return found == kOrders.end() ? nullptr : &*found;
}

struct HiddenField {
    std::string_view type, member;
};

constexpr HiddenField kHidden[] = {
    {"Job", "ID"},
    {"Job", "Status"},
    {"Job", "StatusDescription"},
    {"Job", "Version"},
    {"Job", "Stable"},
    {"Job", "CreateIndex"},
    {"Job", "ModifyIndex"},
    {"Job", "JobModifyIndex"},
    {"Job", "SubmitTime"},
    {"Job", "NomadTokenID"},
    {"Job", "Payload"},
    {"TaskGroup", "Name"},
    {"TaskGroup", "MaxRunDuration"},
    {"ConsulGatewayProxy", "ConnectTimeout"},
    {"Task", "Name"},
    {"UpdateStrategy", "Stagger"},
    {"NetworkResource", "Device"},
    {"NetworkResource", "CIDR"},
    {"NetworkResource", "IP"},
    {"NetworkResource", "MBits"},
    {"ScalingPolicy", "ID"},
    {"ScalingPolicy", "Type"},
    {"ScalingPolicy", "Target"},
    {"ScalingPolicy", "CreateIndex"},
    {"ScalingPolicy", "ModifyIndex"},
};

const MemberRule* rule_of(const TypeInfo& type, const FieldInfo& field) {
    for (const MemberRule& rule : kMembers) {
        if (rule.type == type.name && rule.member == field.name) return &rule;
    }
    return nullptr;
}

bool is_hidden(const TypeInfo& type, const FieldInfo& field) {
    return std::any_of(std::begin(kHidden), std::end(kHidden), [&](const HiddenField& hidden) {
        return hidden.type == type.name && hidden.member == field.name;
    });
}

// These tell changes only, even where context is asked for.
bool tells_context(const TypeInfo& type) {
    return type.name != "Job" && type.name != "TaskGroup" && type.name != "Task" && type.name != "DNSConfig" &&
           type.name != "ScalingPolicy" && type.name != "JobUIConfig";
}

std::string scalar_text(const TypeInfo& type, const void* value) {
    switch (type.kind) {
        case Kind::boolean: return *static_cast<const bool*>(value) ? "true" : "false";
        case Kind::integer: return std::to_string(codec::load_integer(type, value));
        case Kind::natural: return std::to_string(codec::load_natural(type, value));
        case Kind::floating: return format_float(*static_cast<const double*>(value));
        case Kind::duration: return std::to_string(static_cast<const Duration*>(value)->ns);
        case Kind::text: return *static_cast<const std::string*>(value);
        case Kind::bytes: return *static_cast<const Bytes*>(value);
        case Kind::time: return to_rfc3339(*static_cast<const Time*>(value));
        default: return {};
    }
}

void flatten_any(const codec::Any& value, const std::string& name, FlatFields& out) {
    if (const auto* list = value.as<codec::AnyList>()) {
        for (size_t i = 0; i < list->size(); ++i) flatten_any((*list)[i], name + "[" + std::to_string(i) + "]", out);
    } else if (const auto* map = value.as<codec::AnyMap>()) {
        for (const auto& [key, item] : *map) flatten_any(item, name + "[" + key + "]", out);
    } else if (const auto* text = value.as<std::string>()) {
        out[name] = *text;
    } else if (const auto* flag = value.as<bool>()) {
        out[name] = *flag ? "true" : "false";
    } else if (const auto* whole = value.as<int64_t>()) {
        out[name] = std::to_string(*whole);
    } else if (const auto* natural = value.as<uint64_t>()) {
        out[name] = std::to_string(*natural);
    } else if (const auto* number = value.as<double>()) {
        out[name] = format_float(*number);
    } else {
        out[name] = "null";
    }
}

bool is_scalar(const TypeInfo& type) {
    return type.kind != Kind::list && type.kind != Kind::map && type.kind != Kind::pointer &&
           type.kind != Kind::structure && type.kind != Kind::any;
}

// A map of plain or free-form values within a named object: `Config[key]` only where the object has fields of its own.
void flatten_map(const TypeInfo& type, const void* value, const std::string& name, FlatFields& out) {
    struct Context {
        const TypeInfo& element;
        const std::string& name;
        FlatFields& out;
    } context{type.element(), name, out};
    type.each(value, &context, [](void* c, const std::string& key, const void* item) {
        auto& ctx = *static_cast<Context*>(c);
        const std::string flat = ctx.name.empty() ? key : ctx.name + "[" + key + "]";
        if (ctx.element.kind == Kind::any) {
            flatten_any(*static_cast<const codec::Any*>(item), flat, ctx.out);
        } else if (ctx.element.kind == Kind::list) {
            for (size_t i = 0, n = ctx.element.count(item); i < n; ++i) {
                ctx.out[flat + "[" + std::to_string(i) + "]"] =
                    scalar_text(ctx.element.element(), ctx.element.at(item, i));
            }
        } else if (is_scalar(ctx.element)) {
            ctx.out[flat] = scalar_text(ctx.element, item);
        } else if (ctx.element.name == "ConsulGatewayBindAddress") {
            const auto& address = *static_cast<const ConsulGatewayBindAddress*>(item);
            ctx.out[flat] = address.Address + ":" + std::to_string(address.Port);
        }
    });
}

// Maps that lie flat among the fields of their struct; the other maps are objects of their own.
bool lies_flat(const TypeInfo& type, const FieldInfo& field) {
    if (field.type().kind != Kind::map) return false;
    const Kind element = field.type().element().kind;
    return element == Kind::text || (element == Kind::any && type.name == "Secret");
}

bool joins_lists(const TypeInfo& type) { return type.name == "DNSConfig"; }

FlatFields flatten(const TypeInfo& type, const void* value) {
    FlatFields out;
    if (!value) return out;
    for (const FieldInfo& field : type.fields) {
        if (is_hidden(type, field)) continue;
        const TypeInfo& member_type = field.type();
        const void* member = codec::member(field, value);
        const std::string name(field.name);
        if (is_scalar(member_type)) {
            out[name] = scalar_text(member_type, member);
        } else if (member_type.kind == Kind::pointer && is_scalar(member_type.element())) {
            const void* pointee = member_type.pointee(member);
            if (pointee) out[name] = scalar_text(member_type.element(), pointee);
            if (!pointee && type.name == "DisconnectStrategy") out[name] = "nil";
        } else if (lies_flat(type, field)) {
            flatten_map(member_type, member, name, out);
        } else if (joins_lists(type) && member_type.kind == Kind::list) {
            const auto& list = *static_cast<const List<std::string>*>(member);
            out[name] = join(list, ",");
        }
    }
    return out;
}

FieldDiff field_diff(const std::string& name, const std::string& before, const std::string& after) {
    FieldDiff diff;
    diff.Name = name, diff.Old = before, diff.New = after;
    diff.Type = before == after ? kDiffNone : before.empty() ? kDiffAdded : after.empty() ? kDiffDeleted : kDiffEdited;
    return diff;
}

void compare_fields(const FlatFields& before, const FlatFields& after, bool contextual, List<FieldDiff>& out) {
    std::set<std::string> names;
    for (const auto* side : {&before, &after}) {
        for (const auto& [name, value] : *side) names.insert(name);
    }
    for (const std::string& name : names) {
        const auto old = before.find(name), now = after.find(name);
        FieldDiff diff =
            field_diff(name, old == before.end() ? "" : old->second, now == after.end() ? "" : now->second);
        if (contextual || diff.Type != kDiffNone) out.push_back(std::move(diff));
    }
}

void sort_fields(List<FieldDiff>& fields) {
    std::sort(fields.begin(), fields.end(), [](const FieldDiff& a, const FieldDiff& b) {
        return std::tie(a.Name, a.Old, a.New) < std::tie(b.Name, b.Old, b.New);
    });
}

void sort_objects(const TypeInfo& owner, List<ObjectDiff>& objects) {
    const auto type_rank = [](const std::string& type) {
        return type == kDiffEdited ? 0 : type == kDiffAdded ? 1 : type == kDiffDeleted ? 2 : 3;
    };
    const ObjectOrder* order = order_of(owner);
    const auto name_rank = [&](const std::string& name) {
        return order ? std::find(order->names.begin(), order->names.end(), name) - order->names.begin() : 0;
    };
    std::sort(objects.begin(), objects.end(), [&](const ObjectDiff& a, const ObjectDiff& b) {
        const auto key = [&](const ObjectDiff& d) {
            return std::tuple(name_rank(d.Name), std::string_view(d.Name), type_rank(d.Type), d.Fields.size(),
                              d.Objects.size());
        };
        // Of equal kind: by content, so that the order does not vary.
        return key(a) != key(b) ? key(a) < key(b) : codec::to_json(a) < codec::to_json(b);
    });
}

std::string_view change_type(const void* maybe_old, const void* maybe_new) {
    return !maybe_old ? kDiffAdded : !maybe_new ? kDiffDeleted : kDiffEdited;
}

// Compares two structs as one object; nothing is told if they are equal.
void compare_object(const TypeInfo& type, const void* before, const void* after, std::string_view name, bool contextual,
                    List<ObjectDiff>& out) {
    if (!before && !after) return;
    if (before && after && codec::equal(type, before, after)) return;
    Differences found = compare(type, before, after, contextual);
    if (name == kDynamicPort) {
        std::erase_if(found.fields,
                      [](const FieldDiff& f) { return f.Name == "Value" || f.Name == "IgnoreCollision"; });
    }
    // An upstream may differ in what is not told.
    if (!has_change(found) && type.name != "ConsulUpstream") return;
    ObjectDiff diff;
    diff.Type = change_type(before, after);
    diff.Name = name;
    diff.Fields = std::move(found.fields);
    diff.Objects = std::move(found.objects);
    out.push_back(std::move(diff));
}

void compare_texts(const List<std::string>& before, const List<std::string>& after, std::string_view name,
                   bool contextual, bool even_if_equal, List<ObjectDiff>& out) {
    const std::set<std::string> old(before.begin(), before.end()), now(after.begin(), after.end());
    ObjectDiff diff;
    diff.Name = name;
    bool added = false, removed = false;
    std::set<std::string> all = old;
    all.insert(now.begin(), now.end());
    for (const std::string& text : all) {
        const bool was = old.contains(text), is = now.contains(text);
        added |= !was, removed |= !is;
        if (was && is && !contextual) continue;
        diff.Fields.push_back(field_diff(diff.Name, was ? text : "", is ? text : ""));
    }
    if (all.empty() || (!added && !removed && !even_if_equal)) return;
    diff.Type = added && removed ? kDiffEdited : added ? kDiffAdded : removed ? kDiffDeleted : kDiffNone;
    sort_fields(diff.Fields);
    out.push_back(std::move(diff));
}

void compare_maps(const TypeInfo& type, const void* before, const void* after, std::string_view name, bool contextual,
                  List<ObjectDiff>& out) {
    FlatFields old, now;
    if (before) flatten_map(type, before, "", old);
    if (after) flatten_map(type, after, "", now);
    if (old == now) return;
    ObjectDiff diff;
    diff.Name = name;
    diff.Type = old.empty() ? kDiffAdded : now.empty() ? kDiffDeleted : kDiffEdited;
    compare_fields(old, now, contextual, diff.Fields);
    out.push_back(std::move(diff));
}

std::string key_of(const TypeInfo& type, const void* value, std::string_view key) {
    const FieldInfo* field = codec::find_field(type, key);
    return field ? scalar_text(field->type(), codec::member(*field, value)) : std::string();
}

class ListComparison {
public:
    ListComparison(const TypeInfo& type, const void* before, const void* after, const MemberRule& rule, bool contextual)
        : element_(type.element()), rule_(rule), contextual_(contextual) {
        collect(type, before, old_);
        collect(type, after, now_);
    }

    void run(List<ObjectDiff>& out) {
        if (rule_.pairing == Pairing::by_value) drop_equal();
        if (rule_.pairing == Pairing::by_key) return pair_by_key(out);
        if (rule_.pairing == Pairing::by_value) {
            for (const void* item : old_) tell(item, nullptr, out);
            for (const void* item : now_) tell(nullptr, item, out);
            return;
        }
        for (size_t i = 0; i < std::max(old_.size(), now_.size()); ++i) {
            tell(i < old_.size() ? old_[i] : nullptr, i < now_.size() ? now_[i] : nullptr, out);
        }
    }

private:
    static void collect(const TypeInfo& type, const void* list, std::vector<const void*>& out) {
        for (size_t i = 0, n = list ? type.count(list) : 0; i < n; ++i) out.push_back(type.at(list, i));
    }
    void tell(const void* before, const void* after, List<ObjectDiff>& out) {
        compare_object(element_, before, after, rule_.object_name, contextual_, out);
    }
    void drop_equal() {
        std::erase_if(old_, [&](const void* item) {
            const auto same = std::find_if(now_.begin(), now_.end(),
                                           [&](const void* other) { return codec::equal(element_, item, other); });
            if (same == now_.end()) return false;
            now_.erase(same);
            return true;
        });
    }
    // Of several with one key, the last counts.
    void pair_by_key(List<ObjectDiff>& out) {
        std::map<std::string, std::pair<const void*, const void*>> pairs;
        for (const void* item : old_) pairs[key_of(element_, item, rule_.key)].first = item;
        for (const void* item : now_) pairs[key_of(element_, item, rule_.key)].second = item;
        for (const auto& [key, pair] : pairs) tell(pair.first, pair.second, out);
    }

    const TypeInfo& element_;
    const MemberRule& rule_;
    bool contextual_;
    std::vector<const void*> old_, now_;
};

void compare_struct_maps(const TypeInfo& type, const void* before, const void* after, std::string_view name,
                         bool contextual, List<ObjectDiff>& out) {
    std::set<std::string> keys;
    for (const void* side : {before, after}) {
        if (!side) continue;
        type.each(side, &keys, [](void* c, const std::string& key, const void*) {
            static_cast<std::set<std::string>*>(c)->insert(key);
        });
    }
    for (const std::string& key : keys) {
        compare_object(type.element(), before ? type.find(before, key) : nullptr,
                       after ? type.find(after, key) : nullptr, name, contextual, out);
    }
}

// A struct that is always there counts as absent while it is all zero.
const void* present(const TypeInfo& type, const void* value) {
    return value && !codec::is_zero(type, value) ? value : nullptr;
}

bool same_object(const TypeInfo& type, const void* maybe_before, const void* maybe_after) {
    if (!maybe_before || !maybe_after) return maybe_before == maybe_after;
    return codec::equal(type, maybe_before, maybe_after);
}

// An object that is told, though it is the same or not even there.
void tell_unchanged(std::string_view name, List<ObjectDiff>& out) {
    ObjectDiff diff;
    diff.Type = kDiffNone;
    diff.Name = name;
    out.push_back(std::move(diff));
}

void compare_member(const TypeInfo& owner, const FieldInfo& field, const void* before, const void* after,
                    bool contextual, List<ObjectDiff>& out) {
    const MemberRule* rule = rule_of(owner, field);
    if ((rule && rule->object_name.empty()) || is_hidden(owner, field)) return;
    const std::string_view name = rule ? rule->object_name : field.name;
    const TypeInfo& type = field.type();
    const TypeInfo& inner = type.kind == Kind::pointer ? type.element() : type;
    if (type.kind == Kind::pointer) {
        before = before ? type.pointee(before) : nullptr;
        after = after ? type.pointee(after) : nullptr;
    }
    switch (inner.kind) {
        case Kind::structure:
            if (inner.name == "ConsulTransparentProxy" && same_object(inner, before, after)) {
                return tell_unchanged(name, out);
            }
            if (type.kind == Kind::structure) before = present(inner, before), after = present(inner, after);
            return compare_object(inner, before, after, name, contextual, out);
        case Kind::list: {
            const TypeInfo& element = inner.element();
            if (element.kind == Kind::text) {
                static const List<std::string> kNone;
                const auto* old = before ? static_cast<const List<std::string>*>(before) : &kNone;
                const auto* now = after ? static_cast<const List<std::string>*>(after) : &kNone;
                const bool always = owner.name == "WorkloadIdentity" && field.name == "Audience";
                return compare_texts(*old, *now, name, contextual, always && contextual, out);
            }
            if (element.kind == Kind::structure && rule) {
                ListComparison(inner, before, after, *rule, contextual).run(out);
            }
            return;
        }
        case Kind::map:
            if (lies_flat(owner, field)) return;
            if (inner.element().kind == Kind::structure && inner.element().name != "ConsulGatewayBindAddress") {
                return compare_struct_maps(inner, before, after, name, contextual, out);
            }
            return compare_maps(inner, before, after, name, contextual && owner.name != "ScalingPolicy", out);
        default: return;
    }
}

}  // namespace

bool has_change(const Differences& found) {
    const auto changed = [](const auto& diff) { return diff.Type != kDiffNone; };
    return std::any_of(found.fields.begin(), found.fields.end(), changed) ||
           std::any_of(found.objects.begin(), found.objects.end(), changed);
}

Differences compare(const TypeInfo& type, const void* before, const void* after, bool contextual) {
    Differences found;
    FlatFields old = flatten(type, before), now = flatten(type, after);
    compare_fields(old, now, contextual && tells_context(type), found.fields);
    for (const FieldInfo& field : type.fields) {
        if (joins_lists(type)) break;
        compare_member(type, field, before ? codec::member(field, before) : nullptr,
                       after ? codec::member(field, after) : nullptr, contextual, found.objects);
    }
    sort_fields(found.fields);
    sort_objects(type, found.objects);
    return found;
}

}  // namespace drover::model
