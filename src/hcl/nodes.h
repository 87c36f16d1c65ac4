#pragma once
// The kinds of expressions in native syntax. Inside the room only: others use hcl/expression.h.

#include "hcl/eval.h"
#include "hcl/expression.h"

namespace drover::hcl {

class LiteralNode final : public Expression {
public:
    LiteralNode(Value value, Range range, bool keyword = false)
        : value_(std::move(value)), range_(std::move(range)), keyword_(keyword) {
        set_cost(kLiteralCost);
    }
    Range range() const override { return range_; }
    void collect(References&) const override {}
    std::optional<Value> as_literal() const override { return value_; }
    bool is_keyword() const { return keyword_; }  // `true`, `false` or `null`

protected:
    Value compute(const EvalContext&, Diagnostics&) const override { return value_; }

private:
    Value value_;
    Range range_;
    bool keyword_;
};

// `"text"`, or a heredoc without anything to evaluate in it. Most of what a source has are these: their values are made
// when they are asked for, from the source itself if it spells them as they are.
class TextNode final : public Expression {
public:
    // `inner` is the text without its quotes.
    TextNode(std::string_view text, Range range, const Range& inner)
        : range_(std::move(range)), inner_start_(inner.start), inner_end_(inner.end) {
        set_cost(kLiteralCost);
        if (text != start_range().text()) text_ = std::make_unique<std::string>(text);
    }
    Range range() const override { return range_; }
    Range start_range() const override { return {range_.source, inner_start_, inner_end_}; }
    void collect(References&) const override {}
    std::optional<Value> as_literal() const override { return Value::string(text()); }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    std::string_view text() const { return text_ ? std::string_view(*text_) : start_range().text(); }

    Range range_;
    Pos inner_start_, inner_end_;
    std::unique_ptr<std::string> text_;  // none: as the source has it
};

class ReferenceNode final : public Expression {
public:
    explicit ReferenceNode(Traversal traversal) : traversal_(std::move(traversal)) {}
    Range range() const override { return traversal_.range(); }
    void collect(References& references) const override { references.add(traversal_); }
    std::optional<Traversal> as_traversal() const override { return traversal_; }
    void extend(Step step) { traversal_.steps.push_back(std::move(step)); }  // for the parser, while it has it alone

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    Traversal traversal_;
};

// Steps into the value of another expression: `f(x).a[0]`.
class RelativeNode final : public Expression {
public:
    RelativeNode(ExprPtr source, std::vector<Step> steps) : source_(std::move(source)), steps_(std::move(steps)) {
        contain(source_);
    }
    Range range() const override { return between(source_->range(), steps_.back().range); }
    void collect(References& references) const override { source_->collect(references); }
    void extend(Step step) { steps_.push_back(std::move(step)); }  // for the parser, while it has it alone

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    ExprPtr source_;
    std::vector<Step> steps_;
};

class IndexNode final : public Expression {
public:
    IndexNode(ExprPtr collection, ExprPtr key, Range bracket, Range range)
        : collection_(std::move(collection)),
          key_(std::move(key)),
          bracket_(std::move(bracket)),
          range_(std::move(range)) {
        contain(collection_);
        contain(key_);
    }
    Range range() const override { return range_; }
    // The opening bracket.
    Range start_range() const override {
        Range open = before(bracket_);
        ++open.end.column, ++open.end.byte;
        return open;
    }
    void collect(References& references) const override {
        collection_->collect(references);
        key_->collect(references);
    }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    ExprPtr collection_;
    ExprPtr key_;
    Range bracket_;
    Range range_;
};

// The element that a splat is at. Its value stands in the context under a name that no source can spell.
class SplatItemNode final : public Expression {
public:
    SplatItemNode(uint64_t id, Range range) : name_("*" + std::to_string(id)), range_(std::move(range)) {}
    Range range() const override { return range_; }
    void collect(References&) const override {}
    const std::string& name() const { return name_; }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    std::string name_;
    Range range_;
};

class SplatNode final : public Expression {
public:
    SplatNode(ExprPtr source, std::shared_ptr<const SplatItemNode> item, ExprPtr each, Range range, Range marker)
        : source_(std::move(source)),
          item_(std::move(item)),
          each_(std::move(each)),
          range_(std::move(range)),
          marker_(std::move(marker)) {
        contain(source_);
        contain(each_);
    }
    Range range() const override { return range_; }
    Range start_range() const override { return marker_; }
    void collect(References& references) const override {
        source_->collect(references);
        each_->collect(references);
    }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    ExprPtr source_;
    std::shared_ptr<const SplatItemNode> item_;
    ExprPtr each_;
    Range range_;
    Range marker_;
};

class ParenNode final : public Expression {
public:
    ParenNode(ExprPtr inner, Range range) : inner_(std::move(inner)), range_(std::move(range)) { contain(inner_); }
    Range range() const override { return range_; }
    Range start_range() const override;
    void collect(References& references) const override;
    const ExprPtr& inner() const { return inner_; }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    const Expression& innermost() const;
    ExprPtr inner_;
    Range range_;
};

enum class Operator : uint8_t {
    add,
    subtract,
    multiply,
    divide,
    modulo,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    logical_and,
    logical_or,
    negate,
    logical_not
};

class BinaryNode final : public Expression {
public:
    BinaryNode(Operator op, ExprPtr left, ExprPtr right) : op_(op), left_(std::move(left)), right_(std::move(right)) {
        contain(left_);
        contain(right_);
    }
    Range range() const override { return between(left_->range(), right_->range()); }
    Range start_range() const override { return left_->start_range(); }
    void collect(References& references) const override {
        left_->collect(references);
        right_->collect(references);
    }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    Operator op_;
    ExprPtr left_;
    ExprPtr right_;
};

class UnaryNode final : public Expression {
public:
    UnaryNode(Operator op, ExprPtr operand, Range symbol)
        : op_(op), operand_(std::move(operand)), symbol_(std::move(symbol)) {
        contain(operand_);
    }
    Range range() const override { return between(symbol_, operand_->range()); }
    Range start_range() const override { return symbol_; }
    void collect(References& references) const override { operand_->collect(references); }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    Operator op_;
    ExprPtr operand_;
    Range symbol_;
};

class ConditionalNode final : public Expression {
public:
    ConditionalNode(ExprPtr condition, ExprPtr yes, ExprPtr no, Range range)
        : condition_(std::move(condition)), yes_(std::move(yes)), no_(std::move(no)), range_(std::move(range)) {
        contain(condition_);
        contain(yes_);
        contain(no_);
    }
    Range range() const override { return range_; }
    Range start_range() const override { return condition_->start_range(); }
    void collect(References& references) const override {
        condition_->collect(references);
        yes_->collect(references);
        no_->collect(references);
    }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    ExprPtr condition_;
    ExprPtr yes_;
    ExprPtr no_;
    Range range_;
};

class TupleNode final : public Expression {
public:
    TupleNode(std::vector<ExprPtr> items, Range open, Range range)
        : items_(std::move(items)), open_(std::move(open)), range_(std::move(range)) {
        for (const ExprPtr& item : items_) contain(item);
    }
    Range range() const override { return range_; }
    Range start_range() const override { return open_; }
    void collect(References& references) const override {
        for (const ExprPtr& item : items_) item->collect(references);
    }
    const std::vector<ExprPtr>* as_list() const override { return &items_; }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    std::vector<ExprPtr> items_;
    Range open_;
    Range range_;
};

// A key in `{..}`: a lone identifier means its own name.
class ObjectKeyNode final : public Expression {
public:
    explicit ObjectKeyNode(ExprPtr inner);
    Range range() const override { return inner_->range(); }
    Range start_range() const override { return name_.empty() ? inner_->start_range() : inner_->range(); }
    void collect(References& references) const override {
        if (name_.empty()) inner_->collect(references);
    }
    const std::string& name() const { return name_; }
    const ExprPtr& inner() const { return inner_; }
    // HCL takes the key of a pair as a traversal where a type is spelled.
    std::optional<Traversal> as_traversal() const override { return inner_->as_traversal(); }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    ExprPtr inner_;
    std::string name_;
    bool ambiguous_ = false;
};

class ObjectNode final : public Expression {
public:
    ObjectNode(std::vector<ObjectItem> items, Range open, Range range)
        : items_(std::move(items)), open_(std::move(open)), range_(std::move(range)) {
        for (const ObjectItem& item : items_) contain(item.key), contain(item.value);
    }
    Range range() const override { return range_; }
    Range start_range() const override { return open_; }
    void collect(References& references) const override {
        for (const ObjectItem& item : items_) {
            item.key->collect(references);
            item.value->collect(references);
        }
    }
    const std::vector<ObjectItem>* as_object() const override { return &items_; }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    std::vector<ObjectItem> items_;
    Range open_;
    Range range_;
};

struct ForParts {
    std::string key_name;  // may be empty
    std::string value_name;
    ExprPtr collection;
    ExprPtr key;  // null: builds a tuple
    ExprPtr value;
    ExprPtr condition;  // may be null
    bool group = false;
    Range open;
    Range range;
};

class ForNode final : public Expression {
public:
    explicit ForNode(ForParts parts) : parts_(std::move(parts)) {
        for (const ExprPtr* child : {&parts_.collection, &parts_.key, &parts_.value, &parts_.condition})
            contain(*child);
    }
    Range range() const override { return parts_.range; }
    Range start_range() const override { return parts_.open; }
    void collect(References& references) const override;

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    bool wanted(const EvalContext& inner, Diagnostics& diags, bool& failed) const;
    std::optional<std::string> key_of(const EvalContext& inner, Diagnostics& diags) const;
    Value build_tuple(const std::vector<std::pair<Value, Value>>& elements, const EvalContext&, Diagnostics&) const;
    Value build_object(const std::vector<std::pair<Value, Value>>& elements, const EvalContext&, Diagnostics&) const;
    ForParts parts_;
};

struct CallParts {
    std::string name;
    Range name_range;
    Range open;
    Range close;
    std::vector<ExprPtr> arguments;
    bool expand_last = false;
};

class CallNode final : public Expression {
public:
    explicit CallNode(CallParts parts) : parts_(std::move(parts)) {
        for (const ExprPtr& argument : parts_.arguments) contain(argument);
    }
    Range range() const override { return between(parts_.name_range, parts_.close); }
    Range start_range() const override { return between(parts_.name_range, parts_.open); }
    void collect(References& references) const override {
        for (const ExprPtr& argument : parts_.arguments) argument->collect(references);
    }
    std::optional<StaticCall> as_call() const override {
        return StaticCall{parts_.name, parts_.name_range, parts_.arguments};
    }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    struct Argument {
        Value value;
        Range range;
        bool evaluated = false;
        ExprPtr expr;
    };
    const Function* find(const EvalContext& context, Diagnostics& diags) const;
    bool gather(std::vector<Argument>& arguments, const EvalContext& context, Diagnostics& diags) const;
    bool count_fits(const Function& function, const std::vector<Argument>& arguments, Diagnostics& diags) const;
    bool prepare(const Function& function, std::vector<Argument>& arguments, bool& unknown, const EvalContext& context,
                 Diagnostics& diags) const;
    Value call(const Function& function, const std::vector<Argument>& arguments, const EvalContext& context,
               Diagnostics& diags) const;
    void report(const Function& function, const FunctionError& error, const std::vector<Argument>& arguments,
                Diagnostics& diags) const;
    CallParts parts_;
};

// `"a${b}c"` and heredocs: text with values between.
class TemplateNode final : public Expression {
public:
    TemplateNode(std::vector<ExprPtr> parts, Range range) : parts_(std::move(parts)), range_(std::move(range)) {
        for (const ExprPtr& part : parts_) contain(part);
    }
    Range range() const override { return range_; }
    Range start_range() const override { return parts_.empty() ? before(range_) : parts_.front()->start_range(); }
    void collect(References& references) const override {
        for (const ExprPtr& part : parts_) part->collect(references);
    }
    std::optional<Value> as_literal() const override {
        return parts_.size() == 1 ? parts_.front()->as_literal() : std::nullopt;
    }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    std::vector<ExprPtr> parts_;
    Range range_;
};

// `"${b}"`: the value itself, whatever its type.
class WrapNode final : public Expression {
public:
    WrapNode(ExprPtr inner, Range range) : inner_(std::move(inner)), range_(std::move(range)) { contain(inner_); }
    Range range() const override { return range_; }
    Range start_range() const override { return range_; }
    void collect(References& references) const override { inner_->collect(references); }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override {
        return inner_->evaluate(context, diags);
    }

private:
    ExprPtr inner_;
    Range range_;
};

// The texts of `%{ for }`'s rounds, one after the other.
class JoinNode final : public Expression {
public:
    explicit JoinNode(ExprPtr tuple) : tuple_(std::move(tuple)) { contain(tuple_); }
    Range range() const override { return tuple_->range(); }
    void collect(References& references) const override { tuple_->collect(references); }

protected:
    Value compute(const EvalContext& context, Diagnostics& diags) const override;

private:
    ExprPtr tuple_;
};

// What stands where the source was wrong.
class ErrorNode final : public Expression {
public:
    explicit ErrorNode(Range range) : range_(std::move(range)) {}
    Range range() const override { return range_; }
    void collect(References&) const override {}

protected:
    Value compute(const EvalContext&, Diagnostics&) const override { return Value::unknown(); }

private:
    Range range_;
};

}  // namespace drover::hcl
