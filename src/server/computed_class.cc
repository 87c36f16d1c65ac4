#include "server/computed_class.h"

#include <string_view>

#include "base/strings.h"
#include "codec/msgpack.h"

namespace drover::server {
namespace {

// FNV-1a, 64 bits.
class Hash {
public:
    void add(std::string_view text) {
        for (const char c : text) state_ = (state_ ^ static_cast<uint8_t>(c)) * 0x100000001b3;
        state_ = (state_ ^ 0xff) * 0x100000001b3;
    }
    template <class T>
    void add_value(const T& value) {
        add(codec::to_msgpack(value));
    }
    uint64_t value() const { return state_; }

private:
    uint64_t state_ = 0xcbf29ce484222325;
};

void add_shared(Hash& hash, const Map<std::string>& pairs) {
    for (const auto& [key, value] : pairs) {
        if (has_prefix(key, "unique.")) continue;
        hash.add(key);
        hash.add(value);
    }
}

}  // namespace

std::string computed_class(const model::Node& node) {
    Hash hash;
    hash.add(node.Datacenter);
    hash.add(node.NodeClass);
    hash.add(node.NodePool);
    add_shared(hash, node.Attributes);
    hash.add("");
    add_shared(hash, node.Meta);
    if (node.NodeResources) {
        for (const auto& device : node.NodeResources->Devices) {
            hash.add(device.Vendor);
            hash.add(device.Type);
            hash.add(device.Name);
            hash.add_value(device.Attributes);
        }
    }
    return "v1:" + std::to_string(hash.value());
}

}  // namespace drover::server
