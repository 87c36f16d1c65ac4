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

// Test case 1 of RFC 5869, of which the first 32 bytes are the key.
TEST(Sealed, derives_keys_by_hkdf) {
    const std::string key =
        derive_key(std::string(22, '\x0b'), from_hex("000102030405060708090a0b0c"), from_hex("f0f1f2f3f4f5f6f7f8f9"));
    EXPECT_EQ(key, from_hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"));
}

TEST(FrameSeal, opens_frames_in_their_order_only) {
    const std::string key(32, 'k');
    FrameSeal sender(key);
    const std::string first = sender.seal("head", "one"), second = sender.seal("head", "two");
    FrameSeal reader(key);
    EXPECT_EQ(*reader.open("head", first), "one");
    EXPECT_EQ(*reader.open("head", second), "two");
    FrameSeal repeated(key), skipped(key), other_head(key), other_key(std::string(32, 'x'));
    ASSERT_TRUE(repeated.open("head", first));
    EXPECT_FALSE(repeated.open("head", first));
    EXPECT_FALSE(skipped.open("head", second));
    EXPECT_FALSE(other_head.open("tail", first));
    EXPECT_FALSE(other_key.open("head", first));
    EXPECT_FALSE(FrameSeal(key).open("head", "short"));
}

}  // namespace
}  // namespace drover::net
