#include "codec/snappy.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace drover::codec {
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

// Writing. A block is encoded by itself, so that offsets fit into two bytes.
constexpr size_t kBlock = 1 << 16;
constexpr size_t kShortestCopy = 4;
constexpr size_t kLongestCopy = 64;
constexpr int kHashBits = 14;

void append_number(std::string& out, size_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i));
}

void append_literal(std::string& out, std::string_view bytes) {
    if (bytes.empty()) return;
    const size_t length = bytes.size() - 1;
    if (length < 60) {
        append_number(out, length << 2, 1);
    } else {
        const int width = length < 256 ? 1 : 2;  // a block is no longer
        append_number(out, static_cast<size_t>(59 + width) << 2, 1);
        append_number(out, length, width);
    }
    out += bytes;
}

void append_copy(std::string& out, size_t offset, size_t length) {
    while (length > 0) {
        const size_t part = std::min(length, kLongestCopy);
        append_number(out, (part - 1) << 2 | 2, 1);
        append_number(out, offset, 2);
        length -= part;
    }
}

uint32_t word_at(std::string_view block, size_t at) {
    uint32_t word = 0;
    std::memcpy(&word, block.data() + at, sizeof word);
    return word;
}

// Greedy: of the places with the same four bytes only the last is remembered.
void append_block(std::string& out, std::string_view block) {
    std::array<uint16_t, 1 << kHashBits> last{};
    size_t literal = 0, at = 1;  // a table of zeros points to the block's beginning
    while (at + kShortestCopy <= block.size()) {
        const uint32_t word = word_at(block, at);
        uint16_t& place = last[(word * 0x9e3779b1U) >> (32 - kHashBits)];
        const size_t before = place;
        place = static_cast<uint16_t>(at);
        if (word_at(block, before) != word) {
            ++at;
            continue;
        }
        size_t length = kShortestCopy;
        while (at + length < block.size() && block[before + length] == block[at + length]) ++length;
        append_literal(out, block.substr(literal, at - literal));
        append_copy(out, at - before, length);
        literal = at += length;
    }
    append_literal(out, block.substr(literal));
}

}  // namespace

std::string snappy_encode(std::string_view in) {
    std::string out;
    size_t length = in.size();
    for (; length >= 0x80; length >>= 7) out += static_cast<char>((length & 0x7f) | 0x80);
    out += static_cast<char>(length);
    for (; !in.empty(); in.remove_prefix(std::min(in.size(), kBlock))) append_block(out, in.substr(0, kBlock));
    return out;
}

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

}  // namespace drover::codec
