#pragma once
// Why a regular expression cannot be read, in Go's words: "error parsing regexp: missing closing ]: `[`".

#include <string>

namespace re2 {
class RE2;
}

namespace drover {

std::string regexp_error(const re2::RE2& re);  // of one that is not ok()

}  // namespace drover
