#pragma once
// The whole state as a stream of bytes, and back (docs/formats/state-snapshot.md). Writing walks an immutable version:
// any thread, while commands go on. Reading builds a version aside; a damaged or newer stream is refused and changes
// nothing.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "state/view.h"

namespace drover::state {

// Called with pieces of at most a few hundred kilobytes; an error ends the writing and is handed on.
using SnapshotSink = std::function<Result<>(std::string_view piece)>;
// Fills at most `size` bytes; 0: the end.
using SnapshotSource = std::function<Result<size_t>(char* buffer, size_t size)>;

Result<> write_snapshot(const View& view, const SnapshotSink& sink);
Result<std::shared_ptr<const Version>> read_snapshot(const SnapshotSource& source);

}  // namespace drover::state
