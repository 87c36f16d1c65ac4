// Expressions. A run of opening parentheses or brackets is kept on a stack of our own, so that nesting a thousand deep
// costs no call stack; what recurses is counted.
#include "hcl/parse_state.h"

namespace drover::hcl {

using T = TokenType;

namespace {

constexpr int kMaxRecursion = 250;

int binary_level(T type) {
    switch (type) {
        case T::or_op: return 1;
        case T::and_op: return 2;
        case T::equal_op:
        case T::not_equal: return 3;
        case T::less:
        case T::less_equal:
        case T::greater:
        case T::greater_equal: return 4;
        case T::plus:
        case T::minus: return 5;
        case T::star:
        case T::slash:
        case T::percent: return 6;
        default: return 0;
    }
}

Operator binary_operator(T type) {
    switch (type) {
        case T::or_op: return Operator::logical_or;
        case T::and_op: return Operator::logical_and;
        case T::equal_op: return Operator::equal;
        case T::not_equal: return Operator::not_equal;
        case T::less: return Operator::less;
        case T::less_equal: return Operator::less_equal;
        case T::greater: return Operator::greater;
        case T::greater_equal: return Operator::greater_equal;
        case T::plus: return Operator::add;
        case T::minus: return Operator::subtract;
        case T::star: return Operator::multiply;
        case T::slash: return Operator::divide;
        default: return Operator::modulo;
    }
}

}  // namespace

struct Parser::OpenBracket {
    Token token;
    std::vector<ExprPtr> items;
};

ExprPtr Parser::checked(ExprPtr expr) {
    if (expr->tree_depth() <= kMaxTreeDepth) return expr;
    error_once("Expression nested too deeply",
               "Expressions may be nested up to " + std::to_string(kMaxTreeDepth) + " deep.", expr->start_range());
    recovering_ = true;
    return make<ErrorNode>(expr->range());
}

ExprPtr Parser::parse_lone_expression() {
    push_newlines(false);
    ExprPtr expr = parse_expression();
    if (!next_is(T::end_of_file)) {
        error_once("Extra characters after expression",
                   "An expression was successfully parsed, but extra characters were found "
                   "after it.",
                   range_of(peek()));
    }
    return expr;
}

ExprPtr Parser::invalid_expression(const Token& token) {
    Range range = range_of(token);
    if (token.type == T::end_of_file) {
        error_once("Missing expression", "Expected the start of an expression, but found the end of the file.", range);
    } else {
        error_once("Invalid expression", "Expected the start of an expression, but found an invalid expression token.",
                   range);
    }
    recovering_ = true;
    return make<ErrorNode>(range);
}

ExprPtr Parser::parse_expression() {
    if (recursion_ >= kMaxRecursion) {
        error_once("Expression nested too deeply", "This part of the expression is nested too deeply.",
                   range_of(peek()));
        recovering_ = true;
        return make<ErrorNode>(range_of(peek()));
    }
    ++recursion_;
    std::vector<OpenBracket> open;
    ExprPtr value;
    for (;;) {
        const Token& token = peek();
        if (open.size() < kMaxTreeDepth && (token.type == T::open_paren || token.type == T::open_bracket)) {
            Token bracket = read();
            push_newlines(false);
            bool loop = bracket.type == T::open_bracket && next_is_word("for");
            if (!loop) {
                open.push_back({bracket, {}});
                if (bracket.type == T::open_paren || !next_is(T::close_bracket)) continue;
                value = nullptr;
            } else {
                ExprPtr loop_expr = parse_for(bracket, false);
                pop_newlines();
                value = parse_conditional_rest(parse_binary_rest(parse_traversals(std::move(loop_expr)), 1));
            }
        } else if (open.size() >= kMaxTreeDepth) {
            error_once("Expression nested too deeply", "This part of the expression is nested too deeply.",
                       range_of(token));
            recovering_ = true;
            value = make<ErrorNode>(range_of(token));
        } else {
            value = parse_conditional_rest(parse_binary_rest(parse_operand(), 1));
        }
        bool next_item = false;
        while (!open.empty() && !next_item) {
            next_item = !close_bracket(open.back(), value);
            if (next_item) break;
            open.pop_back();
            pop_newlines();
            value = parse_conditional_rest(parse_binary_rest(parse_traversals(checked(std::move(value))), 1));
        }
        if (open.empty()) break;
    }
    --recursion_;
    return value;
}

void Parser::close_paren(OpenBracket& open, ExprPtr& value) {
    if (next_is(T::close_paren)) {
        read();
    } else {
        error_once("Unbalanced parentheses", "Expected a closing parenthesis to terminate the expression.",
                   range_of(peek()));
        if (!recovering_ || !next_is(T::end_of_file)) recover(T::close_paren);
    }
    Range range = between(range_of(open.token), previous_range());
    value = make<ParenNode>(std::move(value), range);
}

// Puts `value` into the innermost open bracket. True if that is complete then, and `value` is the whole; false if a
// further item follows. A null `value` means that there is no item.
bool Parser::close_bracket(OpenBracket& open, ExprPtr& value) {
    if (open.token.type == T::open_paren) {
        close_paren(open, value);
        return true;
    }
    if (value) open.items.push_back(std::move(value));
    bool more = false;
    const Token& token = peek();
    if (token.type == T::close_bracket) {
        read();
    } else if (token.type == T::comma && !recovering_) {
        read();
        more = !next_is(T::close_bracket);
        if (!more) read();
    } else if (token.type == T::end_of_file) {
        error_once(
            "Unterminated tuple constructor expression",
            "There is no corresponding closing bracket before the end of the file. This may be caused by incorrect "
            "bracket nesting elsewhere in this file.",
            range_of(open.token));
        recovering_ = true;
    } else {
        error_once("Missing item separator", "Expected a comma to mark the beginning of the next item.",
                   range_of(token));
        recover(T::close_bracket);
    }
    if (more) return false;
    Range range = between(range_of(open.token), previous_range());
    value = make<TupleNode>(std::move(open.items), range_of(open.token), range);
    return true;
}

ExprPtr Parser::parse_conditional_rest(ExprPtr condition) {
    if (recovering_ || !next_is(T::question)) return condition;
    read();
    ExprPtr yes = parse_expression();
    if (recovering_) return yes;
    if (!next_is(T::colon)) {
        error_once("Missing false expression in conditional",
                   "The conditional operator (...?...:...) requires a false expression, delimited by a colon.",
                   range_of(peek()));
        recovering_ = true;
        return condition;
    }
    read();
    ExprPtr no = parse_expression();
    Range range = between(condition->range(), no->range());
    return checked(make<ConditionalNode>(std::move(condition), std::move(yes), std::move(no), range));
}

ExprPtr Parser::parse_binary_rest(ExprPtr left, int min_level) {
    while (!recovering_) {
        T type = peek().type;
        int level = binary_level(type);
        if (level < min_level || level == 0) break;
        read();
        ExprPtr right = parse_operand();
        right = parse_binary_rest(std::move(right), level + 1);
        left = checked(make<BinaryNode>(binary_operator(type), std::move(left), std::move(right)));
    }
    return left;
}

ExprPtr Parser::parse_operand() {
    std::vector<Token> signs;
    while (next_is(T::minus) || next_is(T::bang)) {
        charge(sizeof(Token));
        signs.push_back(read());
    }
    ExprPtr operand = parse_traversals(parse_term());
    for (size_t i = signs.size(); i-- > 0;) {
        Operator op = signs[i].type == T::minus ? Operator::negate : Operator::logical_not;
        operand = checked(make<UnaryNode>(op, std::move(operand), range_of(signs[i])));
    }
    return operand;
}

ExprPtr Parser::parse_term() {
    const Token& token = peek();
    switch (token.type) {
        case T::open_paren:
        case T::open_bracket: {
            // Behind an operator. Only the bracket itself is wanted, not the operators that follow it.
            if (recursion_ >= kMaxRecursion) return parse_expression();
            Token bracket = read();
            push_newlines(false);
            ExprPtr value;
            if (bracket.type == T::open_bracket && next_is_word("for")) {
                value = parse_for(bracket, false);
            } else {
                OpenBracket open{bracket, {}};
                if (bracket.type == T::open_paren || !next_is(T::close_bracket)) value = parse_expression();
                while (!close_bracket(open, value)) value = parse_expression();
            }
            pop_newlines();
            return checked(value);
        }
        case T::number: return parse_number();
        case T::identifier: return parse_identifier();
        case T::open_quote: return parse_quoted();
        case T::open_heredoc: return parse_heredoc();
        case T::open_brace: return checked(parse_object());
        default: return invalid_expression(token);
    }
}

ExprPtr Parser::parse_number() {
    const Token& token = read();
    Value value = number_value(token.bytes);
    if (!value.is_null()) return make<LiteralNode>(std::move(value), range_of(token));
    error("Invalid number literal", "Failed to recognize the value of this number literal.", range_of(token));
    return make<ErrorNode>(range_of(token));
}

// Null if it is none. Sources have the same numbers again and again: these share one value.
Value Parser::number_value(std::string_view text) {
    constexpr size_t kSeen = 256;
    if (numbers_.empty()) numbers_.resize(kSeen);
    auto& [seen, value] = numbers_[std::hash<std::string_view>()(text) % numbers_.size()];
    if (seen == text) return value;
    auto number = Number::parse(text);
    if (!number) return Value();
    seen = text;
    value = Value::number(*number);
    charge(value.weight());
    return value;
}

ExprPtr Parser::parse_identifier() {
    Token token = read();
    if (next_is(T::open_paren) || next_is(T::double_colon)) return parse_call(token);
    Range range = range_of(token);
    std::string name(token.bytes);
    if (name == "true" || name == "false") {
        return make<LiteralNode>(Value::boolean(name == "true"), range, true);
    }
    if (name == "null") return make<LiteralNode>(Value::null(), range, true);
    charge(sizeof(Step));
    Traversal traversal;
    traversal.steps.push_back({Step::Kind::root, std::move(name), {}, range});
    return make<ReferenceNode>(std::move(traversal));
}

// `a::b::c`, of which the first word is read. False if no call follows.
bool Parser::parse_function_name(const Token& first, CallParts& parts) {
    parts.name = std::string(first.bytes);
    parts.name_range = range_of(first);
    const auto refuse = [&](std::string summary, std::string detail) {
        error_once(std::move(summary), std::move(detail), range_of(peek()));
        recover(T::open_paren);
        return false;
    };
    while (next_is(T::double_colon)) {
        read();
        if (!next_is(T::identifier)) {
            return refuse("Missing function name",
                          "Function scope resolution symbol :: must be followed by a function name in this scope.");
        }
        const Token& word = read();
        parts.name += "::" + std::string(word.bytes);
        parts.name_range = between(parts.name_range, range_of(word));
        charge(word.bytes.size() + sizeof("::"));
    }
    if (next_is(T::open_paren)) return true;
    return refuse("Missing open parenthesis",
                  "Function selector must be followed by an open parenthesis to begin the function call.");
}

ExprPtr Parser::parse_call(const Token& name) {
    CallParts parts;
    if (!parse_function_name(name, parts)) return make<ErrorNode>(parts.name_range);
    parts.open = range_of(read());
    push_newlines(false);
    while (true) {
        if (next_is(T::close_paren)) {
            read();
            break;
        }
        if (!parse_argument(parts)) break;
    }
    parts.close = previous_range();
    pop_newlines();
    return checked(make<CallNode>(std::move(parts)));
}

// One argument and what separates it from the next. False when the call is over.
bool Parser::parse_argument(CallParts& parts) {
    size_t mark = diags_.count();
    parts.arguments.push_back(parse_expression());
    if (failed_since(mark)) {
        recover(T::close_paren);
        return false;
    }
    const Token& separator = read();
    switch (separator.type) {
        case T::comma: return true;
        case T::close_paren: return false;
        case T::ellipsis:
            parts.expand_last = true;
            if (next_is(T::close_paren)) {
                read();
                return false;
            }
            error_once("Missing closing parenthesis",
                       "An expanded function argument (with ...) must be immediately followed by closing parentheses.",
                       range_of(peek()));
            break;
        case T::end_of_file:
            error_once(
                "Unterminated function call",
                "There is no closing parenthesis for this function call before the end of the file. This may be caused "
                "by incorrect parenthesis nesting elsewhere in this file.",
                parts.open);
            break;
        default:
            error_once("Missing argument separator",
                       "A comma is required to separate each function argument from the next.", range_of(separator));
    }
    recover(T::close_paren);
    return false;
}

ExprPtr Parser::parse_object() {
    Token open = read();
    push_newlines(false);
    if (next_is_word("for")) {
        ExprPtr loop = parse_for(open, true);
        pop_newlines();
        return loop;
    }
    pop_newlines();
    push_newlines(true);
    std::vector<ObjectItem> items;
    for (;;) {
        if (next_is(T::newline)) {
            read();
            continue;
        }
        if (next_is(T::close_brace)) {
            read();
            break;
        }
        if (!parse_object_item(items)) break;
    }
    pop_newlines();
    Range range = between(range_of(open), previous_range());
    return make<ObjectNode>(std::move(items), range_of(open), range);
}

bool Parser::parse_object_item(std::vector<ObjectItem>& items) {
    size_t mark = diags_.count();
    ExprPtr key = make<ObjectKeyNode>(parse_expression());
    if (failed_since(mark)) {
        recover(T::close_brace);
        return false;
    }
    const Token& sign = peek();
    if (sign.type != T::equal && sign.type != T::colon) {
        std::string summary = "Missing key/value separator";
        std::string detail = "Expected an equals sign (\"=\") to mark the beginning of the attribute value.";
        if (sign.type == T::newline || sign.type == T::comma) {
            summary = "Missing attribute value";
            detail = "Expected an attribute value, introduced by an equals sign (\"=\").";
        }
        error_once(summary, detail, range_of(sign));
        recover(T::close_brace);
        return false;
    }
    read();
    ExprPtr value = parse_expression();
    items.push_back({std::move(key), std::move(value)});
    if (failed_since(mark)) {
        recover(T::close_brace);
        return false;
    }
    const Token& end = peek();
    if (end.type == T::close_brace) return true;
    if (end.type == T::comma || end.type == T::newline) {
        read();
        return true;
    }
    if (end.type == T::end_of_file) {
        error_once(
            "Unterminated object constructor expression",
            "There is no corresponding closing brace before the end of the file. This may be caused by incorrect brace "
            "nesting elsewhere in this file.",
            range_of(end));
    } else {
        error_once("Missing attribute separator",
                   "Expected a newline or comma to mark the beginning of the next attribute.", range_of(end));
    }
    recover(T::close_brace);
    return false;
}

bool Parser::parse_for_names(ForParts& parts, T end) {
    auto refuse = [&](std::string detail) {
        error_once("Invalid 'for' expression", std::move(detail), range_of(peek()));
        recover(end);
        return false;
    };
    if (!next_is(T::identifier)) return refuse("For expression requires variable name after 'for'.");
    parts.value_name = std::string(read().bytes);
    if (next_is(T::comma)) {
        read();
        if (!next_is(T::identifier)) return refuse("For expression requires value variable name after comma.");
        parts.key_name = std::move(parts.value_name);
        parts.value_name = std::string(read().bytes);
    }
    if (!next_is_word("in")) return refuse("For expression requires the 'in' keyword after its name declarations.");
    read();
    return true;
}

ExprPtr Parser::parse_for(const Token& open, bool object) {
    T end = object ? T::close_brace : T::close_bracket;
    ForParts parts;
    parts.open = range_of(open);
    auto broken = [&] { return make<ErrorNode>(between(parts.open, previous_range())); };
    auto refuse = [&](std::string detail) {
        error_once("Invalid 'for' expression", std::move(detail), range_of(peek()));
        recover(end);
        return broken();
    };
    size_t mark = diags_.count();
    read();  // for
    if (!parse_for_names(parts, end)) return broken();
    auto part = [&](ExprPtr& target) {
        target = parse_expression();
        if (failed_since(mark)) recover(end);
        return !failed_since(mark);
    };
    if (!part(parts.collection)) return broken();
    if (!next_is(T::colon)) return refuse("For expression requires a colon after the collection expression.");
    read();
    if (!part(parts.value)) return broken();
    if (next_is(T::fat_arrow)) {
        read();
        parts.key = std::move(parts.value);
        if (!part(parts.value)) return broken();
    }
    if (next_is(T::ellipsis)) {
        read();
        parts.group = true;
    }
    if (next_is_word("if")) {
        read();
        if (!part(parts.condition)) return broken();
    }
    if (!next_is(end)) return refuse("Extra characters after the end of the 'for' expression.");
    read();
    parts.range = between(parts.open, previous_range());
    std::string problem;
    if (!object && parts.key) problem = "Key expression is not valid when building a tuple.";
    if (!object && !parts.key && parts.group) problem = "Grouping ellipsis (...) cannot be used when building a tuple.";
    if (object && !parts.key) problem = "Key expression is required when building an object.";
    if (!problem.empty()) {
        error("Invalid 'for' expression", problem, parts.range);
        return broken();
    }
    return checked(make<ForNode>(std::move(parts)));
}

}  // namespace drover::hcl
