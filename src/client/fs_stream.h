#pragma once
// Files and logs of an allocation as a sequence of frames, for as long as somebody reads: a file from some offset, or
// the numbered files of a log as one, followed while they grow if that was asked. Loop thread. The puller sets the
// pace; a stream holds one frame at most.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "client/fs_files.h"
#include "model/stream_frame.h"
#include "net/loop.h"

namespace drover::client {

using model::StreamFrame;

class FrameSource {
public:
    virtual ~FrameSource() = default;
    // The next frame; nothing at the end. An error ends the stream.
    virtual net::Task<Result<std::optional<StreamFrame>>> next(net::CancelToken cancel) = 0;
};

struct FileStreamRequest {
    std::string root;  // of the allocation
    std::string path;
    int64_t offset = 0;
    bool from_end = false;  // the offset counts back from the end
    int64_t limit = 0;      // 0: to the end
    bool follow = false;
};
Result<std::unique_ptr<FrameSource>> stream_file(net::Loop& loop, FileStreamRequest request);

struct LogStreamRequest {
    std::string root;
    std::string task;
    std::string type;  // stdout or stderr
    int64_t offset = 0;
    bool from_end = false;
    bool follow = false;
    std::function<bool()> task_ended;  // nothing more will be written
};
// not_found if there is no log.
Result<std::unique_ptr<FrameSource>> stream_logs(net::Loop& loop, LogStreamRequest request);

}  // namespace drover::client
