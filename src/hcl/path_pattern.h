#pragma once
// Patterns of file paths: `*` and `?` within one part of a path, `[a-z]` and `[^a-z]`, `{a,b/c}`, `\\` before what is
// to stand for itself, and `**` as a part for any number of directories. Links are followed. Inside the room only.

#include <set>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace drover::hcl {

// The regular files below `root` whose path, from there, matches. Patterns may lead out of it by `..`. Errors: the
// pattern is wrong, or there is too much to look at.
tl::expected<std::set<std::string>, std::string> matching_files(const std::string& root, std::string_view pattern);

}  // namespace drover::hcl
