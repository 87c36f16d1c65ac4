#include "codec/base64.h"

#include <array>
#include <cstdint>

namespace drover::codec {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto kValues = [] {
    std::array<int8_t, 256> values{};
    values.fill(-1);
    for (size_t i = 0; i < kAlphabet.size(); ++i) values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<int8_t>(i);
    return values;
}();

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size(); i += 3) {
        const size_t n = std::min<size_t>(3, bytes.size() - i);
        uint32_t word = 0;
        for (size_t j = 0; j < 3; ++j) word = word << 8 | (j < n ? static_cast<uint8_t>(bytes[i + j]) : 0);
        out += kAlphabet[word >> 18];
        out += kAlphabet[word >> 12 & 63];
        out += n > 1 ? kAlphabet[word >> 6 & 63] : '=';
        out += n > 2 ? kAlphabet[word & 63] : '=';
    }
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size() / 4 * 3);
    uint32_t word = 0;
    int digits = 0, padding = 0;
    for (const char c : text) {
        if (c == '\r' || c == '\n') continue;
        if (c == '=') {
            ++padding;
            if (++digits < 3 || padding > 2) return std::nullopt;
            word <<= 6;
        } else {
            const int value = kValues[static_cast<uint8_t>(c)];
            if (value < 0 || padding > 0) return std::nullopt;
            word = word << 6 | static_cast<uint32_t>(value);
            ++digits;
        }
        if (digits == 4) {
            out += static_cast<char>(word >> 16);
            if (padding < 2) out += static_cast<char>(word >> 8);
            if (padding < 1) out += static_cast<char>(word);
            if (padding > 0) padding = 3;  // nothing may follow
            word = 0, digits = 0;
        }
    }
    if (digits != 0) return std::nullopt;
    return out;
}

size_t base64_error_at(std::string_view text) {
    size_t digits = 0, begin = 0;
    bool ended = false;  // by padding
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\r' || c == '\n') continue;
        if (ended && digits != 3) return i;
        if (digits == 0) begin = i;
        if (c == '=') {
            if (digits < 2) return i;
            ended = true;
        } else if (ended || kValues[static_cast<uint8_t>(c)] < 0) {
            return i;
        }
        digits = (digits + 1) % 4;
    }
    return digits == 0 ? text.size() : begin;
}

}  // namespace drover::codec
