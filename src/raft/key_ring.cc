#include "raft/key_ring.h"

#include <algorithm>

#include "base/containers.h"
#include "codec/base64.h"
#include "codec/json.h"

namespace drover::raft {

Result<std::string> KeyRing::decode_key(std::string_view base64) {
    std::optional<std::string> key = codec::base64_decode(base64);
    if (!key) return fail(Error::bad_request("Failed to decode key: it is not base64"));
    if (key->size() != 16 && key->size() != 24 && key->size() != 32)
        return fail(Error::bad_request("key size must be 16, 24 or 32 bytes"));
    return std::move(*key);
}

Result<KeyRing> KeyRing::from_key(std::string_view base64) {
    KeyRing ring;
    if (Result<> installed = ring.install(base64); !installed) return fail(installed.error());
    return ring;
}

Result<KeyRing> KeyRing::from_file(std::string_view json) {
    Result<List<std::string>> read = codec::from_json<List<std::string>>(json);
    if (!read) return fail(read.error().wrapped("failed to read the gossip keyring: "));
    KeyRing ring;
    for (const std::string& key : *read)
        if (Result<> installed = ring.install(key); !installed)
            return fail(installed.error().wrapped("failed to read the gossip keyring: "));
    if (ring.empty()) return fail(Error::bad_request("failed to read the gossip keyring: it has no key"));
    return ring;
}

std::string KeyRing::to_file() const { return codec::to_json(List<std::string>(encoded())) + "\n"; }

std::vector<std::string> KeyRing::encoded() const {
    std::vector<std::string> out;
    for (const std::string& key : keys_) out.push_back(codec::base64_encode(key));
    return out;
}

bool KeyRing::has(std::string_view key) const {
    Result<std::string> raw = decode_key(key);
    return raw && std::find(keys_.begin(), keys_.end(), *raw) != keys_.end();
}

Result<> KeyRing::install(std::string_view key) {
    Result<std::string> raw = decode_key(key);
    if (!raw) return fail(raw.error());
    if (std::find(keys_.begin(), keys_.end(), *raw) != keys_.end()) return {};
    if (keys_.size() >= kMaxKeys) return fail(Error::bad_request("the keyring is full"));
    keys_.push_back(std::move(*raw));
    return {};
}

Result<> KeyRing::use(std::string_view key) {
    Result<std::string> raw = decode_key(key);
    if (!raw) return fail(raw.error());
    auto found = std::find(keys_.begin(), keys_.end(), *raw);
    if (found == keys_.end()) return fail(Error::not_found("Requested key is not in the keyring"));
    std::rotate(keys_.begin(), found, found + 1);
    return {};
}

Result<> KeyRing::remove(std::string_view key) {
    Result<std::string> raw = decode_key(key);
    if (!raw) return fail(raw.error());
    auto found = std::find(keys_.begin(), keys_.end(), *raw);
    if (found == keys_.end()) return {};
    if (found == keys_.begin()) return fail(Error::bad_request("Removing the primary key is not allowed"));
    keys_.erase(found);
    return {};
}

}  // namespace drover::raft
