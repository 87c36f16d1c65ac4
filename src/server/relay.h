#pragma once
// What servers pass on to each other without looking into it.

#include <string>

#include "net/stream.h"

namespace drover::server {

// The same request, a MessagePack map, marked as one that a server passes on.
Result<std::string> marked_forwarded(const std::string& request);

// Moves bytes both ways until either side ends.
net::Task<> relay(net::Stream& first, net::Stream& second, net::CancelToken cancel);

}  // namespace drover::server
