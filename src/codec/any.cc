#include "codec/any.h"

namespace drover::codec {

const Any* Any::member(std::string_view key) const {
    const auto* map = as<AnyMap>();
    if (!map) return nullptr;
    auto it = map->find(key);
    return it == map->end() ? nullptr : &it->second;
}

}  // namespace drover::codec
