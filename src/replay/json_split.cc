#include "replay/json_split.h"

#include <algorithm>
#include <string>

namespace drover::replay {
namespace {

class Splitter {
public:
    explicit Splitter(std::string_view text) : text_(text) {}

    Result<std::vector<JsonPiece>> pieces() {
        std::vector<JsonPiece> pieces;
        pass_space();
        const bool in_array = next_is('[');
        if (in_array) ++at_;
        for (;;) {
            pass_space();
            if (in_array && next_is(']')) return ++at_, ended(std::move(pieces));
            if (at_ >= text_.size()) break;
            if (!pieces.empty() && in_array) {
                if (!next_is(',')) return wrong("a comma or the end of the array is expected");
                ++at_;
                pass_space();
            }
            if (!next_is('{')) return wrong("an object is expected");
            const JsonPiece piece{line_, object()};
            if (piece.text.empty()) return wrong("an object does not end", piece.line);
            pieces.push_back(piece);
        }
        if (in_array) return wrong("the array does not end");
        return pieces;
    }

private:
    tl::unexpected<Error> wrong(std::string_view what, size_t line = 0) const {
        return fail(Error::bad_request("line " + std::to_string(line ? line : line_) + ": " + std::string(what)));
    }
    Result<std::vector<JsonPiece>> ended(std::vector<JsonPiece> pieces) {
        pass_space();
        if (at_ < text_.size()) return wrong("text after the array");
        return pieces;
    }
    bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
    void pass_space() {
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\n') ++line_;
            if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
        }
    }
    // Up to its closing brace; empty if there is none.
    std::string_view object() {
        const size_t begin = at_;
        size_t depth = 0;
        bool in_text = false;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\n') ++line_;
            if (in_text) {
                if (c == '\\') ++at_;
                if (c == '"') in_text = false;
            } else if (c == '"') {
                in_text = true;
            } else if (c == '{' || c == '[') {
                ++depth;
            } else if ((c == '}' || c == ']') && --depth == 0) {
                ++at_;
                return text_.substr(begin, at_ - begin);
            }
        }
        at_ = text_.size();
        return {};
    }

    const std::string_view text_;
    size_t at_ = 0, line_ = 1;
};

}  // namespace

Result<std::vector<JsonPiece>> split_json(std::string_view text) { return Splitter(text).pieces(); }

}  // namespace drover::replay
