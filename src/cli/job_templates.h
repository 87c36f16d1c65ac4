#pragma once
// The job files that `job init` writes. Texts; each of them parses and validates.

#include <string_view>

namespace drover::cli {

extern const std::string_view kCommentedJob;
extern const std::string_view kShortJob;
extern const std::string_view kCommentedConnectJob;
extern const std::string_view kShortConnectJob;

}  // namespace drover::cli
