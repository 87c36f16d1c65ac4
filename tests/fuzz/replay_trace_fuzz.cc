// Traces of `drover sim`: any text is a list of events in the order of time, or an error.

#include <cstdint>

#include "base/assert.h"
#include "replay/trace.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace drover;
    const auto read_file = [](const std::string& path) -> Result<std::string> { return fail(Error::not_found(path)); };
    const auto events = replay::read_trace("trace", {reinterpret_cast<const char*>(data), size}, read_file);
    for (size_t i = 1; events && i < events->size(); ++i) assert_always((*events)[i - 1].at <= (*events)[i].at);
    return 0;
}
