#pragma once
// The parser's hand on its tokens, and its productions. Inside the room only: others use hcl/parser.h. One object
// parses one source on one thread; errors go to the list it was given. After the first syntax error the parser
// resynchronises and goes on, but keeps quiet about what is only a consequence.

#include <vector>

#include "hcl/body.h"
#include "hcl/lexer.h"
#include "hcl/nodes.h"
#include "hcl/parser.h"

namespace drover::hcl {

class Parser {
public:
    Parser(Shared<Source> source, Lexer lexer, Diagnostics& diags, AfterError after = AfterError::cautious);

    std::shared_ptr<const NativeBody> parse_body();
    ExprPtr parse_lone_expression();
    ExprPtr parse_lone_template();
    // Reports what is wrong with the tokens, before what the parser has reported. To be called last.
    void finish();

private:
    friend class TemplateParser;
    friend class TemplateSplitter;

    // Tokens.
    const Token& look();  // valid until the next call
    Token peek() { return look(); }
    Token read();
    void advance();
    bool next_is(TokenType type) { return look().type == type; }
    bool next_is_word(std::string_view word) { return next_is(TokenType::identifier) && look().bytes == word; }
    Range range_of(const Token& token) const { return {source_, token.start, token.end}; }
    Range previous_range() const { return {source_, previous_start_, previous_end_}; }
    void push_newlines(bool significant) { newlines_.push_back(significant); }
    void pop_newlines() { newlines_.pop_back(); }
    bool newlines_matter() const { return newlines_.empty() || newlines_.back(); }

    // Errors.
    void error(std::string summary, std::string detail, const Range& subject);
    // Reports unless an earlier syntax error may be the cause.
    void error_once(std::string summary, std::string detail, const Range& subject);
    void recover(TokenType end);  // behind the matching end of the bracket pair that is open
    void recover_after_item();    // behind the line that is under way
    bool failed_since(size_t mark) const { return recovering_ && diags_.count() > mark; }
    ExprPtr checked(ExprPtr expr);  // refuses trees that are too deep

    // The tree may take so many bytes in all. What goes beyond ends the source there.
    void charge(size_t bytes);
    template <class Node, class... Arguments>
    std::shared_ptr<Node> make(Arguments&&... arguments) {
        charge(sizeof(Node) + kNodeOverhead);
        return std::make_shared<Node>(std::forward<Arguments>(arguments)...);
    }
    Value number_value(std::string_view text);

    // Bodies.
    struct OpenBlock;
    void parse_item(OpenBlock& frame, std::vector<OpenBlock>& frames);
    void finish_attribute(OpenBlock& frame, const Token& name, bool single_line);
    void finish_block_header(OpenBlock& frame, const Token& name, std::vector<OpenBlock>& frames);
    bool parse_labels(Block& block);
    void report_missing_brace();
    bool parse_single_line_body(OpenBlock& inner);
    void end_single_line_body(const Token& open);
    void end_of_block();
    void bad_item(const OpenBlock& frame, TokenType end);
    void add_attribute(OpenBlock& frame, Attribute attribute);
    std::string parse_label(Range& range);

    // Expressions.
    struct OpenBracket;
    ExprPtr parse_expression();
    bool close_bracket(OpenBracket& open, ExprPtr& value);
    void close_paren(OpenBracket& open, ExprPtr& value);
    ExprPtr parse_conditional_rest(ExprPtr condition);
    ExprPtr parse_binary_rest(ExprPtr left, int min_level);
    ExprPtr parse_operand();
    ExprPtr parse_traversals(ExprPtr source);
    ExprPtr parse_term();
    ExprPtr parse_number();
    ExprPtr parse_identifier();
    ExprPtr parse_call(const Token& name);
    bool parse_function_name(const Token& first, CallParts& parts);
    bool parse_argument(CallParts& parts);
    ExprPtr parse_object();
    bool parse_object_item(std::vector<ObjectItem>& items);
    ExprPtr parse_for(const Token& open, bool object);
    bool parse_for_names(ForParts& parts, TokenType end);
    ExprPtr parse_quoted();
    ExprPtr parse_heredoc();
    ExprPtr parse_dot(ExprPtr source);
    ExprPtr parse_attribute_splat(ExprPtr source, const Token& dot);
    ExprPtr parse_bracket(ExprPtr source);
    ExprPtr parse_full_splat(ExprPtr source, const Token& open);
    ExprPtr with_step(ExprPtr source, Step step);
    std::optional<Step> legacy_index(const Token& dot);
    ExprPtr invalid_expression(const Token& token);

    // Templates.
    ExprPtr parse_template_parts(TokenType end, bool flush, const Token& open);
    ExprPtr text_node(std::string_view text, const Range& whole, const Range& inner);
    std::string decode_literal(const Token& token, bool quoted);
    size_t decode_escape(const Token& token, size_t at, Pos& known, std::string& out);

    static constexpr size_t kNodeOverhead = 32;  // the reference to it, and the counts of references

    Shared<Source> source_;
    Lexer lexer_;
    Diagnostics& diags_;
    size_t first_diagnostic_;
    TokenChecks checks_;
    Diagnostics token_diags_;
    Token current_;
    Pos previous_start_, previous_end_;
    uint64_t bytes_left_;
    bool stopped_ = false;
    std::vector<std::pair<std::string_view, Value>> numbers_;  // those seen last, by a hash of their text
    std::vector<bool> newlines_;
    bool recovering_ = false;
    const AfterError after_;
    int recursion_ = 0;
    uint64_t splats_ = 0;
    Token newline_;  // stands in for the end of a line comment
};

}  // namespace drover::hcl
