#include "hcl/dynamic.h"

#include <algorithm>
#include <mutex>

#include "base/strings.h"
#include "hcl/convert.h"

namespace drover::hcl {
namespace {

using Iterators = std::map<std::string, Value, std::less<>>;
using IteratorsPtr = std::shared_ptr<const Iterators>;

// An expression together with the iterators around it.
class ScopedExpression final : public Expression {
public:
    ScopedExpression(ExprPtr inner, IteratorsPtr iterators)
        : inner_(std::move(inner)), iterators_(std::move(iterators)) {}

    Range range() const override { return inner_->range(); }
    Range start_range() const override { return inner_->start_range(); }
    void collect(References& references) const override {
        std::vector<std::string> names;
        for (const auto& [name, value] : *iterators_) names.push_back(name);
        auto fresh = references.hide(names);
        inner_->collect(references);
        references.reveal(fresh);
    }
    std::optional<Traversal> as_traversal() const override { return inner_->as_traversal(); }
    std::optional<StaticCall> as_call() const override { return inner_->as_call(); }
    std::optional<Value> as_literal() const override { return inner_->as_literal(); }
    const std::vector<ExprPtr>* as_list() const override {
        wrap_parts();
        return inner_->as_list() ? &list_ : nullptr;
    }
    const std::vector<ObjectItem>* as_object() const override {
        wrap_parts();
        return inner_->as_object() ? &object_ : nullptr;
    }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override {
        EvalContext inner(&context);
        inner.variables = *iterators_;
        return inner_->evaluate(inner, diags);
    }

private:
    ExprPtr scoped(const ExprPtr& expr) const { return std::make_shared<ScopedExpression>(expr, iterators_); }
    void wrap_parts() const {
        std::call_once(wrapped_, [this] {
            if (const auto* list = inner_->as_list()) {
                for (const ExprPtr& item : *list) list_.push_back(scoped(item));
            }
            if (const auto* object = inner_->as_object()) {
                for (const ObjectItem& item : *object) object_.push_back({scoped(item.key), scoped(item.value)});
            }
        });
    }

    ExprPtr inner_;
    IteratorsPtr iterators_;
    mutable std::once_flag wrapped_;
    mutable std::vector<ExprPtr> list_;
    mutable std::vector<ObjectItem> object_;
};

// A dynamic block, read: what its blocks are made of.
struct DynamicSpec {
    std::string iterator;
    Value for_each;
    std::vector<ExprPtr> labels;
    BodyPtr content;
    Range for_each_range;
};

class ExpandedBody final : public Body {
public:
    ExpandedBody(BodyPtr original, const EvalContext& context, IteratorsPtr iterators,
                 std::set<std::string, std::less<>> hidden)
        : original_(std::move(original)),
          context_(context),
          iterators_(std::move(iterators)),
          hidden_(std::move(hidden)) {}

    Content content(const Schema& schema, Diagnostics& diags) const override {
        if (is_plain(schema)) return expanded(original_->content(schema, diags), schema, true, diags);
        return expanded(original_->content(extended(schema), diags), schema, true, diags);
    }

    Content partial_content(const Schema& schema, BodyPtr& rest, Diagnostics& diags) const override {
        BodyPtr raw_rest;
        Content raw = original_->partial_content(extended(schema, false), raw_rest, diags);
        // The dynamic blocks stay in the rest too, since some of them may be of types that a later schema names.
        Schema dynamic;
        dynamic.blocks = {{"dynamic", {"type"}}};
        BodyPtr unused;
        for (Block& block : original_->partial_content(dynamic, unused, diags).blocks)
            raw.blocks.push_back(std::move(block));
        auto earlier = [](const Block& a, const Block& b) { return a.type_range.start.byte < b.type_range.start.byte; };
        std::sort(raw.blocks.begin(), raw.blocks.end(), earlier);
        auto hidden = hidden_;
        for (const BlockSchema& block : schema.blocks) hidden.insert(block.type);
        rest = std::make_shared<ExpandedBody>(raw_rest, context_, iterators_, std::move(hidden));
        return expanded(std::move(raw), schema, false, diags);
    }

    Attributes just_attributes(Diagnostics& diags) const override { return scoped(original_->just_attributes(diags)); }

    Content everything(Diagnostics& diags) const override {
        Content out = original_->everything(diags);
        out.attributes = scoped(std::move(out.attributes));
        for (Block& block : out.blocks) block.body = child(block.body, iterators_);
        return out;
    }

    Range missing_item_range() const override { return original_->missing_item_range(); }

private:
    // Whether the body has nothing but what the schema names: most have, and need no schema of their own.
    bool is_plain(const Schema& schema) const {
        const NativeBody* maybe_native = original_->native();
        if (!maybe_native) return false;
        const auto& attributes = maybe_native->attributes();
        const auto& blocks = maybe_native->blocks();
        return std::all_of(attributes.begin(), attributes.end(),
                           [&](const Attribute& a) { return schema.attribute(a.name); }) &&
               std::all_of(blocks.begin(), blocks.end(), [&](const Block& b) { return schema.block(b.type); });
    }

    static Schema extended(const Schema& schema, bool with_dynamic = true) {
        Schema out = schema;
        if (with_dynamic) out.blocks.push_back({"dynamic", {"type"}});
        return out;
    }

    BodyPtr child(BodyPtr body, IteratorsPtr iterators) const {
        return std::make_shared<ExpandedBody>(std::move(body), context_, std::move(iterators),
                                              std::set<std::string, std::less<>>{});
    }

    Attributes scoped(Attributes attributes) const {
        if (iterators_->empty()) return attributes;
        std::vector<Attribute> inner;
        inner.reserve(attributes.size());
        for (const Attribute& a : attributes) {
            inner.push_back({a.name, std::make_shared<ScopedExpression>(a.expr, iterators_), a.name_range});
        }
        return Attributes(std::move(inner));
    }

    Content expanded(Content raw, const Schema& schema, bool complete, Diagnostics& diags) const {
        raw.attributes = scoped(std::move(raw.attributes));
        std::vector<Block> blocks;
        for (Block& block : raw.blocks) {
            if (block.type != "dynamic") {
                block.body = child(block.body, iterators_);
                blocks.push_back(std::move(block));
                continue;
            }
            const BlockSchema* wanted = schema.block(block.labels[0]);
            if (wanted && !hidden_.contains(wanted->type)) {
                generate(block, *wanted, blocks, diags);
            } else if (complete && !hidden_.contains(block.labels[0])) {
                diags.error("Unsupported block type",
                            "Blocks of type " + quote(block.labels[0]) + " are not expected here.",
                            block.label_ranges[0]);
            }
        }
        raw.blocks = std::move(blocks);
        return raw;
    }

    std::optional<std::string> iterator_name(const Block& block, const Content& content, Diagnostics& diags) const {
        const Attribute* iterator = content.attributes.find("iterator");
        if (!iterator) return block.labels[0];
        auto traversal = iterator->expr->as_traversal();
        if (!traversal) {
            diags.error("Invalid expression",
                        "A single static variable reference is required: only attribute access and indexing with "
                        "constant keys. "
                        "No calculations, function calls, template expressions, etc are allowed here.",
                        iterator->expr->range());
            return std::nullopt;
        }
        if (traversal->steps.size() == 1) return traversal->root();
        diags.error("Invalid dynamic iterator name", "Dynamic iterator must be a single variable name.",
                    traversal->range());
        return std::nullopt;
    }

    bool iterable(const Value& value, const Range& where, Diagnostics& diags) const {
        if (!value.is_known()) return false;
        std::string problem;
        if (value.is_null()) {
            problem = "Cannot use a null value in for_each.";
        } else if (!value.type().is_sequence() && !value.type().is_keyed()) {
            problem = "Cannot use a " + value.type().friendly_name() +
                      " value in for_each. An iterable collection is required.";
        } else if (value.size() > kMaxDynamicBlocks) {
            problem = "A dynamic block may stand for up to " + std::to_string(kMaxDynamicBlocks) + " blocks.";
        }
        if (!problem.empty()) diags.error("Invalid dynamic for_each value", problem, where);
        return problem.empty();
    }

    bool read_labels(const Content& content, const BlockSchema& wanted, DynamicSpec& spec, Diagnostics& diags) const {
        const Attribute* labels = content.attributes.find("labels");
        size_t count = wanted.labels.size();
        std::string detail =
            "Blocks of type " + quote(wanted.type) + " require " + std::to_string(count) + " label(s).";
        if (!labels) {
            if (count == 0) return true;
            diags.error("Insufficient dynamic block labels", detail, content.missing_item_range);
            return false;
        }
        const auto* list = labels->expr->as_list();
        if (!list) {
            diags.error("Invalid expression", "A static list expression is required.", labels->expr->range());
            return false;
        }
        if (list->size() != count) {
            diags.error(list->size() > count ? "Extraneous dynamic block label" : "Insufficient dynamic block labels",
                        detail, list->size() > count ? (*list)[count]->range() : labels->expr->range());
            return false;
        }
        spec.labels = *list;
        return true;
    }

    std::optional<DynamicSpec> read(const Block& block, const BlockSchema& wanted, Diagnostics& diags) const {
        Schema schema;
        schema.attributes = {{"for_each", true}, {"iterator"}, {"labels"}};
        schema.blocks = {{"content", {}}};
        size_t mark = diags.count();
        Content content = block.body->content(schema, diags);
        if (diags.count() > mark) return std::nullopt;
        DynamicSpec spec;
        auto name = iterator_name(block, content, diags);
        if (!name) return std::nullopt;
        spec.iterator = *name;
        const Attribute& for_each = *content.attributes.find("for_each");
        EvalContext inner(&context_);
        inner.variables = *iterators_;
        spec.for_each = for_each.expr->evaluate(inner, diags);
        if (!iterable(spec.for_each, for_each.expr->range(), diags) || !read_labels(content, wanted, spec, diags)) {
            return std::nullopt;
        }
        if (content.blocks.empty()) {
            diags.error(
                "Missing dynamic content block",
                "A dynamic block must have a nested block of type \"content\" to describe the body of each generated "
                "block.",
                block.body->missing_item_range());
            return std::nullopt;
        }
        if (content.blocks.size() > 1) {
            diags.error("Extraneous dynamic content block",
                        "Only one nested content block is allowed for each dynamic block.",
                        content.blocks[1].def_range);
            return std::nullopt;
        }
        spec.content = content.blocks[0].body;
        return spec;
    }

    std::optional<std::string> label(const ExprPtr& expr, const EvalContext& context, Diagnostics& diags) const {
        Value value = expr->evaluate(context, diags);
        if (!value.is_known()) return std::nullopt;
        auto text = convert(value, Type::string());
        if (text && !text->is_null()) return text->as_string();
        diags.error("Invalid dynamic block label",
                    text ? "Cannot use a null value as a dynamic block label."
                         : "Cannot use this value as a dynamic block label: " + text.error() + ".",
                    expr->range());
        return std::nullopt;
    }

    void generate(const Block& block, const BlockSchema& wanted, std::vector<Block>& out, Diagnostics& diags) const {
        auto spec = read(block, wanted, diags);
        if (!spec) return;
        auto one = [&](const Value& key, const Value& value) {
            constexpr uint64_t kWork = 3'000;
            uint64_t bytes = sizeof(Block) + sizeof(ExpandedBody) + 1'000 + iterators_->size() * 200;
            if (!context_.budget().spend(kWork) || !context_.budget().hold(bytes)) {
                out_of_budget(context_, block.def_range, diags);
                return false;
            }
            auto iterators = std::make_shared<Iterators>(*iterators_);
            iterators->insert_or_assign(spec->iterator, Value::object({{"key", key}, {"value", value}}));
            EvalContext inner(&context_);
            inner.variables = *iterators;
            Block made;
            made.type = wanted.type;
            made.type_range = block.type_range;
            made.def_range = block.def_range;
            for (const ExprPtr& expr : spec->labels) {
                auto text = label(expr, inner, diags);
                if (!text) return false;
                made.labels.push_back(*text);
                made.label_ranges.push_back(expr->range());
            }
            made.body = child(spec->content, iterators);
            out.push_back(std::move(made));
            return true;
        };
        if (spec->for_each.type().is_keyed()) {
            for (const auto& [key, value] : spec->for_each.as_entries()) {
                if (!one(Value::string(key), value)) return;
            }
            return;
        }
        bool set = spec->for_each.is(Type::Kind::set);
        int64_t index = 0;
        for (const Value& value : spec->for_each.as_sequence()) {
            if (!one(set ? value : Value::number(index), value)) return;
            ++index;
        }
    }

    BodyPtr original_;
    const EvalContext& context_;
    IteratorsPtr iterators_;
    std::set<std::string, std::less<>> hidden_;  // block types that an earlier partial decoding has taken
};

}  // namespace

BodyPtr expand_dynamic(BodyPtr body, const EvalContext& context) {
    return std::make_shared<ExpandedBody>(std::move(body), context, std::make_shared<Iterators>(),
                                          std::set<std::string, std::less<>>{});
}

}  // namespace drover::hcl
