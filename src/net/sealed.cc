#include "net/sealed.h"

#include <nettle/gcm.h>
#include <nettle/memops.h>

#include <array>

namespace drover::net {
namespace {

constexpr size_t kTagBytes = GCM_DIGEST_SIZE;
static_assert(kSealKeyBytes == AES256_KEY_SIZE && kSealNonceBytes == GCM_IV_SIZE);

const uint8_t* bytes_of(const std::string& text) { return reinterpret_cast<const uint8_t*>(text.data()); }
uint8_t* bytes_of(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

// Keyed, and at the beginning of a message.
gcm_aes256_ctx begin(const std::string& key, const std::string& nonce) {
    gcm_aes256_ctx context;
    gcm_aes256_set_key(&context, bytes_of(key));
    gcm_aes256_set_iv(&context, nonce.size(), bytes_of(nonce));
    return context;
}

}  // namespace

Result<std::string> seal(const std::string& key, const std::string& nonce, const std::string& plain) {
    if (key.size() != kSealKeyBytes || nonce.size() != kSealNonceBytes)
        return fail(Error::internal("a key or nonce has the wrong length"));
    gcm_aes256_ctx context = begin(key, nonce);
    std::string cipher(plain.size(), '\0'), tag(kTagBytes, '\0');
    gcm_aes256_encrypt(&context, plain.size(), bytes_of(cipher), bytes_of(plain));
    gcm_aes256_digest(&context, tag.size(), bytes_of(tag));
    return nonce + cipher + tag;
}

Result<std::string> unseal(const std::string& key, const std::string& sealed) {
    if (key.size() != kSealKeyBytes || sealed.size() < kSealNonceBytes + kTagBytes)
        return fail(Error::internal("sealed bytes have the wrong length"));
    const std::string cipher = sealed.substr(kSealNonceBytes, sealed.size() - kSealNonceBytes - kTagBytes);
    gcm_aes256_ctx context = begin(key, sealed.substr(0, kSealNonceBytes));
    std::string plain(cipher.size(), '\0');
    gcm_aes256_decrypt(&context, cipher.size(), bytes_of(plain), bytes_of(cipher));
    std::array<uint8_t, kTagBytes> tag;
    gcm_aes256_digest(&context, tag.size(), tag.data());
    if (!memeql_sec(tag.data(), sealed.data() + sealed.size() - kTagBytes, kTagBytes))
        return fail(Error::internal("sealed bytes do not open: another key, or they were changed"));
    return plain;
}

}  // namespace drover::net
