#include "net/sealed.h"

#include <openssl/evp.h>

#include <memory>

namespace drover::net {
namespace {

constexpr size_t kTagBytes = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Result<std::string> seal(const std::string& key, const std::string& nonce, const std::string& plain) {
    const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    std::string cipher(plain.size(), '\0'), tag(kTagBytes, '\0');
    int size = 0;
    const bool sealed =
        context && EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) == 1 &&
        EVP_EncryptUpdate(context.get(), bytes_of(cipher), &size, bytes_of(plain), static_cast<int>(plain.size())) ==
            1 &&
        EVP_EncryptFinal_ex(context.get(), bytes_of(cipher) + size, &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1;
    if (!sealed) return fail(Error::internal("sealing failed"));
    return nonce + cipher + tag;
}

Result<std::string> unseal(const std::string& key, const std::string& sealed) {
    if (key.size() != kSealKeyBytes || sealed.size() < kSealNonceBytes + kTagBytes)
        return fail(Error::internal("sealed bytes have the wrong length"));
    const std::string nonce = sealed.substr(0, kSealNonceBytes);
    const std::string cipher = sealed.substr(kSealNonceBytes, sealed.size() - kSealNonceBytes - kTagBytes);
    std::string tag = sealed.substr(sealed.size() - kTagBytes), plain(cipher.size(), '\0');
    const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int size = 0;
    const bool opened =
        context && EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) == 1 &&
        EVP_DecryptUpdate(context.get(), bytes_of(plain), &size, bytes_of(cipher), static_cast<int>(cipher.size())) ==
            1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + size, &size) == 1;
    if (!opened) return fail(Error::internal("sealed bytes do not open: another key, or they were changed"));
    return plain;
}

}  // namespace drover::net
