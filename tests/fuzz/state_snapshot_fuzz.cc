// The state as a stream: any bytes are a state or an error; one that was read can be written and read again.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "state/snapshot.h"

namespace {

drover::Result<std::shared_ptr<const drover::state::Version>> read(std::string_view bytes) {
    return drover::state::read_snapshot([&](char* buffer, size_t size) -> drover::Result<size_t> {
        const size_t n = bytes.copy(buffer, size);
        bytes.remove_prefix(n);
        return n;
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace drover;
    const auto version = read({reinterpret_cast<const char*>(data), size});
    if (!version) return 0;
    std::string written;
    assert_always(state::write_snapshot(state::View(*version), [&](std::string_view piece) {
                      written += piece;
                      return Result<>();
                  }).has_value());
    assert_always(read(written).has_value());
    return 0;
}
