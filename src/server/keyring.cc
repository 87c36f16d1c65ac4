#include "server/keyring.h"

#include <openssl/evp.h>

#include <memory>

#include "base/strings.h"
#include "base/uuid.h"

namespace drover::server {
namespace {

constexpr std::string_view kAlgorithm = "aes256-gcm";
constexpr std::string_view kProvider = "aead";
constexpr size_t kKeyBytes = 32, kNonceBytes = 12, kTagBytes = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string random_bytes(Rng& rng, size_t size) {
    std::string bytes(size, '\0');
    rng.fill({bytes_of(bytes), size});
    return bytes;
}

// Nonce, ciphertext, tag.
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
    if (!sealed) return fail(Error::internal("sealing a root key failed"));
    return nonce + cipher + tag;
}

Result<std::string> unseal(const std::string& key, const std::string& sealed) {
    if (key.size() != kKeyBytes || sealed.size() < kNonceBytes + kTagBytes)
        return fail(Error::internal("a sealed key has the wrong length"));
    const std::string nonce = sealed.substr(0, kNonceBytes);
    const std::string cipher = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
    std::string tag = sealed.substr(sealed.size() - kTagBytes), plain(cipher.size(), '\0');
    const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int size = 0;
    const bool opened =
        context && EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) == 1 &&
        EVP_DecryptUpdate(context.get(), bytes_of(plain), &size, bytes_of(cipher), static_cast<int>(cipher.size())) ==
            1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + size, &size) == 1;
    if (!opened) return fail(Error::internal("a sealed key does not open: its record was changed"));
    return plain;
}

}  // namespace

Result<model::RootKey> make_root_key(Rng& rng, Time now) {
    model::RootKey key;
    key.KeyID = random_id(rng);
    key.Algorithm = kAlgorithm;
    key.CreateTime = now.unix_ns;
    key.State = model::kRootKeyActive;
    model::WrappedKey& wrapped = key.WrappedKeys.emplace_back();
    wrapped.Provider = wrapped.ProviderID = kProvider;
    wrapped.KeyEncryptionKey = Bytes(random_bytes(rng, kKeyBytes));
    auto sealed = seal(wrapped.KeyEncryptionKey, random_bytes(rng, kNonceBytes), random_bytes(rng, kKeyBytes));
    if (!sealed) return fail(sealed.error());
    model::BlobInfo& blob = wrapped.WrappedDataEncryptionKey.make();
    blob.Ciphertext = Bytes(std::move(*sealed));
    blob.KeyInfo.make().KeyId = key.KeyID;
    return key;
}

Result<Bytes> open_root_key(const model::RootKey& key) {
    for (const model::WrappedKey& wrapped : key.WrappedKeys) {
        if (wrapped.Provider != kProvider || wrapped.KeyEncryptionKey.empty() || !wrapped.WrappedDataEncryptionKey)
            continue;
        auto opened = unseal(wrapped.KeyEncryptionKey, wrapped.WrappedDataEncryptionKey->Ciphertext);
        if (!opened) return fail(opened.error());
        return Bytes(std::move(*opened));
    }
    return fail(Error::internal("root key " + quote(key.KeyID) + " was sealed by a provider that is not known here"));
}

}  // namespace drover::server
