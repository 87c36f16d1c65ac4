#include "server/keyring.h"

#include <gtest/gtest.h>

namespace drover::server {
namespace {

TEST(Keyring, a_new_key_opens_and_no_two_are_alike) {
    SeededRng rng(1);
    const auto first = make_root_key(rng, Time::from_unix_seconds(10)), second = make_root_key(rng, Time{});
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->State, "active");
    EXPECT_EQ(first->CreateTime, 10'000'000'000);
    EXPECT_EQ(first->WrappedKeys[0].WrappedDataEncryptionKey->KeyInfo->KeyId, first->KeyID);
    const auto opened = open_root_key(*first);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->size(), 32u);
    EXPECT_NE(*opened, *open_root_key(*second));
}

TEST(Keyring, a_changed_record_does_not_open) {
    SeededRng rng(1);
    auto key = make_root_key(rng, Time{});
    ASSERT_TRUE(key);
    key->WrappedKeys[0].WrappedDataEncryptionKey->Ciphertext[20] ^= 1;
    EXPECT_EQ(open_root_key(*key).error().message, "sealed bytes do not open: another key, or they were changed");
    key->WrappedKeys[0].WrappedDataEncryptionKey->Ciphertext.resize(3);
    EXPECT_EQ(open_root_key(*key).error().message, "sealed bytes have the wrong length");
}

TEST(Keyring, an_unknown_provider_is_named) {
    model::RootKey key;
    key.KeyID = "k";
    key.WrappedKeys.emplace_back().Provider = "awskms";
    EXPECT_EQ(open_root_key(key).error().message, "root key \"k\" was sealed by a provider that is not known here");
}

}  // namespace
}  // namespace drover::server
