#pragma once
// The keys that members' talk is encrypted with: the first is the primary, which new connections use; any of them opens
// a connection that another member made. A value; its file is a JSON array of base64.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drover::raft {

class KeyRing {
public:
    static constexpr size_t kMaxKeys = 32;

    // 16, 24 or 32 bytes in base64.
    static Result<std::string> decode_key(std::string_view base64);
    static Result<KeyRing> from_key(std::string_view base64);
    static Result<KeyRing> from_file(std::string_view json);  // at least one key
    std::string to_file() const;

    bool empty() const { return keys_.empty(); }                    // nothing is encrypted
    const std::vector<std::string>& keys() const { return keys_; }  // raw, the primary first
    std::vector<std::string> encoded() const;                       // base64, in the same order

    // By base64. Installing a key that is there, and removing one that is not, changes nothing.
    Result<> install(std::string_view key);
    Result<> use(std::string_view key);     // not_found: it was not installed
    Result<> remove(std::string_view key);  // refused for the primary
    bool has(std::string_view key) const;

private:
    std::vector<std::string> keys_;
};

}  // namespace drover::raft
