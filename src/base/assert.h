#pragma once
// assert_always: for invariants that only a bug can break; stays on in release builds and ends the process with the
// place and the condition. Never for input: input gets an Error.

namespace drover {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace drover

#define assert_always(condition) \
    ((condition) ? static_cast<void>(0) : ::drover::assertion_failed(#condition, __FILE__, __LINE__))
