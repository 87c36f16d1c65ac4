#pragma once
// The Asio half of IoLoop, for the sources of this room only.

#include <boost/asio/io_context.hpp>

#include "net/event_loop.h"

namespace drover::net {

struct IoLoop::Impl {
    boost::asio::io_context context{1};  // one thread runs it
    bool stopping = false;               // of the loop's thread
};

}  // namespace drover::net
