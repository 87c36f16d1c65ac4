#include "base/regexp.h"

#include <re2/re2.h>

#include <string_view>

namespace drover {

std::string regexp_error(const re2::RE2& re) {
    std::string_view what;
    switch (re.error_code()) {
        case re2::RE2::ErrorMissingParen: what = "missing closing )"; break;
        case re2::RE2::ErrorUnexpectedParen: what = "unexpected )"; break;
        case re2::RE2::ErrorMissingBracket: what = "missing closing ]"; break;
        case re2::RE2::ErrorBadCharRange: what = "invalid character class range"; break;
        case re2::RE2::ErrorBadCharClass: what = "invalid character class"; break;
        case re2::RE2::ErrorBadEscape: what = "invalid escape sequence"; break;
        case re2::RE2::ErrorRepeatArgument: what = "missing argument to repetition operator"; break;
        case re2::RE2::ErrorRepeatSize: what = "invalid repeat count"; break;
        case re2::RE2::ErrorRepeatOp: what = "invalid nested repetition operator"; break;
        case re2::RE2::ErrorBadPerlOp: what = "invalid or unsupported Perl syntax"; break;
        case re2::RE2::ErrorBadUTF8: what = "invalid UTF-8"; break;
        case re2::RE2::ErrorTrailingBackslash:
            return "error parsing regexp: trailing backslash at end of expression: ``";
        case re2::RE2::ErrorPatternTooLarge: what = "expression too large"; break;
        default: what = "invalid expression"; break;
    }
    const bool whole = re.error_code() == re2::RE2::ErrorMissingParen;
    return "error parsing regexp: " + std::string(what) + ": `" + (whole ? re.pattern() : re.error_arg()) + "`";
}

}  // namespace drover
