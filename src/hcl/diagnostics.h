#pragma once
// What is wrong with a source text, as values. Every stage (lexer, parser, decoding, evaluation) appends to a list that
// the caller owns and goes on as far as it can; results made of faulty input are unknown values, which raise no further
// errors.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hcl/source.h"

namespace drover::hcl {

enum class Severity : uint8_t { error, warning };

inline constexpr size_t kMaxDiagnostics = 1'000;
inline constexpr size_t kMaxDiagnosticBytes = 1u << 20;
inline constexpr size_t kMaxDetail = 20'000;

struct Diagnostic {
    Severity severity = Severity::error;
    std::string summary;  // a headline without a full stop
    std::string detail;   // sentences
    std::optional<Range> subject;

    // `name:line,col-col: summary; detail`; `<nil>` stands for a missing place.
    std::string to_string() const;
    // The source line with its number, and below it carets under the subject; empty if there is no place.
    std::string excerpt() const;
    // For people: headline, place, excerpt, detail. Ends with a newline.
    std::string pretty() const;
};

// Keeps the first kMaxDiagnostics, and not too many bytes of them; those that follow are only counted.
struct Diagnostics : std::vector<Diagnostic> {
    using std::vector<Diagnostic>::vector;

    size_t count() const { return size() + left_out; }
    bool is_full() const { return size() >= kMaxDiagnostics || bytes >= kMaxDiagnosticBytes; }
    bool has_errors() const;
    void error(std::string summary, std::string detail, const Range& subject);
    void error(std::string summary, std::string detail);  // about no place
    // By file and place; those that are about no place come last.
    void sort_by_place();
    void append(const Diagnostics& others) { insert_at(size(), others); }
    void insert_at(size_t position, const Diagnostics& others);

    std::string lines() const;  // one line each
    std::string brief() const;  // the first, with `, and N other diagnostic(s)` if there are more
    std::string pretty() const;
    std::string lines_with_excerpts() const;

    size_t left_out = 0;  // errors that are only counted
    size_t bytes = 0;     // of the texts kept
};

// The known name that the user may have meant by an unknown one, or nothing: fewer than three edits away.
std::string suggestion(std::string_view given, const std::vector<std::string>& known);

}  // namespace drover::hcl
