// MessagePack in: any bytes become a value or an error; the length that is told of a value is the length that is read.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/msgpack.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace drover::codec;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    auto length = msgpack_length(bytes);
    Any value;
    auto read = read_msgpack(bytes, value);
    if (read && (!length || !*length || **length != *read)) std::abort();
    if (read && !from_msgpack<Any>(to_msgpack(value))) std::abort();
    return 0;
}
