#pragma once
// FileWindow: reads a file from front to back through one buffer, so that files of any size are checked in bounded
// memory. Belongs to one call; borrows the file.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "raft/disk.h"

namespace drover::raft {

class FileWindow {
public:
    static constexpr uint64_t kBytes = 256 << 10;

    explicit FileWindow(File& file) : file_(file) {}

    // The file's bytes from `offset` on: `bytes` of them (at most kBytes), fewer only at its end. Valid until the next
    // call.
    Result<std::string_view> at(uint64_t offset, uint64_t bytes) {
        bytes = std::min(bytes, kBytes);
        if (offset < begin_ || offset + bytes > begin_ + buffer_.size()) {
            const bool at_end = ended_ && offset >= begin_ && offset <= begin_ + buffer_.size();
            if (!at_end) {
                if (auto filled = fill(offset); !filled) return tl::unexpected(filled.error());
            }
        }
        return std::string_view(buffer_).substr(offset - begin_, bytes);
    }

private:
    Result<> fill(uint64_t offset) {
        buffer_.resize(kBytes);
        begin_ = offset;
        auto count = file_.read_at(offset, buffer_);
        buffer_.resize(count.value_or(0));
        if (!count) return tl::unexpected(count.error());
        ended_ = *count < kBytes;
        return {};
    }

    File& file_;
    uint64_t begin_ = 0;
    bool ended_ = false;
    std::string buffer_;
};

}  // namespace drover::raft
