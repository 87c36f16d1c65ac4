#include "hcl/format.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/strings.h"
#include "hcl/lexer.h"
#include "hcl/unicode.h"

namespace drover::hcl {
namespace {

using T = TokenType;

struct Piece {
    std::string_view bytes;
    T type;
    uint32_t spaces = 0;  // before it
};

// A line of the layout, and where it is cut: it ends with a newline, and has a heredoc or a block comment as a whole.
// Its pieces are [0, assign) [assign, comment) [comment, all).
struct Cut {
    size_t assign = 0;   // at the equals sign; the same as `comment` if there is none to align
    size_t comment = 0;  // at the trailing comment; the number of pieces if there is none
};

// A line that waits for its neighbours, which it is aligned with: its text stands without the blanks before its first
// piece, its equals sign and its comment. There may be a line for every two bytes of a source.
struct Row {
    uint32_t indent = 0;
    uint32_t assign = 0, comment = 0, end = 0;  // where these begin in the text
    uint32_t before = 0, between = 0;           // columns before the equals sign, and from there to the comment
    uint32_t assign_spaces = 0, comment_spaces = 0;

    bool has_assign() const { return assign != comment; }
    bool has_comment() const { return comment != end; }
};

int bracket_change(T type) {
    switch (type) {
        case T::open_brace:
        case T::open_bracket:
        case T::open_paren:
        case T::template_interp:
        case T::template_control: return 1;
        case T::close_brace:
        case T::close_bracket:
        case T::close_paren:
        case T::template_end: return -1;
        default: return 0;
    }
}

// Whether a minus behind this begins a negative operand rather than a subtraction.
bool operand_follows(T before) {
    switch (before) {
        case T::end_of_file:  // nothing before
        case T::open_paren:
        case T::open_brace:
        case T::open_bracket:
        case T::equal:
        case T::colon:
        case T::comma:
        case T::question:
        case T::plus:
        case T::star:
        case T::slash:
        case T::percent:
        case T::minus:
        case T::equal_op:
        case T::not_equal:
        case T::greater:
        case T::greater_equal:
        case T::less:
        case T::less_equal:
        case T::and_op:
        case T::or_op:
        case T::bang: return true;
        default: return false;
    }
}

bool is_template_text(T type) {
    return type == T::quoted_literal || type == T::string_literal || type == T::quoted_newline;
}

// Whether two neighbours belong together without a space because of what one of them is.
bool tied(const Piece& left, const Piece& right) {
    if (right.type == T::newline) return true;
    if (left.type == T::identifier && right.type == T::open_paren) return true;
    if (left.type == T::double_colon || right.type == T::double_colon) return true;
    return left.type == T::dot || right.type == T::dot || right.type == T::comma || right.type == T::ellipsis;
}

bool inside_template(const Piece& left, const Piece& right) {
    return is_template_text(left.type) || left.type == T::open_quote || left.type == T::open_heredoc ||
           is_template_text(right.type) || right.type == T::close_quote || right.type == T::close_heredoc;
}

bool brace_space(const Piece& left, const Piece& right) {
    return !(left.type == T::open_brace && right.type == T::close_brace);
}

bool space_between(T before, const Piece& left, const Piece& right) {
    if (tied(left, right)) return false;
    if (left.type == T::comma) return true;
    if (inside_template(left, right)) return false;
    if (left.type == T::identifier && left.bytes == "in" && before == T::identifier) return true;
    bool indexable = left.type == T::identifier || left.type == T::number || bracket_change(left.type) < 0;
    if (right.type == T::open_bracket && indexable) return false;
    if (left.type == T::bang) return false;
    if (left.type == T::minus) return !operand_follows(before);
    if (left.type == T::open_brace || right.type == T::close_brace) return brace_space(left, right);
    bool sequence_start = left.type == T::template_interp || left.type == T::template_control;
    if (sequence_start && right.type == T::open_brace) return true;
    if (left.type == T::close_brace && right.type == T::template_end) return true;
    if (left.type == T::template_end && (right.type == T::template_interp || right.type == T::template_control))
        return false;
    return bracket_change(left.type) <= 0 && bracket_change(right.type) >= 0;
}

int net_brackets(const std::vector<Piece>& pieces, size_t begin, size_t end) {
    int net = 0;
    for (size_t i = begin; i < end; ++i) net += bracket_change(pieces[i].type);
    return net;
}

Cut cut(const std::vector<Piece>& pieces) {
    Cut out{pieces.size(), pieces.size()};
    if (pieces.size() > 1 && pieces.back().type == T::comment) out.comment = out.assign = pieces.size() - 1;
    for (size_t i = 1; i < out.comment; ++i) {
        if (pieces[i].type != T::equal) continue;
        // What opens a bracket that a later line closes does not take part in the alignment.
        if (net_brackets(pieces, i, out.comment) == 0) out.assign = i;
        break;
    }
    return out;
}

void put_spaces(std::vector<Piece>& pieces, size_t begin, size_t end) {
    for (size_t i = begin; i + 1 < end; ++i) {
        T before = i > begin ? pieces[i - 1].type : T::end_of_file;
        pieces[i + 1].spaces = space_between(before, pieces[i], pieces[i + 1]) ? 1 : 0;
    }
}

// Takes line after line. Those that may yet be moved by their neighbours are kept, the others are written.
class Formatter {
public:
    explicit Formatter(size_t size) { out_.reserve(size + size / 8); }

    void line(std::vector<Piece>& pieces) {
        const Cut at = cut(pieces);
        put_spaces(pieces, 0, at.assign);
        put_spaces(pieces, at.assign, at.comment);
        Row row;
        row.indent = indent(pieces, at);
        row.before = row.indent + add(pieces, 0, at.assign);
        row.assign = place();
        row.between = add(pieces, at.assign, at.comment);
        row.comment = place();
        add(pieces, at.comment, pieces.size());
        row.end = place();
        rows_.push_back(row);
        if (!row.has_assign() && !row.has_comment()) write();
    }

    std::string finish() {
        write();
        return std::move(out_);
    }

private:
    uint32_t place() const { return static_cast<uint32_t>(text_.size()); }

    // Answers the columns of what it adds to the text.
    uint32_t add(const std::vector<Piece>& pieces, size_t begin, size_t end) {
        size_t columns = 0;
        for (size_t i = begin; i < end; ++i) {
            text_.append(pieces[i].spaces, ' ');
            text_ += pieces[i].bytes;
            columns += pieces[i].spaces + grapheme_count(pieces[i].bytes);
        }
        return static_cast<uint32_t>(columns);
    }

    // Each line that opens more brackets than it closes is one step, however many these are.
    uint32_t indent(const std::vector<Piece>& pieces, const Cut& at) {
        if (pieces.front().type == T::newline) return 0;
        const int net = net_brackets(pieces, 0, at.comment);
        for (int closed = -net; closed > 0 && !steps_.empty();) {
            const int taken = std::min(closed, steps_.back());
            closed -= taken;
            steps_.back() -= taken;
            if (steps_.back() == 0) steps_.pop_back();
        }
        const auto spaces = static_cast<uint32_t>(2 * steps_.size());
        if (net > 0) steps_.push_back(net);
        return spaces;
    }

    // In every run of rows that have the cell, gives it one column behind the longest of what stands before.
    template <class Has, class Before, class Cell>
    void align(Has has, Before before, Cell cell) {
        for (size_t i = 0; i < rows_.size();) {
            size_t end = i;
            uint32_t widest = 0;
            for (; end < rows_.size() && has(rows_[end]); ++end) widest = std::max(widest, before(rows_[end]));
            for (size_t j = i; j < end; ++j) cell(rows_[j]) = widest - before(rows_[j]) + 1;
            i = std::max(end, i + 1);
        }
    }

    void write() {
        align([](const Row& r) { return r.has_assign(); }, [](const Row& r) { return r.before; },
              [](Row& r) -> uint32_t& { return r.assign_spaces; });
        align([](const Row& r) { return r.has_comment(); },
              [](const Row& r) { return r.before + r.assign_spaces + r.between; },
              [](Row& r) -> uint32_t& { return r.comment_spaces; });
        size_t begin = 0;
        for (const Row& row : rows_) {
            out_.append(row.indent, ' ').append(text_, begin, row.assign - begin);
            out_.append(row.assign_spaces, ' ').append(text_, row.assign, row.comment - row.assign);
            out_.append(row.comment_spaces, ' ').append(text_, row.comment, row.end - row.comment);
            begin = row.end;
        }
        rows_.clear();
        text_.clear();
    }

    std::string out_;
    std::vector<int> steps_;  // of the indentation: the brackets that each has opened
    std::vector<Row> rows_;
    std::string text_;  // of the rows
};

bool ends_line(const Token& token) {
    return token.type == T::newline || (token.type == T::comment && has_suffix(token.bytes, "\n"));
}

}  // namespace

std::string format(std::string_view text) {
    Lexer lexer(text, LexMode::config, Pos{});
    Formatter formatter(text.size());
    std::vector<Piece> pieces;
    for (Token token = lexer.next(); token.type != T::end_of_file; token = lexer.next()) {
        pieces.push_back({token.bytes, token.type});
        if (!ends_line(token)) continue;
        formatter.line(pieces);
        pieces.clear();
    }
    if (!pieces.empty()) formatter.line(pieces);
    pieces = {};
    return (has_prefix(text, "\xEF\xBB\xBF") ? "\xEF\xBB\xBF" : "") + formatter.finish();
}

}  // namespace drover::hcl
