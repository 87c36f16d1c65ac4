#include "client/snappy.h"

#include <cstdint>

namespace drover::client {
namespace {

Error corrupt() { return Error::bad_request("snappy: corrupt input"); }

// Little endian, `bytes` long, from the front of `in`.
bool take_number(std::string_view& in, size_t bytes, size_t& out) {
    if (in.size() < bytes) return false;
    out = 0;
    for (size_t i = 0; i < bytes; ++i) out |= static_cast<size_t>(static_cast<uint8_t>(in[i])) << (8 * i);
    in.remove_prefix(bytes);
    return true;
}

bool take_varint(std::string_view& in, size_t& out) {
    out = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        size_t byte = 0;
        if (!take_number(in, 1, byte)) return false;
        out |= (byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return true;
    }
    return false;
}

bool take_literal(std::string_view& in, size_t tag, std::string& out) {
    size_t length = tag >> 2;
    if (length >= 60 && !take_number(in, length - 59, length)) return false;
    ++length;
    if (in.size() < length) return false;
    out.append(in.substr(0, length));
    in.remove_prefix(length);
    return true;
}

bool take_copy(std::string_view& in, size_t tag, std::string& out) {
    size_t length = (tag >> 2) + 1, offset = 0;
    const size_t kind = tag & 3;
    if (kind == 1) {
        if (!take_number(in, 1, offset)) return false;
        offset |= (tag >> 5) << 8;
        length = ((tag >> 2) & 7) + 4;
    } else if (!take_number(in, kind == 2 ? 2 : 4, offset)) {
        return false;
    }
    if (offset == 0 || offset > out.size()) return false;
    for (; length > 0; --length) out += out[out.size() - offset];  // it may run into what it writes
    return true;
}

}  // namespace

Result<std::string> snappy_decode(std::string_view in, size_t most) {
    size_t length = 0;
    if (!take_varint(in, length) || length > most) return fail(corrupt());
    std::string out;
    out.reserve(length);
    while (!in.empty()) {
        size_t tag = 0;
        take_number(in, 1, tag);
        const bool good = (tag & 3) == 0 ? take_literal(in, tag, out) : take_copy(in, tag, out);
        if (!good || out.size() > length) return fail(corrupt());
    }
    if (out.size() != length) return fail(corrupt());
    return out;
}

}  // namespace drover::client
