#include "base/uuid.h"

#include <cstdio>

namespace drover {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool dash_at(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

// As Go's %#U shows it: U+007A 'z'.
std::string describe_byte(char c) {
    char out[16];
    const int code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code < 0x7f) {
        std::snprintf(out, sizeof out, "U+%04X '%c'", code, c);
    } else {
        std::snprintf(out, sizeof out, "U+%04X", code);
    }
    return out;
}

std::string not_hex(char c) { return "Invalid UUID: encoding/hex: invalid byte: " + describe_byte(c); }

}  // namespace

Result<std::string> parse_uuid_digits(std::string_view digits) {
    std::string bytes;
    for (size_t i = 0; i < digits.size(); ++i) {
        const int value = hex_value(digits[i]);
        if (value < 0) return fail(Error::bad_request(not_hex(digits[i])));
        if (i % 2 == 0) {
            bytes.push_back(static_cast<char>(value << 4));
        } else {
            bytes.back() = static_cast<char>(bytes.back() | value);
        }
    }
    return bytes;
}

Uuid random_uuid(Rng& rng) {
    Uuid id;
    rng.fill(id.bytes);
    return id;
}

std::string to_string(const Uuid& id) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    out.reserve(36);
    for (size_t i = 0; i < id.bytes.size(); ++i) {
        if (dash_at(out.size())) out += '-';
        out += kHex[id.bytes[i] >> 4];
        out += kHex[id.bytes[i] & 15];
    }
    return out;
}

std::string random_id(Rng& rng) { return to_string(random_uuid(rng)); }

Result<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return fail(Error::bad_request("UUID must be 36 characters"));
    Uuid id;
    size_t nibble = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if (dash_at(i)) {
            if (text[i] != '-') return fail(Error::bad_request("UUID has no dash where one belongs"));
            continue;
        }
        const int value = hex_value(text[i]);
        if (value < 0) return fail(Error::bad_request(not_hex(text[i])));
        id.bytes[nibble / 2] = static_cast<uint8_t>(id.bytes[nibble / 2] << 4 | value);
        ++nibble;
    }
    return id;
}

bool is_uuid(std::string_view text) { return parse_uuid(text).has_value(); }

}  // namespace drover
