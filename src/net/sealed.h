#pragma once
// Bytes under AES-256-GCM: one by one with a nonce of their own, or as the frames of a connection, whose nonce is their
// number. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace drover::net {

inline constexpr size_t kSealKeyBytes = 32, kSealNonceBytes = 12;

// `nonce` must never come twice with one key.
Result<std::string> seal(const std::string& key, const std::string& nonce, const std::string& plain);
// Error: a wrong key, or bytes that were changed.
Result<std::string> unseal(const std::string& key, const std::string& sealed);

// HKDF with SHA-256 (RFC 5869): a key of kSealKeyBytes for one use out of a secret of any length.
std::string derive_key(std::string_view secret, std::string_view salt, std::string_view purpose);

inline constexpr size_t kSealTagBytes = 16;

// Seals or opens the frames of one direction of a connection. The nonce is the count of frames so far and is not sent:
// a frame that is repeated, left out or moved does not open. `clear` is what travels beside the frame in the open and
// is bound to it. After a failure nothing more of the connection can be trusted; close it.
class FrameSeal {
public:
    explicit FrameSeal(std::string key) : key_(std::move(key)) {}  // of kSealKeyBytes

    std::string seal(std::string_view clear, std::string_view plain);  // ciphertext and tag
    Result<std::string> open(std::string_view clear, std::string_view sealed);

private:
    std::string next_nonce();

    std::string key_;
    uint64_t frames_ = 0;
};

}  // namespace drover::net
