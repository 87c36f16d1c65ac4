// The parser's hand on its tokens, and bodies: attributes and blocks. Nested blocks are kept on a stack of our own.
#include <algorithm>

#include "base/strings.h"
#include "hcl/json_syntax.h"
#include "hcl/name_table.h"
#include "hcl/parse_state.h"
#include "hcl/parser.h"

namespace drover::hcl {

using T = TokenType;

namespace {

constexpr size_t kMaxBlockDepth = 2'500;
constexpr uint64_t kTreeBytes = 16u << 20;
constexpr uint64_t kTreeBytesPerByte = 16;
constexpr uint64_t kBodyBytes = 160;  // of what a body shares with its views

bool opens(T type) {
    return type == T::open_brace || type == T::open_bracket || type == T::open_paren || type == T::open_quote ||
           type == T::open_heredoc || type == T::template_interp || type == T::template_control;
}

bool closes(T type) {
    return type == T::close_brace || type == T::close_bracket || type == T::close_paren || type == T::close_quote ||
           type == T::close_heredoc || type == T::template_end;
}

// Gives back what a list has too much. What a long one has not used yet takes no memory, but a copy would.
template <class Item>
void fit(std::vector<Item>& items) {
    constexpr size_t kLong = 1u << 16;
    if (items.capacity() * sizeof(Item) < kLong) items.shrink_to_fit();
}

}  // namespace

Parser::Parser(Shared<Source> source, Lexer lexer, Diagnostics& diags, AfterError after)
    : source_(std::move(source)),
      lexer_(std::move(lexer)),
      diags_(diags),
      first_diagnostic_(diags.size()),
      bytes_left_(kTreeBytes + kTreeBytesPerByte * source_->text.size()),
      after_(after) {
    advance();
    previous_start_ = current_.start, previous_end_ = current_.end;
}

void Parser::advance() {
    current_ = lexer_.next();
    checks_.check(current_, source_, token_diags_);
    if (stopped_) current_.type = T::end_of_file;
}

void Parser::charge(size_t bytes) {
    if (bytes <= bytes_left_) {
        bytes_left_ -= bytes;
        return;
    }
    bytes_left_ = 0;
    if (stopped_) return;
    error("Source too complex", "The source has too many parts for its size.", range_of(current_));
    stopped_ = recovering_ = true;
    current_.type = T::end_of_file;
}

void Parser::finish() {
    while (!stopped_ && current_.type != T::end_of_file) advance();
    diags_.insert_at(first_diagnostic_, token_diags_);
}

// A comment up to the end of its line has swallowed the newline, which counts where newlines do.
const Token& Parser::look() {
    for (;; advance()) {
        if (current_.type == T::comment) {
            if (newlines_matter() && has_suffix(current_.bytes, "\n")) {
                newline_ = current_;
                newline_.type = T::newline;
                return newline_;
            }
            continue;
        }
        if (current_.type == T::newline && !newlines_matter()) continue;
        return current_;
    }
}

Token Parser::read() {
    Token token = look();
    previous_start_ = token.start, previous_end_ = token.end;
    if (token.type != T::end_of_file) advance();
    return token;
}

void Parser::error(std::string summary, std::string detail, const Range& subject) {
    diags_.error(std::move(summary), std::move(detail), subject);
}

void Parser::error_once(std::string summary, std::string detail, const Range& subject) {
    if (!recovering_) error(std::move(summary), std::move(detail), subject);
}

void Parser::recover(T end) {
    recovering_ = true;
    size_t nested = 0;
    for (;;) {
        const Token& token = read();
        if (token.type == T::end_of_file) return;
        if (opens(token.type)) {
            ++nested;
        } else if (closes(token.type)) {
            if (nested == 0 && token.type == end) return;
            if (nested > 0) --nested;
        }
    }
}

void Parser::recover_after_item() {
    recovering_ = true;
    size_t nested = 0;
    for (;;) {
        const Token& token = peek();
        if (token.type == T::end_of_file) return;
        if (token.type == T::newline && nested == 0) {
            read();
            break;
        }
        if (token.type == T::close_brace && nested == 0) break;
        if (opens(token.type)) ++nested;
        if (closes(token.type) && nested > 0) --nested;
        read();
    }
    if (after_ == AfterError::everything) recovering_ = stopped_;
}

struct Parser::OpenBlock {
    Block block;  // the block that this is the body of; unused for the file
    std::vector<Attribute> attributes;
    NameTable places;  // of the attributes, if there are many
    std::vector<Block> blocks;
    Range open;

    // Where an attribute of that name stands; if there is none, the next to come has it.
    const Range* find(std::string_view name);
};

std::shared_ptr<const NativeBody> Parser::parse_body() {
    std::vector<OpenBlock> frames(1);
    frames.back().open = range_of(current_);
    for (;;) {
        bool file = frames.size() == 1;
        T end = file ? T::end_of_file : T::close_brace;
        const Token& token = peek();
        if (token.type == T::newline) {
            read();
            continue;
        }
        if (token.type == T::identifier) {
            parse_item(frames.back(), frames);
            continue;
        }
        bool complete = token.type == end;
        if (complete) {
            read();
        } else {
            bad_item(frames.back(), end);
        }
        OpenBlock done = std::move(frames.back());
        frames.pop_back();
        done.places = {};
        fit(done.attributes);
        fit(done.blocks);
        Range close = complete ? previous_range() : range_of(peek());
        auto body =
            make<NativeBody>(std::move(done.attributes), std::move(done.blocks), between(done.open, close), close);
        if (file) return body;
        done.block.body = body;
        frames.back().blocks.push_back(std::move(done.block));
        end_of_block();
    }
}

void Parser::bad_item(const OpenBlock& frame, T end) {
    const Token& token = read();
    if (token.type == T::open_quote) {
        error_once("Invalid argument name", "Argument names must not be quoted.", range_of(token));
    } else if (token.type == T::end_of_file) {
        error_once("Unclosed configuration block",
                   "There is no closing brace for this block before the end of the file. This may be caused by "
                   "incorrect brace "
                   "nesting elsewhere in this file.",
                   frame.open);
    } else {
        error_once("Argument or block definition required", "An argument or block definition is required here.",
                   range_of(token));
    }
    recover(end);
}

void Parser::parse_item(OpenBlock& frame, std::vector<OpenBlock>& frames) {
    Token name = read();
    switch (peek().type) {
        case T::equal: finish_attribute(frame, name, false); return;
        case T::open_quote:
        case T::open_brace:
        case T::identifier: finish_block_header(frame, name, frames); return;
        default: break;
    }
    recover_after_item();
    error("Argument or block definition required",
          "An argument or block definition is required here. To set an argument, use the equals sign \"=\" to "
          "introduce the "
          "argument value.",
          range_of(name));
}

// Few attributes are compared one by one, many are looked up in a table.
const Range* Parser::OpenBlock::find(std::string_view name) {
    constexpr size_t kFew = 12;
    if (attributes.size() < kFew) {
        auto it =
            std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == name; });
        return it == attributes.end() ? nullptr : &it->name_range;
    }
    const auto name_of = [&](uint32_t place) -> const std::string& { return attributes[place].name; };
    if (attributes.size() == kFew) {
        for (uint32_t i = 0; i < kFew; ++i) places.find_or_add(attributes[i].name, i, name_of);
    }
    const auto place = places.find_or_add(name, static_cast<uint32_t>(attributes.size()), name_of);
    return place ? &attributes[*place].name_range : nullptr;
}

void Parser::add_attribute(OpenBlock& frame, Attribute attribute) {
    const Range* maybe_earlier = frame.find(attribute.name);
    if (!maybe_earlier) {
        charge(sizeof(Attribute));
        frame.attributes.push_back(std::move(attribute));
        return;
    }
    error("Attribute redefined",
          "The argument " + quote(attribute.name) + " was already set at " + maybe_earlier->to_string() +
              ". Each argument may be set only once.",
          attribute.name_range);
}

void Parser::finish_attribute(OpenBlock& frame, const Token& name, bool single_line) {
    read();  // the equals sign
    size_t mark = diags_.count();
    ExprPtr expr = parse_expression();
    Attribute attribute{std::string(name.bytes), expr, range_of(name)};
    if (failed_since(mark)) {
        recover_after_item();
    } else if (!single_line) {
        const Token& end = peek();
        if (end.type == T::newline || end.type == T::end_of_file) {
            read();
        } else if (end.type == T::comma) {
            error_once("Unexpected comma after argument",
                       "Argument definitions must be separated by newlines, not commas. An argument definition must "
                       "end with a "
                       "newline.",
                       range_of(end));
            recover_after_item();
        } else {
            error_once("Missing newline after argument", "An argument definition must end with a newline.",
                       range_of(end));
            recover_after_item();
        }
    }
    add_attribute(frame, std::move(attribute));
}

std::string Parser::parse_label(Range& range) {
    const Token& open = read();
    range = range_of(open);
    std::string text;
    for (;;) {
        const Token& token = read();
        range = between(range, range_of(token));
        switch (token.type) {
            case T::close_quote: return text;
            case T::quoted_literal: text += decode_literal(token, true); break;
            case T::template_interp:
            case T::template_control: {
                std::string mark = token.type == T::template_interp ? "$" : "%";
                error("Invalid string literal",
                      "Template sequences are not allowed in this string. To include a literal " + quote(mark) +
                          ", double it (as " + quote(mark + mark) + ") to escape it.",
                      range_of(token));
                recover(T::template_end);
                break;
            }
            case T::end_of_file:
                error_once("Unterminated string literal",
                           "Unable to find the closing quote mark before the end of the file.", range_of(token));
                recovering_ = true;
                return text;
            default:
                error_once("Invalid string literal", "This item is not valid in a string literal.", range_of(token));
                recover(T::close_quote);
                return text;
        }
    }
}

void Parser::report_missing_brace() {
    const Token& token = peek();
    if (token.type == T::equal) {
        error_once(
            "Invalid block definition",
            "The equals sign \"=\" indicates an argument definition, and must not be used when defining a block.",
            range_of(token));
    } else if (token.type == T::newline) {
        error_once(
            "Invalid block definition",
            "A block definition must have block content delimited by \"{\" and \"}\", starting on the same line as the "
            "block header.",
            range_of(token));
    } else {
        error_once("Invalid block definition",
                   "Either a quoted string block label or an opening brace (\"{\") is expected here.", range_of(token));
    }
}

bool Parser::parse_labels(Block& block) {
    for (;;) {
        const Token& token = peek();
        if (token.type == T::open_brace) return true;
        Range range;
        if (token.type == T::open_quote) {
            block.labels.push_back(parse_label(range));
        } else if (token.type == T::identifier) {
            const Token& label = read();
            block.labels.emplace_back(label.bytes);
            range = range_of(label);
        } else {
            report_missing_brace();
            recover_after_item();
            return false;
        }
        charge(sizeof(Range) + sizeof(std::string));
        block.label_ranges.push_back(range);
        block.def_range = between(block.def_range, range);
    }
}

void Parser::finish_block_header(OpenBlock& frame, const Token& name, std::vector<OpenBlock>& frames) {
    charge(sizeof(Block) + kBodyBytes);
    OpenBlock inner;
    inner.block.type = std::string(name.bytes);
    inner.block.type_range = range_of(name);
    inner.block.def_range = inner.block.type_range;
    if (!parse_labels(inner.block)) {
        Range here = after(inner.block.def_range);
        inner.block.body = make<NativeBody>(std::vector<Attribute>{}, std::vector<Block>{}, here, here);
        frame.blocks.push_back(std::move(inner.block));
        return;
    }
    Token open = read();
    inner.open = range_of(open);
    if (frames.size() >= kMaxBlockDepth) {
        error_once("Blocks nested too deeply",
                   "Blocks may be nested up to " + std::to_string(kMaxBlockDepth) + " deep.", inner.open);
        recover(T::close_brace);
        return;
    }
    T next = peek().type;
    if (next == T::newline || next == T::end_of_file || next == T::close_brace) {
        frames.push_back(std::move(inner));
        return;
    }
    if (parse_single_line_body(inner)) end_single_line_body(open);
    Range close = previous_range();
    inner.block.body =
        make<NativeBody>(std::move(inner.attributes), std::vector<Block>{}, between(inner.open, close), close);
    frame.blocks.push_back(std::move(inner.block));
    end_of_block();
}

// `name { argument = value }`. False if it is left behind a closing brace already.
bool Parser::parse_single_line_body(OpenBlock& inner) {
    Token name = read();
    if (name.type == T::identifier && next_is(T::equal)) {
        finish_attribute(inner, name, true);
        return true;
    }
    bool block =
        name.type == T::identifier && (next_is(T::open_quote) || next_is(T::open_brace) || next_is(T::identifier));
    if (block) {
        error_once(
            "Argument definition required",
            "A single-line block definition can contain only a single argument. If you meant to define argument " +
                quote(name.bytes) +
                ", use an equals sign to assign it a value. To define a nested block, place it on a line of its own "
                "within its parent block.",
            between(range_of(name), range_of(peek())));
    } else {
        error_once("Argument or block definition required",
                   "An argument or block definition is required here. To set an argument, use the equals sign \"=\" to "
                   "introduce the argument value.",
                   range_of(name));
    }
    recover(T::close_brace);
    return false;
}

void Parser::end_single_line_body(const Token&) {
    const Token& token = peek();
    if (token.type == T::close_brace) {
        read();
        return;
    }
    std::string summary = "Invalid single-argument block definition";
    if (token.type == T::comma) {
        error_once(
            summary,
            "Single-line block syntax can include only one argument definition. To define multiple arguments, use the "
            "multi-line block syntax with one argument definition per line.",
            range_of(token));
    } else if (token.type == T::newline) {
        error_once(
            summary,
            "An argument definition on the same line as its containing block creates a single-line block definition, "
            "which must also be closed on the same line. Place the block's closing brace immediately after the "
            "argument "
            "definition.",
            range_of(token));
    } else {
        error_once(summary,
                   "A single-line block definition must end with a closing brace immediately after its single argument "
                   "definition.",
                   range_of(token));
    }
    recover(T::close_brace);
}

void Parser::end_of_block() {
    const Token& token = peek();
    if (token.type == T::newline || token.type == T::end_of_file) {
        read();
        return;
    }
    error_once("Missing newline after block definition", "A block definition must end with a newline.",
               range_of(token));
    recover_after_item();
}

namespace {

Pos end_of(const Source& source) {
    Pos end;
    end.byte = static_cast<uint32_t>(source.text.size());
    return end;
}

}  // namespace

std::shared_ptr<const NativeBody> parse_native(Shared<Source> source, Diagnostics& diags, AfterError after) {
    if (source->text.size() > kMaxSourceBytes) {
        diags.error("Source too large", "A source may have up to " + std::to_string(kMaxSourceBytes) + " bytes.");
        Range nowhere{source, {}, {}};
        return std::make_shared<const NativeBody>(std::vector<Attribute>{}, std::vector<Block>{}, nowhere, nowhere);
    }
    Parser parser(source, Lexer(source->text, LexMode::config, Pos{}), diags, after);
    auto body = parser.parse_body();
    parser.finish();
    return body;
}

BodyPtr parse_file(Shared<Source> source, Diagnostics& diags, AfterError after) {
    size_t first = source->text.find_first_not_of(' ');
    if (first != std::string::npos && source->text[first] == '{') return parse_json_syntax(std::move(source), diags);
    return parse_native(std::move(source), diags, after);
}

BodyPtr parse_file(std::string name, std::string text, Diagnostics& diags, AfterError after) {
    return parse_file(std::make_shared<const Source>(Source{std::move(name), std::move(text)}), diags, after);
}

ExprPtr parse_expression(Shared<Source> source, Pos from, Pos to, Diagnostics& diags) {
    Parser parser(source, Lexer(std::string_view(source->text).substr(0, to.byte), LexMode::config, from), diags);
    ExprPtr expr = parser.parse_lone_expression();
    parser.finish();
    return expr;
}

ExprPtr parse_expression(Shared<Source> source, Diagnostics& diags) {
    Pos end = end_of(*source);
    return parse_expression(std::move(source), Pos{}, end, diags);
}

ExprPtr parse_expression(std::string text, Diagnostics& diags) {
    return parse_expression(std::make_shared<const Source>(Source{"", std::move(text)}), diags);
}

ExprPtr parse_template(Shared<Source> source, Pos from, Pos to, Diagnostics& diags) {
    Parser parser(source, Lexer(std::string_view(source->text).substr(0, to.byte), LexMode::template_text, from),
                  diags);
    ExprPtr expr = parser.parse_lone_template();
    parser.finish();
    return expr;
}

}  // namespace drover::hcl
