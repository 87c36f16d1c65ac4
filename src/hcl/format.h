#pragma once
// Puts a source into its canonical layout: indentation by nesting, spaces between tokens, equals signs and trailing
// comments aligned over neighbouring lines. Only blanks change. Works on tokens, so a source with syntax errors keeps
// its sense; check it with parse_native first where that matters. Linear in the size of the source.

#include <string>
#include <string_view>

namespace drover::hcl {

std::string format(std::string_view source);

}  // namespace drover::hcl
