#pragma once
// The cluster's root keys. The leader makes the first one; each is stored sealed, with what unseals it beside it (the
// provider `aead` of Nomad since 1.9), so that a snapshot can be opened by itself. Identities of allocations are signed
// with the key that was active when they were placed: Allocation::SigningKeyID.

#include "base/result.h"
#include "base/rng.h"
#include "base/time.h"
#include "model/keyring.h"

namespace drover::server {

// A new active key. `rng` must be fit for secrets.
Result<model::RootKey> make_root_key(Rng& rng, Time now);
// The 32 bytes of a key. Error: it was sealed by a provider that we do not have, or its record was changed.
Result<Bytes> open_root_key(const model::RootKey& key);

}  // namespace drover::server
