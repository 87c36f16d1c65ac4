// Commands: any bytes are a command or an error; what was read can be written and read again, and applying it to an
// empty cluster changes something or is refused.

#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "state/store.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace drover;
    const auto command = state::decode({reinterpret_cast<const char*>(data), size});
    if (!command) return 0;
    assert_always(state::decode(state::encode(*command)).has_value());
    state::Store store;
    (void)store.apply(2, *command);
    return 0;
}
