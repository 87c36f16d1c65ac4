#include "model/namespace_hash.h"

#include <sodium/crypto_generichash.h>

#include <array>

namespace drover::model {
namespace {

class Digest {
public:
    Digest() { crypto_generichash_init(&state_, nullptr, 0, crypto_generichash_BYTES); }

    void add(const std::string& text) {
        crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
    Bytes finish() {
        std::array<unsigned char, crypto_generichash_BYTES> bytes;
        crypto_generichash_final(&state_, bytes.data(), bytes.size());
        return Bytes(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    }

private:
    crypto_generichash_state state_;
};

}  // namespace

Bytes namespace_hash(const Namespace& ns) {
    Digest digest;
    digest.add(ns.Name);
    digest.add(ns.Description);
    digest.add(ns.Quota);
    if (ns.Capabilities) {
        for (const auto* list : {&ns.Capabilities->EnabledTaskDrivers, &ns.Capabilities->DisabledTaskDrivers,
                                 &ns.Capabilities->EnabledNetworkModes, &ns.Capabilities->DisabledNetworkModes}) {
            for (const std::string& item : *list) digest.add(item);
        }
    }
    for (const auto& [key, value] : ns.Meta) digest.add(key), digest.add(value);
    return digest.finish();
}

Bytes node_pool_hash(const NodePool& pool) {
    Digest digest;
    digest.add(pool.Name);
    digest.add(pool.Description);
    for (const auto& [key, value] : pool.Meta) digest.add(key), digest.add(value);
    if (const auto& config = pool.SchedulerConfiguration) {
        digest.add(config->SchedulerAlgorithm);
        if (config->MemoryOversubscriptionEnabled) digest.add(*config->MemoryOversubscriptionEnabled ? "1" : "0");
    }
    digest.add(std::to_string(pool.NodeIdentityTTL.ns));
    return digest.finish();
}

}  // namespace drover::model
