#include "replay/csv.h"

#include "base/strings.h"

namespace drover::replay {
namespace {

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<std::vector<CsvRow>> rows() {
        std::vector<CsvRow> rows;
        while (at_ < text_.size()) {
            if (passed_over()) continue;
            CsvRow row{line_, {}};
            do {
                auto cell = quoted() ? quoted_cell() : Result<std::string>(bare_cell());
                if (!cell) return fail(cell.error());
                row.cells.push_back(std::move(*cell));
            } while (take(','));
            if (!take_line_end())
                return fail(Error::bad_request("line " + std::to_string(line_) + ": text after a closing quote"));
            rows.push_back(std::move(row));
        }
        return rows;
    }

private:
    bool passed_over() {
        const size_t end = std::min(text_.find('\n', at_), text_.size());
        const std::string_view line = text_.substr(at_, end - at_);
        if (!trim(line).empty() && line[0] != '#') return false;
        at_ = std::min(end + 1, text_.size());
        ++line_;
        return true;
    }
    bool quoted() const { return at_ < text_.size() && text_[at_] == '"'; }
    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool take_line_end() {
        if (at_ >= text_.size()) return true;
        take('\r');
        if (!take('\n')) return at_ >= text_.size();
        ++line_;
        return true;
    }
    std::string bare_cell() {
        const size_t begin = at_;
        while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') ++at_;
        return std::string(trim(text_.substr(begin, at_ - begin)));
    }
    Result<std::string> quoted_cell() {
        const size_t begin = line_;
        std::string cell;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\n') ++line_;
            if (text_[at_] != '"') {
                cell += text_[at_];
            } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                cell += text_[++at_];
            } else {
                return ++at_, cell;
            }
        }
        return fail(Error::bad_request("line " + std::to_string(begin) + ": a quoted cell does not end"));
    }

    const std::string_view text_;
    size_t at_ = 0, line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text) { return Parser(text).rows(); }

}  // namespace drover::replay
