#include "hcl/json_syntax.h"

#include <algorithm>

#include "base/strings.h"
#include "hcl/eval.h"
#include "hcl/json.h"
#include "hcl/name_table.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

using Tree = std::shared_ptr<const JsonNode>;

// A string of the file as its own source, if it is not spelled as it reads: ranges then point into the decoded text.
ExprPtr parse_string(const std::string& text, bool escaped, const Range& range, bool as_template, Diagnostics& diags) {
    Pos from = range.start;
    ++from.byte;
    ++from.column;
    Shared<Source> source = range.source;
    Pos to = from;
    if (escaped) {
        from.byte = 0;
        source = std::make_shared<const Source>(Source{range.source->name, text});
    }
    to.byte = from.byte + static_cast<uint32_t>(text.size());
    return as_template ? parse_template(source, from, to, diags) : parse_expression(source, from, to, diags);
}

// A JSON value as an expression. `root` keeps the tree alive that `node` is part of.
class JsonExpression final : public Expression {
public:
    JsonExpression(Tree root, const JsonNode& node) : root_(std::move(root)), node_(node) {
        for (const JsonNode& item : node_.items) list_.push_back(std::make_shared<JsonExpression>(root_, item));
        for (const JsonMember& member : node_.members) {
            auto key = std::make_shared<JsonKey>(root_, member);
            object_.push_back({key, std::make_shared<JsonExpression>(root_, member.value)});
        }
        for (const ExprPtr& item : list_) contain(item);
        for (const ObjectItem& item : object_) contain(item.value);
    }

    Range range() const override { return node_.range; }

    void collect(References& references) const override {
        Diagnostics ignored;
        if (node_.kind == JsonNode::Kind::string) templated(ignored)->collect(references);
        for (const ExprPtr& item : list_) item->collect(references);
        for (const ObjectItem& item : object_) {
            item.key->collect(references);
            item.value->collect(references);
        }
    }

    std::optional<Traversal> as_traversal() const override {
        ExprPtr inner = spelled();
        return inner ? inner->as_traversal() : std::nullopt;
    }
    std::optional<StaticCall> as_call() const override {
        ExprPtr inner = spelled();
        return inner ? inner->as_call() : std::nullopt;
    }
    const std::vector<ExprPtr>* as_list() const override {
        return node_.kind == JsonNode::Kind::array ? &list_ : nullptr;
    }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override {
        switch (node_.kind) {
            case JsonNode::Kind::null: return Value();
            case JsonNode::Kind::boolean: return Value::boolean(node_.flag);
            case JsonNode::Kind::number: {
                auto number = Number::parse(node_.text);
                if (number) return Value::number(*number);
                diags.error("Invalid JSON number", "This number is out of range.", node_.range);
                return Value::unknown(Type::number());
            }
            case JsonNode::Kind::string: return templated(diags)->evaluate(context, diags);
            case JsonNode::Kind::array: return tuple(context, diags);
            case JsonNode::Kind::object: return object(context, diags);
        }
        return Value::unknown();
    }

private:
    // A property's name where it is a value: a template, too.
    class JsonKey final : public Expression {
    public:
        JsonKey(Tree root, const JsonMember& member) : root_(std::move(root)), member_(member) {}
        Range range() const override { return member_.name_range; }
        void collect(References& references) const override {
            Diagnostics ignored;
            templated(ignored)->collect(references);
        }

    protected:
        Value compute(const EvalContext& context, Diagnostics& diags) const override {
            return templated(diags)->evaluate(context, diags);
        }

    private:
        ExprPtr templated(Diagnostics& diags) const {
            return parse_string(member_.name, true, member_.name_range, true, diags);
        }
        Tree root_;
        const JsonMember& member_;
    };

    ExprPtr templated(Diagnostics& diags) const {
        return parse_string(node_.text, node_.escaped, node_.range, true, diags);
    }

    // The native expression that a string spells.
    ExprPtr spelled() const {
        if (node_.kind != JsonNode::Kind::string) return nullptr;
        Diagnostics diags;
        ExprPtr expr = parse_string(node_.text, node_.escaped, node_.range, false, diags);
        return diags.has_errors() ? nullptr : expr;
    }

    Value tuple(const EvalContext& context, Diagnostics& diags) const {
        Value::Sequence out;
        for (const ExprPtr& item : list_) out.push_back(item->evaluate(context, diags));
        return charged(Value::tuple(std::move(out)), context, node_.range, diags);
    }

    Value object(const EvalContext& context, Diagnostics& diags) const {
        Value::Entries out;
        bool known = true;
        for (const ObjectItem& item : object_) {
            Value key = item.key->evaluate(context, diags);
            Value value = item.value->evaluate(context, diags);
            if (!key.is_known() || key.is_null() || !key.is(Type::Kind::string)) {
                if (key.is_known()) {
                    diags.error("Invalid object key expression", "A string is required as the name of a property.",
                                item.key->range());
                }
                known = false;
                continue;
            }
            if (!out.emplace(key.as_string(), std::move(value)).second) {
                diags.error("Duplicate object attribute",
                            "An attribute named " + quote(key.as_string()) + " was already defined.",
                            item.key->range());
            }
        }
        if (!known) return Value::unknown();
        return charged(Value::object(std::move(out)), context, node_.range, diags);
    }

    Tree root_;
    const JsonNode& node_;
    std::vector<ExprPtr> list_;
    std::vector<ObjectItem> object_;
};

class JsonBody final : public Body {
public:
    JsonBody(Tree root, const JsonNode& node, std::set<std::string, std::less<>> hidden = {})
        : root_(std::move(root)), node_(node), hidden_(std::move(hidden)) {}

    Content content(const Schema& schema, Diagnostics& diags) const override {
        Content out = take(schema, diags);
        std::vector<std::string> known;
        for (const AttributeSchema& a : schema.attributes) known.push_back(a.name);
        for (const BlockSchema& b : schema.blocks) known.push_back(b.type);
        for (const JsonMember* member : members(diags)) {
            if (member->name == "//" || hidden_.contains(member->name)) continue;
            if (schema.attribute(member->name) || schema.block(member->name)) continue;
            std::string hint = suggestion(member->name, known);
            diags.error("Extraneous JSON object property",
                        "No argument or block type is named " + quote(member->name) + "." +
                            (hint.empty() ? "" : " Did you mean " + quote(hint) + "?"),
                        member->name_range);
        }
        return out;
    }

    Content partial_content(const Schema& schema, BodyPtr& rest, Diagnostics& diags) const override {
        Content out = take(schema, diags);
        auto hidden = hidden_;
        for (const AttributeSchema& a : schema.attributes) hidden.insert(a.name);
        for (const BlockSchema& b : schema.blocks) hidden.insert(b.type);
        rest = std::make_shared<JsonBody>(root_, node_, std::move(hidden));
        return out;
    }

    Attributes just_attributes(Diagnostics& diags) const override {
        Collected out;
        for (const JsonMember* member : members(diags)) {
            if (member->name == "//" || hidden_.contains(member->name)) continue;
            add_attribute(*member, out, diags);
        }
        return Attributes(std::move(out.attributes));
    }

    Content everything(Diagnostics& diags) const override { return {just_attributes(diags), {}, missing_item_range()}; }

    Range missing_item_range() const override { return before(node_.range); }

private:
    // The properties of the object, or of all objects of the array.
    std::vector<const JsonMember*> members(Diagnostics& diags) const {
        std::vector<const JsonMember*> out;
        auto add = [&](const JsonNode& node) {
            for (const JsonMember& member : node.members) out.push_back(&member);
        };
        if (node_.kind == JsonNode::Kind::object) {
            add(node_);
        } else if (node_.kind == JsonNode::Kind::array) {
            for (const JsonNode& item : node_.items) {
                if (item.kind == JsonNode::Kind::object) {
                    add(item);
                } else {
                    diags.error("Incorrect JSON value type",
                                "A JSON object is required here, to define arguments and child blocks.",
                                before(item.range));
                }
            }
        } else {
            diags.error("Incorrect JSON value type",
                        "A JSON object is required here, to define arguments and child blocks.", before(node_.range));
        }
        return out;
    }

    struct Collected {
        std::vector<Attribute> attributes;
        NameTable names;
    };

    void add_attribute(const JsonMember& member, Collected& out, Diagnostics& diags) const {
        const auto name_of = [&](uint32_t place) -> const std::string& { return out.attributes[place].name; };
        const auto place = static_cast<uint32_t>(out.attributes.size());
        const auto earlier = out.names.find_or_add(member.name, place, name_of);
        if (!earlier) {
            out.attributes.push_back(
                {member.name, std::make_shared<JsonExpression>(root_, member.value), member.name_range});
            return;
        }
        diags.error("Duplicate argument",
                    "The argument " + quote(member.name) + " was already set at " +
                        out.attributes[*earlier].range().to_string() + ".",
                    member.name_range);
    }

    Content take(const Schema& schema, Diagnostics& diags) const {
        Content out;
        Collected collected;
        out.missing_item_range = missing_item_range();
        Diagnostics reported_again;
        for (const JsonMember* member : members(reported_again)) {
            if (member->name == "//" || hidden_.contains(member->name)) continue;
            if (schema.attribute(member->name)) {
                add_attribute(*member, collected, diags);
            } else if (const BlockSchema* wanted = schema.block(member->name)) {
                Block block;
                block.type = member->name;
                block.type_range = block.def_range = member->name_range;
                unpack(*wanted, member->value, std::move(block), out.blocks, diags);
            }
        }
        out.attributes = Attributes(std::move(collected.attributes));
        for (const AttributeSchema& wanted : schema.attributes) {
            if (!wanted.required || out.attributes.contains(wanted.name) || hidden_.contains(wanted.name)) continue;
            diags.error("Missing required argument",
                        "The argument " + quote(wanted.name) + " is required, but no definition was found.",
                        out.missing_item_range);
        }
        return out;
    }

    // Each level of objects takes one label, until there are as many as the schema wants.
    void unpack(const BlockSchema& wanted, const JsonNode& value, Block block, std::vector<Block>& out,
                Diagnostics& diags) const {
        if (block.labels.size() < wanted.labels.size()) {
            unpack_label(wanted, value, block, out, diags);
            return;
        }
        if (value.kind == JsonNode::Kind::null) return;
        if (value.kind == JsonNode::Kind::object) {
            block.body = std::make_shared<JsonBody>(root_, value);
            out.push_back(std::move(block));
            return;
        }
        if (value.kind == JsonNode::Kind::array) {
            for (const JsonNode& item : value.items) {
                Block copy = block;
                copy.body = std::make_shared<JsonBody>(root_, item);
                out.push_back(std::move(copy));
            }
            return;
        }
        diags.error("Incorrect JSON value type",
                    "Either a JSON object or a JSON array is required, representing the contents of one or more " +
                        quote(wanted.type) + " blocks.",
                    value.range);
    }

    void unpack_label(const BlockSchema& wanted, const JsonNode& value, const Block& block, std::vector<Block>& out,
                      Diagnostics& diags) const {
        const std::string& label = wanted.labels[block.labels.size()];
        std::vector<const JsonNode*> objects;
        if (value.kind == JsonNode::Kind::object) objects.push_back(&value);
        for (const JsonNode& item : value.items) objects.push_back(&item);
        bool good = value.kind == JsonNode::Kind::object || value.kind == JsonNode::Kind::array;
        for (const JsonNode* object : objects) good = good && object->kind == JsonNode::Kind::object;
        if (!good) {
            diags.error(
                "Incorrect JSON value type",
                "A JSON object is required, whose keys represent the " + wanted.type + " block's " + label + ".",
                value.range);
            return;
        }
        bool any = false;
        for (const JsonNode* object : objects) {
            for (const JsonMember& member : object->members) {
                any = true;
                if (member.name == "//") continue;
                Block inner = block;
                inner.labels.push_back(member.name);
                inner.label_ranges.push_back(member.name_range);
                unpack(wanted, member.value, std::move(inner), out, diags);
            }
        }
        if (!any) {
            diags.error("Missing block label",
                        "At least one object property is required, whose name represents the " + wanted.type +
                            " block's " + label + ".",
                        value.range);
        }
    }

    Tree root_;
    const JsonNode& node_;
    std::set<std::string, std::less<>> hidden_;
};

}  // namespace

BodyPtr parse_json_syntax(Shared<Source> source, Diagnostics& diags) {
    auto root = std::make_shared<JsonNode>();
    if (source->text.size() > kMaxSourceBytes) {
        diags.error("Source too large", "A source may have up to " + std::to_string(kMaxSourceBytes) + " bytes.");
        root->kind = JsonNode::Kind::object;
        root->range.source = source;
        return std::make_shared<JsonBody>(root, *root);
    }
    size_t mark = diags.count();
    *root = parse_json(source, diags);
    if (diags.count() == mark && root->kind != JsonNode::Kind::object && root->kind != JsonNode::Kind::array) {
        diags.error("Root value must be object", "The root value in a JSON-based configuration must be a JSON object.",
                    before(root->range));
    }
    return std::make_shared<JsonBody>(root, *root);
}

}  // namespace drover::hcl
