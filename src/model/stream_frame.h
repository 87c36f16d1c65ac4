#pragma once
// A piece of a file or log of an allocation, as it is streamed over HTTP and inside RPC streams.

#include <cstdint>
#include <string>

#include "base/containers.h"
#include "codec/type.h"

namespace drover::model {

// An empty one is the heartbeat of a stream that has nothing to tell.
struct StreamFrame {
    int64_t Offset = 0;  // where the file stood after the piece
    Bytes Data;
    std::string File;
    std::string FileEvent;  // "file deleted", "file truncated"
};
DECLARE_TYPE(StreamFrame);

}  // namespace drover::model
