#pragma once
// Bytes under AES-256-GCM, in one string: nonce, ciphertext, tag. Pure; any thread.

#include <string>

#include "base/result.h"

namespace drover::net {

inline constexpr size_t kSealKeyBytes = 32, kSealNonceBytes = 12;

// `nonce` must never come twice with one key.
Result<std::string> seal(const std::string& key, const std::string& nonce, const std::string& plain);
// Error: a wrong key, or bytes that were changed.
Result<std::string> unseal(const std::string& key, const std::string& sealed);

}  // namespace drover::net
