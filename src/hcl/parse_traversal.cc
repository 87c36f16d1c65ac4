// What follows a term: `.name`, `.0`, `.*`, `[key]`, `[*]`.
#include "hcl/parse_state.h"

namespace drover::hcl {

using T = TokenType;

ExprPtr Parser::with_step(ExprPtr source, Step step) {
    charge(sizeof(Step));
    // A node that nobody else has seen yet may grow.
    if (source.use_count() == 1) {
        auto* grown = const_cast<Expression*>(source.get());
        if (auto* reference = dynamic_cast<ReferenceNode*>(grown)) {
            reference->extend(std::move(step));
            return source;
        }
        if (auto* relative = dynamic_cast<RelativeNode*>(grown)) {
            relative->extend(std::move(step));
            return source;
        }
    }
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return checked(make<RelativeNode>(std::move(source), std::move(steps)));
}

ExprPtr Parser::parse_traversals(ExprPtr source) {
    constexpr int kMaxSteps = 500;
    for (int steps = 0; !recovering_; ++steps) {
        if (!next_is(T::dot) && !next_is(T::open_bracket)) break;
        if (steps >= kMaxSteps) {
            error_once("Expression too long", "A reference may have up to " + std::to_string(kMaxSteps) + " steps.",
                       range_of(peek()));
            recovering_ = true;
            break;
        }
        source = next_is(T::dot) ? parse_dot(std::move(source)) : parse_bracket(std::move(source));
    }
    return source;
}

// `.0`, from the time before brackets. The lexer takes `.0.1` for a dot and a fraction.
std::optional<Step> Parser::legacy_index(const Token& dot) {
    const Token& token = read();
    size_t point = token.bytes.find('.');
    if (point != std::string_view::npos) {
        std::string first(token.bytes.substr(0, point));
        std::string second(token.bytes.substr(point + 1));
        error_once(
            "Invalid legacy index syntax",
            "When using the legacy index syntax, chaining two indexes together is not permitted. Use the proper index "
            "syntax instead, like [" +
                first + "][" + second + "].",
            range_of(token));
        recovering_ = true;
        return std::nullopt;
    }
    auto number = Number::parse(token.bytes);
    if (!number) {
        error_once("Invalid number literal", "Failed to recognize the value of this number literal.", range_of(token));
        recovering_ = true;
        return std::nullopt;
    }
    return Step{Step::Kind::index, "", Value::number(*number), between(range_of(dot), range_of(token))};
}

ExprPtr Parser::parse_dot(ExprPtr source) {
    Token dot = read();
    const Token& next = peek();
    if (next.type == T::identifier) {
        const Token& name = read();
        return with_step(std::move(source),
                         {Step::Kind::attribute, std::string(name.bytes), {}, between(range_of(dot), range_of(name))});
    }
    if (next.type == T::number) {
        auto step = legacy_index(dot);
        return step ? with_step(std::move(source), std::move(*step)) : source;
    }
    if (next.type == T::star) return parse_attribute_splat(std::move(source), dot);
    error_once("Invalid attribute name", "An attribute name is required after a dot.", range_of(next));
    recovering_ = true;
    return source;
}

// `.*.a.b`: the steps that follow belong to each element, but brackets belong to the result.
ExprPtr Parser::parse_attribute_splat(ExprPtr source, const Token& dot) {
    Range marker = between(range_of(dot), range_of(read()));
    auto item = make<SplatItemNode>(++splats_, marker);
    ExprPtr each = item;
    Range last = marker;
    while (next_is(T::dot) && !recovering_) {
        Token inner_dot = read();
        const Token& next = peek();
        if (next.type == T::identifier) {
            const Token& name = read();
            last = between(range_of(inner_dot), range_of(name));
            each = with_step(std::move(each), {Step::Kind::attribute, std::string(name.bytes), {}, last});
        } else if (next.type == T::number) {
            auto step = legacy_index(inner_dot);
            if (!step) break;
            last = step->range;
            each = with_step(std::move(each), std::move(*step));
        } else {
            bool nested = next.type == T::star;
            error_once(nested ? "Nested splat expression not allowed" : "Invalid attribute name",
                       nested ? "A splat expression (*) cannot be used inside another attribute-only splat expression."
                              : "An attribute name is required after a dot.",
                       range_of(next));
            recovering_ = true;
        }
    }
    Range range = between(source->range(), last);
    return checked(make<SplatNode>(std::move(source), item, std::move(each), range, marker));
}

ExprPtr Parser::parse_full_splat(ExprPtr source, const Token& open) {
    read();  // the star
    if (!next_is(T::close_bracket)) {
        error_once("Missing close bracket on splat index",
                   "The star for a full splat operator must be immediately followed by a closing bracket (\"]\").",
                   range_of(peek()));
        recover(T::close_bracket);
    } else {
        read();
    }
    pop_newlines();
    Range marker = between(range_of(open), previous_range());
    auto item = make<SplatItemNode>(++splats_, marker);
    ExprPtr each = item;
    if (++recursion_ < 250) each = parse_traversals(item);
    --recursion_;
    Range range = between(source->range(), each->range());
    return checked(make<SplatNode>(std::move(source), item, std::move(each), range, marker));
}

ExprPtr Parser::parse_bracket(ExprPtr source) {
    Token open = read();
    push_newlines(false);
    if (next_is(T::star)) return parse_full_splat(std::move(source), open);
    size_t mark = diags_.count();
    ExprPtr key = parse_expression();
    if (failed_since(mark)) {
        recover(T::close_bracket);
        pop_newlines();
        return source;
    }
    if (!next_is(T::close_bracket)) {
        error_once("Missing close bracket on index", "The index operator must end with a closing bracket (\"]\").",
                   range_of(peek()));
        recover(T::close_bracket);
        pop_newlines();
        return source;
    }
    read();
    pop_newlines();
    Range bracket = between(range_of(open), previous_range());
    if (auto literal = key->as_literal(); literal && !literal->is_null() && !literal->is(Type::Kind::boolean)) {
        std::string name = literal->is(Type::Kind::string) ? literal->as_string() : "";
        return with_step(std::move(source), {Step::Kind::index, std::move(name), *literal, bracket});
    }
    Range range = between(source->range(), bracket);
    return checked(make<IndexNode>(std::move(source), std::move(key), bracket, range));
}

}  // namespace drover::hcl
