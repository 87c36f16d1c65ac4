#pragma once
// The state as the records of Nomad's snapshot archive (model/archive_records.h), and back. Writing walks an immutable
// version: any thread, while commands go on. Reading builds a version aside; it belongs to one thread.
//
// Not in an archive: one-time tokens, claims on host volumes, the configuration of autopilot.

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "state/loader.h"
#include "state/view.h"

namespace drover::state {

// Called with pieces of at most a few hundred kilobytes, and a record more; an error ends the writing and is handed on.
using RecordSink = std::function<Result<>(std::string_view piece)>;

// All of state.bin, in Nomad's order. The same view gives the same bytes.
Result<> write_records(const View& view, const RecordSink& sink);

// Takes records in any order over what every cluster has. What older programs left out is filled in; what no present
// one keeps is dropped. After an error it is thrown away.
class ArchiveLoader {
public:
    static constexpr uint64_t kLargestIndex = uint64_t{1} << 62;

    ArchiveLoader();
    Result<> add(uint8_t type, std::string_view value);
    // The largest index at which a table changed.
    uint64_t largest_index() const { return largest_index_; }
    std::shared_ptr<const Version> finish(uint64_t index, uint64_t index_offset) {
        return loader_.finish(index, index_offset, index);
    }

private:
    StateLoader loader_{false};
    uint64_t largest_index_ = 0;
};

}  // namespace drover::state
