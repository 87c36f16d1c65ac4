#pragma once
// Who we are, and whom we are compatible with.

#include <string_view>

namespace drover {

inline constexpr std::string_view kDroverVersion = "0.1.0";

// The Nomad release whose interfaces we speak: what RPC, server tags and attr.nomad.version announce.
inline constexpr std::string_view kNomadVersion = "2.0.5";

}  // namespace drover
