#include "net/sealed.h"

#include <gtest/gtest.h>

namespace drover::net {
namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (size_t i = 0; i < hex.size(); i += 2)
        bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    return bytes;
}

// Test case 14 of the GCM specification (McGrew and Viega): a key of 256 bits, a block of zeroes.
TEST(Sealed, is_aes_256_gcm) {
    const auto sealed = seal(std::string(32, '\0'), std::string(12, '\0'), std::string(16, '\0'));
    ASSERT_TRUE(sealed);
    EXPECT_EQ(*sealed, std::string(12, '\0') + from_hex("cea7403d4d606b6e074ec5d3baf39d18") +
                           from_hex("d0d1c8a799996bf0265b98b5d48ab919"));
}

TEST(Sealed, opens_to_what_it_was_and_to_nothing_else) {
    const std::string key(32, 'k'), nonce(12, 'n');
    auto sealed = seal(key, nonce, "a secret");
    ASSERT_TRUE(sealed);
    EXPECT_EQ(*unseal(key, *sealed), "a secret");
    EXPECT_FALSE(unseal(std::string(32, 'x'), *sealed));
    for (size_t i = 0; i < sealed->size(); ++i) {
        std::string changed = *sealed;
        changed[i] ^= 1;
        EXPECT_FALSE(unseal(key, changed)) << i;
    }
    EXPECT_FALSE(unseal(key, sealed->substr(0, 27)));
    EXPECT_FALSE(seal("short", nonce, ""));
}

}  // namespace
}  // namespace drover::net
