#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "state/filter_node.h"

namespace drover::state {
namespace {

using Node = Filter::Node;
using Kind = Node::Kind;
using NodePtr = std::unique_ptr<Node>;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '/'; }

constexpr std::string_view kSpace = "[ \\t\\r\\n]";

// Recursive descent that notes, at the farthest place where anything failed, all that could have stood there: that is
// what users of the original's parser are shown.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<NodePtr> run() {
        optional_space();
        NodePtr root = disjunction(0);
        if (root) {
            optional_space();
            if (at_ == text_.size()) return root;
            expected("EOF");
        }
        return fail(Error::bad_request(message()));
    }

private:
    void expected(std::string what) { expected_at(at_, std::move(what)); }
    void expected_at(size_t place, std::string what) {
        if (place < farthest_) return;
        if (place > farthest_) wanted_.clear(), farthest_ = place;
        wanted_.insert(std::move(what));
    }

    std::string place_text(size_t place) const {
        size_t line = 1, column = 1;
        for (size_t i = 0; i < place; ++i) {
            if (text_[i] == '\n') {
                ++line, column = 1;
            } else {
                ++column;
            }
        }
        return std::to_string(line) + ":" + std::to_string(column) + " (" + std::to_string(place) + "): ";
    }

    std::string message() const {
        if (!fault_.empty()) return fault_;
        std::vector<std::string> list(wanted_.begin(), wanted_.end());
        if (auto eof = std::find(list.begin(), list.end(), "EOF"); eof != list.end()) {
            list.erase(eof);
            list.push_back("EOF");
        }
        std::string out = place_text(farthest_) + "no match found, expected: ";
        for (size_t i = 0; i < list.size(); ++i) {
            if (i > 0) out += i + 1 == list.size() ? " or " : ", ";
            out += list[i];
        }
        return out;
    }

    void fault(std::string_view rule, std::string_view what) {
        if (fault_.empty()) fault_ = place_text(at_) + "rule " + quote(rule) + ": " + std::string(what);
    }

    bool literal(std::string_view word) {
        if (text_.substr(at_, word.size()) == word) return at_ += word.size(), true;
        expected(quote(word));
        return false;
    }

    void optional_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
        expected(std::string(kSpace));
    }
    bool space() {
        const size_t from = at_;
        optional_space();
        return at_ > from;
    }

    NodePtr pair(Kind kind, NodePtr left, NodePtr right) {
        auto node = std::make_unique<Node>();
        node->kind = kind;
        node->left = std::move(left), node->right = std::move(right);
        return node;
    }

    NodePtr disjunction(int depth) { return chain(depth, Kind::disjunction, "or"); }

    // Operands joined by a word; the chain leans to the right without recursion on its length.
    NodePtr chain(int depth, Kind kind, std::string_view word) {
        std::vector<NodePtr> operands;
        for (;;) {
            NodePtr operand = kind == Kind::disjunction ? chain(depth, Kind::conjunction, "and") : negation(depth);
            if (!operand) return nullptr;
            operands.push_back(std::move(operand));
            const size_t before = at_;
            if (!(space() && literal(word) && space())) {
                at_ = before;
                break;
            }
        }
        NodePtr node = std::move(operands.back());
        for (size_t i = operands.size() - 1; i > 0; --i) node = pair(kind, std::move(operands[i - 1]), std::move(node));
        return node;
    }

    NodePtr negation(int depth) {
        if (depth > kMaxFilterDepth) return fault("grouping", "nested too deeply"), nullptr;
        const size_t before = at_;
        if (literal("not") && space()) {
            NodePtr inner = negation(depth + 1);
            return inner ? pair(Kind::negation, std::move(inner), nullptr) : nullptr;
        }
        at_ = before;
        return grouping(depth);
    }

    NodePtr grouping(int depth) {
        if (literal("(")) {
            optional_space();
            NodePtr inner = disjunction(depth + 1);
            if (!inner) return nullptr;
            optional_space();
            if (literal(")")) return inner;
            return fault("grouping", "Unmatched parentheses"), nullptr;
        }
        const size_t before = at_;
        if (NodePtr node = collection(depth)) return node;
        if (!fault_.empty()) return nullptr;
        at_ = before;
        return match();
    }

    NodePtr collection(int depth) {
        auto node = std::make_unique<Node>();
        const size_t before = at_;
        if (literal("any") && space()) {
            node->kind = Kind::any;
        } else {
            at_ = before;
            if (!(literal("all") && space())) return nullptr;
            node->kind = Kind::all;
        }
        if (!selector(node->path) || !space() || !literal("as") || !space() || !identifier(node->first_name))
            return nullptr;
        optional_space();
        if (literal(",")) {
            optional_space();
            if (!identifier(node->second_name)) return nullptr;
            optional_space();
        }
        if (!literal("{")) return nullptr;
        optional_space();
        node->left = disjunction(depth + 1);
        if (!node->left) return nullptr;
        optional_space();
        return literal("}") ? std::move(node) : nullptr;
    }

    NodePtr match() {
        const size_t before = at_;
        auto node = std::make_unique<Node>();
        if (selector(node->path)) {
            if (selector_match(*node)) return node;
            if (!fault_.empty()) return nullptr;
        }
        at_ = before;
        node = std::make_unique<Node>();
        if (!value(node->value) || !space()) return nullptr;
        node->kind = Kind::contains;
        if (const size_t place = at_; literal("not") && space()) {
            node->negated = true;
        } else {
            at_ = place;
        }
        if (!literal("in") || !space()) return nullptr;
        if (!selector(node->path)) return fault("match", "Invalid selector"), nullptr;
        return node;
    }

    // Behind a selector: an operator and what it takes.
    bool selector_match(Node& node) {
        const size_t before = at_;
        optional_space();
        for (const std::string_view op : {"==", "!="}) {
            if (!literal(op)) continue;
            node.kind = Kind::equal;
            node.negated = op == "!=";
            optional_space();
            return value(node.value);
        }
        at_ = before;
        if (!space()) return false;
        const size_t start = at_;
        if (literal("is") && space()) return emptiness(node);
        at_ = start;
        if (literal("not") && space()) {
            node.negated = true;
        } else {
            at_ = start;
        }
        const size_t operation = at_;
        if (literal("contains") && space()) return node.kind = Kind::contains, value(node.value);
        at_ = operation;
        if (literal("matches") && space()) {
            node.kind = Kind::matches;
            if (!value(node.value)) return false;
            re2::RE2::Options options;
            options.set_log_errors(false);
            options.set_max_mem(1 << 20);
            node.pattern = std::make_shared<re2::RE2>(node.value, options);
            return true;
        }
        at_ = start;
        return false;
    }

    bool emptiness(Node& node) {
        const size_t start = at_;
        if (literal("not") && space()) {
            node.negated = true;
        } else {
            at_ = start;
        }
        if (literal("empty")) return node.kind = Kind::is_empty, true;
        if (literal("nil")) return node.kind = Kind::is_nil, true;
        return false;
    }

    bool identifier(std::string& out) {
        if (at_ >= text_.size() || !is_letter(text_[at_])) return expected("[a-zA-Z]"), false;
        const size_t from = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        expected("[a-zA-Z0-9_/]");
        out = text_.substr(from, at_ - from);
        return true;
    }

    bool selector(std::vector<std::string>& path) {
        std::string part;
        const size_t before = at_;
        if (at_ < text_.size() && text_[at_] == '"' && text_.substr(at_ + 1, 1) == "/") {
            if (!quoted(part)) return false;
            path = split(part.substr(1), '/');
            for (std::string& p : path) p = replace_all(replace_all(p, "~1", "/"), "~0", "~");
            return true;
        }
        if (!identifier(part)) return at_ = before, false;
        path.push_back(part);
        for (;;) {
            const size_t place = at_;
            if (literal(".")) {
                if (identifier(part)) {
                    path.push_back(part);
                    continue;
                }
            } else if (literal("[")) {
                optional_space();
                if (quoted(part)) {
                    optional_space();
                    if (literal("]")) {
                        path.push_back(part);
                        continue;
                    }
                }
            } else {
                return true;
            }
            at_ = place;
            return true;
        }
    }

    bool quoted(std::string& out) {
        out.clear();
        const size_t before = at_;
        if (literal("`")) {
            const size_t end = text_.find('`', at_);
            if (end == std::string_view::npos) return at_ = before, false;
            out = text_.substr(at_, end - at_);
            at_ = end + 1;
            return true;
        }
        if (!literal("\"")) return false;
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                ++at_;
                if (text_[at_] == 'n') {
                    out += '\n';
                    continue;
                }
                if (text_[at_] == 't') {
                    out += '\t';
                    continue;
                }
                if (text_[at_] != '"' && text_[at_] != '\\') out += '\\';
            }
            out += text_[at_];
        }
        if (at_ >= text_.size()) return expected("\"\\\"\""), at_ = before, false;
        ++at_;
        return true;
    }

    // A quoted string, a number, or a bare word (with dots, as a selector has them).
    bool value(std::string& out) {
        const size_t before = at_;
        if (quoted(out)) return true;
        at_ = before;
        if (number(out)) return true;
        at_ = before;
        std::vector<std::string> path;
        if (!selector(path)) return false;
        out = text_.substr(before, at_ - before);
        return true;
    }

    bool number(std::string& out) {
        const size_t before = at_;
        (void)literal("-");
        const size_t start = at_;
        if (literal("0")) {
        } else if (at_ < text_.size() && is_digit(text_[at_])) {
            while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
            expected("[0-9]");
        } else {
            expected("[1-9]");
            return false;
        }
        if (at_ == start) return false;
        const size_t whole = at_;
        if (literal(".")) {
            const size_t digits = at_;
            while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
            if (at_ == digits) at_ = whole;
        }
        out = text_.substr(before, at_ - before);
        return true;
    }

    std::string_view text_;
    size_t at_ = 0;
    size_t farthest_ = 0;
    std::set<std::string> wanted_;
    std::string fault_;
};

}  // namespace

Result<NodePtr> parse_filter(std::string_view text) { return Parser(text).run(); }

}  // namespace drover::state
