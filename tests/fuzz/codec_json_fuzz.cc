// JSON in: any bytes become a value or an error; what was read is written, read again, and is the same.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace drover::codec;
    auto first = any_from_json({reinterpret_cast<const char*>(data), size});
    if (!first) return 0;
    auto second = any_from_json(to_json(*first));
    if (!second || to_json(*first) != to_json(*second)) std::abort();
    return 0;
}
