#include "net/sealed.h"

#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>

#include <array>

#include "base/assert.h"

namespace drover::net {
namespace {

constexpr size_t kTagBytes = GCM_DIGEST_SIZE;
static_assert(kTagBytes == kSealTagBytes);
static_assert(kSealKeyBytes == AES256_KEY_SIZE && kSealNonceBytes == GCM_IV_SIZE);

const uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }
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

std::string derive_key(std::string_view secret, std::string_view salt, std::string_view purpose) {
    hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, salt.size(), bytes_of(salt));
    std::array<uint8_t, SHA256_DIGEST_SIZE> strong;
    hkdf_extract(&context, reinterpret_cast<nettle_hash_update_func*>(hmac_sha256_update),
                 reinterpret_cast<nettle_hash_digest_func*>(hmac_sha256_digest), strong.size(), secret.size(),
                 bytes_of(secret), strong.data());
    hmac_sha256_set_key(&context, strong.size(), strong.data());
    std::string key(kSealKeyBytes, '\0');
    hkdf_expand(&context, reinterpret_cast<nettle_hash_update_func*>(hmac_sha256_update),
                reinterpret_cast<nettle_hash_digest_func*>(hmac_sha256_digest), strong.size(), purpose.size(),
                bytes_of(purpose), key.size(), bytes_of(key));
    return key;
}

std::string FrameSeal::next_nonce() {
    std::string nonce(kSealNonceBytes, '\0');
    for (size_t i = 0; i < sizeof frames_; ++i)
        nonce[nonce.size() - 1 - i] = static_cast<char>(frames_ >> (8 * i) & 0xff);
    ++frames_;
    return nonce;
}

std::string FrameSeal::seal(std::string_view clear, std::string_view plain) {
    assert_always(key_.size() == kSealKeyBytes);
    gcm_aes256_ctx context = begin(key_, next_nonce());
    gcm_aes256_update(&context, clear.size(), bytes_of(clear));
    std::string sealed(plain.size() + kTagBytes, '\0');
    gcm_aes256_encrypt(&context, plain.size(), bytes_of(sealed), bytes_of(plain));
    gcm_aes256_digest(&context, kTagBytes, bytes_of(sealed) + plain.size());
    return sealed;
}

Result<std::string> FrameSeal::open(std::string_view clear, std::string_view sealed) {
    assert_always(key_.size() == kSealKeyBytes);
    if (sealed.size() < kTagBytes) return fail(Error::bad_request("a sealed frame is too short"));
    gcm_aes256_ctx context = begin(key_, next_nonce());
    gcm_aes256_update(&context, clear.size(), bytes_of(clear));
    std::string plain(sealed.size() - kTagBytes, '\0');
    gcm_aes256_decrypt(&context, plain.size(), bytes_of(plain), bytes_of(sealed));
    std::array<uint8_t, kTagBytes> tag;
    gcm_aes256_digest(&context, tag.size(), tag.data());
    if (!memeql_sec(tag.data(), sealed.data() + plain.size(), kTagBytes))
        return fail(Error::bad_request("a sealed frame does not open: another key, or not the next frame"));
    return plain;
}

}  // namespace drover::net
