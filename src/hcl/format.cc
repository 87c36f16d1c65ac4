#include "hcl/format.h"

#include <vector>

#include "base/strings.h"
#include "hcl/lexer.h"
#include "hcl/unicode.h"

namespace drover::hcl {
namespace {

using T = TokenType;

struct Piece {
    T type;
    std::string_view bytes;
    size_t spaces = 0;
};

// A line of the layout: it ends with a newline, and has a heredoc or a block comment as a whole. Its pieces are
// [begin, assign) [assign, comment) [comment, end).
struct Line {
    size_t begin = 0;
    size_t assign = 0;   // at the equals sign; the same as `comment` if there is none to align
    size_t comment = 0;  // at the trailing comment; the same as `end` if there is none
    size_t end = 0;

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

class Formatter {
public:
    explicit Formatter(const Source& source) {
        Pos end;
        end.byte = static_cast<uint32_t>(source.text.size());
        for (const Token& token : lex(source, LexMode::config, Pos{}, end)) {
            if (token.type != T::end_of_file) pieces_.push_back({token.type, token.bytes});
        }
    }

    std::string run() {
        split();
        space();
        indent();
        align();
        std::string out;
        for (const Piece& piece : pieces_) {
            out.append(piece.spaces, ' ');
            out += piece.bytes;
        }
        return out;
    }

private:
    static bool ends_line(const Piece& piece) {
        return piece.type == T::newline || (piece.type == T::comment && has_suffix(piece.bytes, "\n"));
    }

    void split() {
        size_t begin = 0;
        for (size_t i = 0; i < pieces_.size(); ++i) {
            if (ends_line(pieces_[i]) || i + 1 == pieces_.size()) {
                lines_.push_back(line(begin, i + 1));
                begin = i + 1;
            }
        }
    }

    Line line(size_t begin, size_t end) const {
        Line out{begin, end, end, end};
        if (end - begin > 1 && pieces_[end - 1].type == T::comment) out.comment = out.assign = end - 1;
        for (size_t i = begin + 1; i < out.comment; ++i) {
            if (pieces_[i].type != T::equal) continue;
            // What opens a bracket that a later line closes does not take part in the alignment.
            if (net_brackets(i, out.comment) == 0) out.assign = i;
            break;
        }
        return out;
    }

    int net_brackets(size_t begin, size_t end) const {
        int net = 0;
        for (size_t i = begin; i < end; ++i) net += bracket_change(pieces_[i].type);
        return net;
    }

    void space() {
        for (const Line& l : lines_) {
            space(l.begin, l.assign);
            space(l.assign, l.comment);
        }
    }

    void space(size_t begin, size_t end) {
        for (size_t i = begin; i + 1 < end; ++i) {
            T before = i > begin ? pieces_[i - 1].type : T::end_of_file;
            pieces_[i + 1].spaces = space_between(before, pieces_[i], pieces_[i + 1]) ? 1 : 0;
        }
    }

    // Each line that opens more brackets than it closes is one step, however many these are.
    void indent() {
        std::vector<int> steps;
        for (const Line& l : lines_) {
            Piece& first = pieces_[l.begin];
            if (first.type == T::newline) continue;
            int net = net_brackets(l.begin, l.comment);
            for (int closed = -net; closed > 0 && !steps.empty();) {
                int taken = std::min(closed, steps.back());
                closed -= taken;
                steps.back() -= taken;
                if (steps.back() == 0) steps.pop_back();
            }
            first.spaces = 2 * steps.size();
            if (net > 0) steps.push_back(net);
        }
    }

    size_t columns(size_t begin, size_t end) const {
        size_t out = 0;
        for (size_t i = begin; i < end; ++i) out += pieces_[i].spaces + grapheme_count(pieces_[i].bytes);
        return out;
    }

    // In every run of lines that have the cell, gives it one column behind the longest of what stands before.
    template <class Has, class Cell>
    void align(Has has, Cell cell) {
        for (size_t i = 0; i < lines_.size();) {
            size_t end = i;
            size_t widest = 0;
            std::vector<size_t> widths;
            for (; end < lines_.size() && has(lines_[end]); ++end) {
                widths.push_back(columns(lines_[end].begin, cell(lines_[end])));
                widest = std::max(widest, widths.back());
            }
            for (size_t j = i; j < end; ++j) pieces_[cell(lines_[j])].spaces = widest - widths[j - i] + 1;
            i = std::max(end, i + 1);
        }
    }

    void align() {
        align([](const Line& l) { return l.has_assign(); }, [](const Line& l) { return l.assign; });
        align([](const Line& l) { return l.has_comment(); }, [](const Line& l) { return l.comment; });
    }

    std::vector<Piece> pieces_;
    std::vector<Line> lines_;
};

}  // namespace

std::string format(std::string_view text) {
    std::string mark = has_prefix(text, "\xEF\xBB\xBF") ? "\xEF\xBB\xBF" : "";
    Source source{"", std::string(text)};
    return mark + Formatter(source).run();
}

}  // namespace drover::hcl
