#include "server/keyring.h"

#include "base/strings.h"
#include "base/uuid.h"
#include "net/sealed.h"

namespace drover::server {
namespace {

constexpr std::string_view kAlgorithm = "aes256-gcm";
constexpr std::string_view kProvider = "aead";

std::string random_bytes(Rng& rng, size_t size) {
    std::string bytes(size, '\0');
    rng.fill({reinterpret_cast<uint8_t*>(bytes.data()), size});
    return bytes;
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
    wrapped.KeyEncryptionKey = Bytes(random_bytes(rng, net::kSealKeyBytes));
    auto sealed = net::seal(wrapped.KeyEncryptionKey, random_bytes(rng, net::kSealNonceBytes),
                            random_bytes(rng, net::kSealKeyBytes));
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
        auto opened = net::unseal(wrapped.KeyEncryptionKey, wrapped.WrappedDataEncryptionKey->Ciphertext);
        if (!opened) return fail(opened.error());
        return Bytes(std::move(*opened));
    }
    return fail(Error::internal("root key " + quote(key.KeyID) + " was sealed by a provider that is not known here"));
}

}  // namespace drover::server
