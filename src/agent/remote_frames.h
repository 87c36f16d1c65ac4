#pragma once
// The frames of a file or log that another node streams to us.

#include <memory>

#include "client/fs_stream.h"
#include "net/stream.h"

namespace drover::agent {

// Reads frames off a stream that was opened for FileSystem.Logs or FileSystem.Stream without PlainText. Waits for the
// first one, so that an error with which the stream begins is the answer.
net::Task<Result<std::unique_ptr<client::FrameSource>>> remote_frames(std::unique_ptr<net::Stream> stream,
                                                                      net::CancelToken cancel);

}  // namespace drover::agent
