#pragma once
// SpoolFile: bytes that are too many to be held, in a file without a name that is gone with its last user. One writer
// at first; then any thread may read.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "net/loop.h"

namespace drover::agent {

class SpoolFile final : public net::BodySink {
public:
    // In that folder; an empty name: where the system keeps temporary files.
    static Result<std::shared_ptr<SpoolFile>> create(const std::string& folder);
    ~SpoolFile() override;

    Result<> write(std::string_view piece) override;
    // How many bytes from there on; 0: the end.
    Result<size_t> read(uint64_t offset, char* buffer, size_t size) const;
    uint64_t size() const { return size_; }

    // The same on a thread that may block, for the loop: a piece of at most `most` bytes; empty: the end.
    static net::Task<Result<std::string>> read_piece(net::Loop& loop, std::shared_ptr<const SpoolFile> file,
                                                     uint64_t offset, size_t most);

private:
    explicit SpoolFile(int fd) : fd_(fd) {}

    const int fd_;
    uint64_t size_ = 0;
};

}  // namespace drover::agent
