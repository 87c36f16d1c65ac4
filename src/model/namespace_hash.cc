#include "model/namespace_hash.h"

#include <sodium/crypto_generichash.h>

#include <array>

namespace drover::model {

Bytes namespace_hash(const Namespace& ns) {
    crypto_generichash_state hash;
    std::array<unsigned char, crypto_generichash_BYTES> digest;
    crypto_generichash_init(&hash, nullptr, 0, digest.size());
    const auto add = [&](const std::string& text) {
        crypto_generichash_update(&hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    };
    add(ns.Name);
    add(ns.Description);
    add(ns.Quota);
    if (ns.Capabilities) {
        for (const auto* list : {&ns.Capabilities->EnabledTaskDrivers, &ns.Capabilities->DisabledTaskDrivers,
                                 &ns.Capabilities->EnabledNetworkModes, &ns.Capabilities->DisabledNetworkModes}) {
            for (const std::string& item : *list) add(item);
        }
    }
    for (const auto& [key, value] : ns.Meta) add(key), add(value);
    crypto_generichash_final(&hash, digest.data(), digest.size());
    return Bytes(std::string(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace drover::model
