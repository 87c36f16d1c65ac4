#pragma once
// From source text to trees. The text must be UTF-8 (make it so with to_valid_utf8 where it comes from outside). What
// is wrong goes to the list; the tree is then partial but safe to use. Pure functions; any thread.

#include <string>
#include <string_view>

#include "hcl/body.h"

namespace drover::hcl {

inline constexpr size_t kMaxSourceBytes = 16u << 20;

// What is told of a source after its first syntax error: only what cannot come of it, as other programs count them, or
// all of what is wrong with the items that follow.
enum class AfterError { cautious, everything };

// A file in native syntax, or in JSON syntax if its first byte that is not a space is `{`.
BodyPtr parse_file(Shared<Source> source, Diagnostics& diags, AfterError after = AfterError::cautious);
BodyPtr parse_file(std::string name, std::string text, Diagnostics& diags, AfterError after = AfterError::cautious);

std::shared_ptr<const NativeBody> parse_native(Shared<Source> source, Diagnostics& diags,
                                               AfterError after = AfterError::cautious);

// A lone expression, or a template as it would stand within quotes but without escapes. `from` and `to` are where they
// begin and end in the source.
ExprPtr parse_expression(Shared<Source> source, Pos from, Pos to, Diagnostics& diags);
ExprPtr parse_expression(Shared<Source> source, Diagnostics& diags);
ExprPtr parse_expression(std::string text, Diagnostics& diags);
ExprPtr parse_template(Shared<Source> source, Pos from, Pos to, Diagnostics& diags);

}  // namespace drover::hcl
