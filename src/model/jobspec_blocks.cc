// The blocks of the language that are more than their type tables say.

#include <algorithm>

#include "base/strings.h"
#include "hcl/convert.h"
#include "model/jobspec_decode.h"

namespace drover::model {
namespace {

using hcl::Attribute;
using hcl::Block;
using hcl::BodyPtr;
using hcl::Content;
using hcl::Value;

hcl::Schema attributes_only(std::initializer_list<std::string_view> names) {
    hcl::Schema schema;
    for (std::string_view name : names) schema.attributes.push_back({std::string(name), false});
    return schema;
}

hcl::Schema table_schema(const codec::TypeInfo& type) {
    hcl::Schema schema;
    for (const codec::FieldInfo& field : type.fields) {
        if (field.hcl.empty() || field.hcl_form == codec::HclForm::label) continue;
        if (field.hcl_form == codec::HclForm::attribute) {
            schema.attributes.push_back({std::string(field.hcl), false});
            continue;
        }
        const codec::TypeInfo* inner = &field.type();
        while (inner->element) inner = &inner->element();
        hcl::BlockSchema block{std::string(field.hcl), {}};
        for (const codec::FieldInfo& f : inner->fields) {
            if (f.hcl_form == codec::HclForm::label) block.labels.push_back(std::string(f.hcl));
        }
        schema.blocks.push_back(std::move(block));
    }
    return schema;
}

std::vector<Block> take_blocks(Content& content, std::string_view type) {
    std::vector<Block> taken;
    for (const Block& block : content.blocks) {
        if (block.type == type) taken.push_back(block);
    }
    std::erase_if(content.blocks, [&](const Block& block) { return block.type == type; });
    return taken;
}

}  // namespace

// Reads a text attribute where the language converts whatever it finds; null counts as absent.
void JobspecDecoder::text_member(const Content& content, std::string_view name, std::string& target) {
    const Attribute* maybe_given = content.attributes.find(name);
    if (!maybe_given) return;
    const Value value = evaluate(*maybe_given);
    const auto text = hcl::convert(value, hcl::Type::string());
    if (!text) return inappropriate(*maybe_given, text.error());
    if (text->is_known() && !text->is_null()) target = text->as_string();
}

// The short forms stand for an operand and its right side; where several are given, the last of the list wins.
void JobspecDecoder::constraint(const BodyPtr& body, spec::Constraint& target) {
    static const hcl::Schema kSchema = attributes_only(
        {"attribute", "value", "operator", "version", "semver", "regexp", "set_contains", "distinct_hosts",
         "distinct_property", "set_contains_all", "set_contains_any", "is_set", "is_not_set"});
    const Content content = body->content(kSchema, diags_);
    text_member(content, "attribute", target.LTarget);
    text_member(content, "value", target.RTarget);
    text_member(content, "operator", target.Operand);
    for (const char* name : {"version", "semver", "regexp", "set_contains"}) {
        std::string text;
        text_member(content, name, text);
        if (!text.empty()) target.Operand = name, target.RTarget = std::move(text);
    }
    if (const Attribute* maybe_given = content.attributes.find("distinct_hosts")) {
        const auto flag = hcl::convert(evaluate(*maybe_given), hcl::Type::boolean());
        if (!flag) {
            inappropriate(*maybe_given, flag.error());
        } else if (flag->is_known() && !flag->is_null()) {
            target.Operand = "distinct_hosts", target.RTarget = flag->as_bool() ? "true" : "false";
        }
    }
    std::string property;
    text_member(content, "distinct_property", property);
    if (!property.empty()) target.Operand = "distinct_property", target.LTarget = std::move(property);
    for (const char* ignored : {"set_contains_all", "set_contains_any", "is_set", "is_not_set"}) {
        std::string unused;
        text_member(content, ignored, unused);
    }
    if (target.Operand.empty()) target.Operand = "=";
}

void JobspecDecoder::affinity(const BodyPtr& body, spec::Affinity& target) {
    static const hcl::Schema kSchema =
        attributes_only({"attribute", "value", "operator", "weight", "version", "semver", "regexp", "set_contains",
                         "set_contains_any", "set_contains_all"});
    const Content content = body->content(kSchema, diags_);
    text_member(content, "attribute", target.LTarget);
    text_member(content, "value", target.RTarget);
    text_member(content, "operator", target.Operand);
    if (const Attribute* maybe_given = content.attributes.find("weight")) {
        const auto number = hcl::convert(evaluate(*maybe_given), hcl::Type::number());
        if (!number) {
            inappropriate(*maybe_given, number.error());
        } else if (number->is_known() && !number->is_null()) {
            // Users know that what does not fit wraps around.
            const hcl::Number& weight = number->as_number();
            const auto whole = (weight.sign() < 0 ? weight.ceil() : weight.floor()).to_int64();
            if (!whole) return inappropriate(*maybe_given, "value must be a whole number");
            target.Weight = static_cast<int8_t>(*whole);
        }
    }
    for (const char* name : {"version", "semver", "regexp", "set_contains_any", "set_contains_all", "set_contains"}) {
        std::string text;
        text_member(content, name, text);
        if (!text.empty()) target.Operand = name, target.RTarget = std::move(text);
    }
    if (target.Operand.empty()) target.Operand = "=";
}

// Ports with a number are reserved ones, the others dynamic. They replace what older `reserved_ports` blocks say.
void JobspecDecoder::network(const BodyPtr& body, spec::NetworkResource& target) {
    const codec::TypeInfo& type = codec::type_of<spec::NetworkResource>();
    static const hcl::Schema kSchema = table_schema(type);
    generic(body, type, &target, kSchema);
    if (target.DynamicPorts.empty()) return;
    List<spec::Port> ports = std::move(target.DynamicPorts);
    target.DynamicPorts = {}, target.ReservedPorts = {};
    target.DynamicPorts.set_null(), target.ReservedPorts.set_null();
    for (spec::Port& port : ports) {
        (port.Value > 0 ? target.ReservedPorts : target.DynamicPorts).push_back(std::move(port));
    }
}

// `seen` has the blocks of this task by what they scale.
void JobspecDecoder::task_scaling(const Block& block, std::map<std::string, const Block*>& seen, spec::Task& target) {
    const std::string resource = block.labels.empty() ? "" : to_lower(block.labels.front());
    if (resource != "cpu" && resource != "mem") {
        diags_.error("Invalid scaling policy name", "scaling policy name must be \"cpu\" or \"mem\"",
                     block.label_ranges.empty() ? block.def_range : block.label_ranges.front());
        return;
    }
    if (const auto [first, fresh] = seen.emplace(resource, &block); !fresh) {
        diags_.error("Duplicate scaling " + quote(resource) + " block",
                     "Only one scaling " + resource + " block is allowed. Another was defined at " +
                         first->second->def_range.to_string() + ".",
                     block.def_range);
        return;
    }
    const std::string wanted = "vertical_" + resource;
    spec::ScalingPolicy policy;
    structure(block.body, codec::type_of<spec::ScalingPolicy>(), &policy);
    if (!policy.Type.empty() && policy.Type != wanted) {
        diags_.error("Invalid scaling policy type",
                     "Invalid policy type, expected " + quote(policy.Type) + " but found " + quote(wanted),
                     block.def_range);
        return;
    }
    policy.Type = wanted;
    target.ScalingPolicies.push_back(std::move(policy));
}

void JobspecDecoder::group_scaling(const Block& block, spec::TaskGroup& target) {
    spec::ScalingPolicy& policy = target.Scaling.make();
    structure(block.body, codec::type_of<spec::ScalingPolicy>(), &policy);
    if (!policy.Type.empty() && policy.Type != "horizontal") {
        static const hcl::Schema kType = attributes_only({"type"});
        BodyPtr rest;
        const Content written = block.body->partial_content(kType, rest, diags_);
        const Attribute* type = written.attributes.find("type");
        diags_.error("Invalid group scaling type", "task group scaling policy had invalid type: " + quote(policy.Type),
                     type ? type->expr->range() : block.def_range);
    }
    policy.Type = "horizontal";
}

void JobspecDecoder::task(const BodyPtr& body, spec::Task& target) {
    const codec::TypeInfo& type = codec::type_of<spec::Task>();
    static const hcl::Schema kSchema = [&] {
        hcl::Schema schema = table_schema(type);
        schema.attributes.push_back({"meta", false});
        schema.attributes.push_back({"env", false});
        for (hcl::BlockSchema& block : schema.blocks) {
            if (block.type == "scaling") block.labels = {"name"};
        }
        return schema;
    }();
    Content content = body->content(kSchema, diags_);
    map_in_both_forms(content, "meta", target.Meta);
    map_in_both_forms(content, "env", target.Env);
    static const hcl::Schema kScaling = {{}, {{"scaling", {"name"}}}};
    BodyPtr rest;
    body->partial_content(kScaling, rest, diags_);  // users know that wrong labels are told twice
    const std::vector<Block> scaling = take_blocks(content, "scaling");
    std::map<std::string, const Block*> seen;
    for (const Block& block : scaling) task_scaling(block, seen, target);
    fill(content, type, &target);

    // The first identity without a name, or called default, is the task's own.
    const auto own = std::find_if(target.Identities.begin(), target.Identities.end(), [](const auto& identity) {
        return identity.Name.empty() || identity.Name == "default";
    });
    if (own == target.Identities.end()) return;
    target.Identity = std::move(*own);
    target.Identities.erase(own);
}

// What a group says of Vault and secrets goes to its tasks. Mistakes in these blocks have always been passed over.
void JobspecDecoder::inherit(const Content& content, spec::TaskGroup& group) {
    hcl::Diagnostics passed_over;
    JobspecDecoder lenient(context_, passed_over);
    Box<spec::Vault> vault;
    List<spec::Secret> secrets;
    for (const Block& block : content.blocks) {
        if (block.type == "vault") {
            spec::Vault given;
            lenient.labelled(block, codec::type_of<spec::Vault>(), &given);
            vault = std::move(given);
        } else if (block.type == "secret") {
            lenient.labelled(block, codec::type_of<spec::Secret>(), &secrets.emplace_back());
        }
    }
    for (spec::Task& task : group.Tasks) {
        if (vault && !task.Vault) task.Vault = vault;
        if (secrets.empty()) continue;
        // A task with secrets of its own gets them a second time in place of the group's.
        const List<spec::Secret> more = task.Secrets.empty() ? secrets : task.Secrets;
        task.Secrets.insert(task.Secrets.end(), more.begin(), more.end());
    }
}

void JobspecDecoder::group(const BodyPtr& body, spec::TaskGroup& target) {
    const codec::TypeInfo& type = codec::type_of<spec::TaskGroup>();
    static const hcl::Schema kSchema = [&] {
        hcl::Schema schema = table_schema(type);
        schema.attributes.push_back({"meta", false});
        schema.blocks.push_back({"vault", {}});
        schema.blocks.push_back({"secret", {"name"}});
        return schema;
    }();
    Content content = body->content(kSchema, diags_);
    map_in_both_forms(content, "meta", target.Meta);
    const std::vector<Block> scaling = take_blocks(content, "scaling");
    for (size_t i = 1; i < scaling.size(); ++i) {
        diags_.error(
            "Duplicate scaling block",
            "Only one scaling block is allowed. Another was defined at " + scaling.front().def_range.to_string() + ".",
            scaling[i].def_range);
    }
    if (!scaling.empty()) group_scaling(scaling.front(), target);
    fill(content, type, &target);
    for (auto& [name, volume] : target.Volumes) volume.Name = name;
    inherit(content, target);
}

void JobspecDecoder::job(const BodyPtr& body, const std::string& label, spec::Job& job) {
    const codec::TypeInfo& type = codec::type_of<spec::Job>();
    hcl::Schema schema = table_schema(type);
    schema.attributes.push_back({"meta", false});
    schema.blocks.push_back({"vault", {}});
    schema.blocks.push_back({"secret", {"name"}});
    schema.blocks.push_back({"task", {"name"}});
    Content content = body->content(schema, diags_);
    job.ID = label;
    job.Name = label;
    map_in_both_forms(content, "meta", job.Meta);
    const std::vector<Block> tasks = take_blocks(content, "task");
    const std::vector<Block> vaults = take_blocks(content, "vault");
    const std::vector<Block> secrets = take_blocks(content, "secret");
    fill(content, type, &job);
    // What no cron expression is given for is of no type yet.
    if (job.Periodic && (job.Periodic->Spec || !job.Periodic->Specs.is_null())) job.Periodic->SpecType = "cron";

    List<spec::TaskGroup> groups;
    for (const Block& block : tasks) {
        spec::TaskGroup& group = groups.emplace_back();
        labelled(block, codec::type_of<spec::Task>(), &group.Tasks.emplace_back());
        group.Name = group.Tasks.front().Name;
    }
    if (!groups.empty()) {
        groups.insert(groups.end(), std::move_iterator(job.TaskGroups.begin()),
                      std::move_iterator(job.TaskGroups.end()));
        job.TaskGroups = std::move(groups);
    }

    Box<spec::Vault> vault;
    for (const Block& block : vaults) {
        if (&block != &vaults.front()) {
            diags_.error("Duplicate vault block",
                         "Only one block of type \"vault\" is allowed. Previous definition was at " +
                             vaults.front().def_range.to_string() + ".",
                         block.def_range);
        }
        labelled(block, codec::type_of<spec::Vault>(), &vault.make());
    }
    List<spec::Secret> shared;
    for (const Block& block : secrets) labelled(block, codec::type_of<spec::Secret>(), &shared.emplace_back());
    for (spec::TaskGroup& group : job.TaskGroups) {
        for (spec::Task& task : group.Tasks) {
            if (vault && !task.Vault) task.Vault = vault;
            task.Secrets.insert(task.Secrets.end(), shared.begin(), shared.end());
        }
    }
}

}  // namespace drover::model
