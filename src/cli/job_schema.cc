#include "cli/job_schema.h"

#include "model/spec_job.h"

namespace drover::cli {
namespace {

using codec::Any;
using codec::AnyList;
using codec::AnyMap;
using codec::FieldInfo;
using codec::Kind;
using codec::TypeInfo;

class SchemaWriter {
public:
    Any document() {
        const std::string job = reference(codec::type_of<model::spec::Job>());
        AnyMap wrapped{{"type", "object"},
                       {"properties", AnyMap{{"Job", AnyMap{{"$ref", job}}}}},
                       {"required", AnyList{"Job"}},
                       {"additionalProperties", false}};
        return AnyMap{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                      {"title", "A job in JSON"},
                      {"anyOf", AnyList{AnyMap{{"$ref", job}}, std::move(wrapped)}},
                      {"$defs", std::move(definitions_)}};
    }

private:
    std::string reference(const TypeInfo& type) {
        const std::string name(type.name);
        // The place is taken before the members are looked at, for types that contain themselves.
        if (definitions_.try_emplace(name).second) definitions_[name] = structure(type);
        return "#/$defs/" + name;
    }

    AnyMap structure(const TypeInfo& type) {
        AnyMap properties;
        for (const FieldInfo& field : type.fields) {
            if (field.hide_json) continue;
            AnyMap schema = schema_of(field.type());
            if (!field.hcl.empty()) schema["description"] = description(field);
            properties[std::string(field.json)] = std::move(schema);
        }
        return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    }

    static std::string description(const FieldInfo& field) {
        const std::string name = "`" + std::string(field.hcl) + "`";
        if (field.hcl_form == codec::HclForm::label) return "The label of the block.";
        return (field.hcl_form == codec::HclForm::block ? "The block " : "The attribute ") + name + " of a job file.";
    }

    static AnyMap nullable(AnyMap schema) {
        if (const auto type = schema.find("type"); type != schema.end()) {
            if (type->second.as<std::string>()) type->second = AnyList{type->second, "null"};
            return schema;
        }
        if (schema.empty()) return schema;  // anything, which includes null
        return {{"anyOf", AnyList{std::move(schema), AnyMap{{"type", "null"}}}}};
    }

    static AnyMap number(const TypeInfo& type) {
        AnyMap schema{{"type", "integer"}};
        const int bits = type.size * 8;
        if (type.kind == Kind::natural) schema["minimum"] = 0;
        if (bits == 64) return schema;
        if (type.kind == Kind::natural) {
            schema["maximum"] = (int64_t{1} << bits) - 1;
        } else {
            schema["minimum"] = -(int64_t{1} << (bits - 1));
            schema["maximum"] = (int64_t{1} << (bits - 1)) - 1;
        }
        return schema;
    }

    AnyMap schema_of(const TypeInfo& type) {
        switch (type.kind) {
            case Kind::boolean: return {{"type", "boolean"}};
            case Kind::integer:
            case Kind::natural: return number(type);
            case Kind::floating: return {{"type", "number"}};
            case Kind::text: return {{"type", "string"}};
            case Kind::bytes: return nullable({{"type", "string"}, {"contentEncoding", "base64"}});
            case Kind::duration: return {{"type", "integer"}, {"$comment", "nanoseconds"}};
            case Kind::time: return {{"type", "string"}, {"format", "date-time"}};
            case Kind::any: return {};
            case Kind::list: return nullable({{"type", "array"}, {"items", schema_of(type.element())}});
            case Kind::map: return nullable({{"type", "object"}, {"additionalProperties", schema_of(type.element())}});
            case Kind::pointer: return nullable(schema_of(type.element()));
            case Kind::structure: return {{"$ref", reference(type)}};
        }
        return {};
    }

    AnyMap definitions_;
};

}  // namespace

Any job_schema_document() { return SchemaWriter().document(); }

}  // namespace drover::cli
