#pragma once
// A UUID as 16 bytes. Text form: lower case, 8-4-4-4-12.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/rng.h"

namespace drover {

struct Uuid {
    std::array<uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;
    bool is_nil() const { return *this == Uuid{}; }
};

Uuid random_uuid(Rng& rng);
std::string to_string(const Uuid& id);

// random_uuid as text: what members of described types hold.
std::string random_id(Rng& rng);

// Takes either case. The messages are those that Nomad's users see behind "index error: ".
Result<Uuid> parse_uuid(std::string_view text);

// The bytes of an even number of hex digits, as they begin a UUID.
Result<std::string> parse_uuid_digits(std::string_view digits);

// True for 36 characters of the right form.
bool is_uuid(std::string_view text);

}  // namespace drover

template <>
struct std::hash<drover::Uuid> {
    size_t operator()(const drover::Uuid& id) const noexcept {
        uint64_t word;
        std::memcpy(&word, id.bytes.data(), sizeof word);
        return word;
    }
};
