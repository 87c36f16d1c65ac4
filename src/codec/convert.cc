#include "codec/convert.h"

#include <map>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "base/assert.h"

namespace drover::codec {
namespace {

// The members that two structures share.
struct Pair {
    const FieldInfo *from, *to;
};
using Pairs = std::vector<Pair>;

Pairs pairs_of(const TypeInfo& from, const TypeInfo& to) {
    Pairs pairs;
    for (const FieldInfo& f : to.fields) {
        if (const FieldInfo* g = find_field(from, f.name)) pairs.push_back({g, &f});
    }
    return pairs;
}

// Looked up by name once for every two types.
const Pairs& known_pairs(const TypeInfo& from, const TypeInfo& to) {
    static std::shared_mutex mutex;
    static std::map<std::pair<const TypeInfo*, const TypeInfo*>, Pairs> known;
    const std::pair key(&from, &to);
    {
        std::shared_lock lock(mutex);
        if (const auto found = known.find(key); found != known.end()) return found->second;
    }
    Pairs pairs = pairs_of(from, to);
    std::lock_guard lock(mutex);
    return known.try_emplace(key, std::move(pairs)).first->second;
}

// Whole numbers and durations stand for each other; all else needs the same kind on both sides.
void convert_scalar(const TypeInfo& from, const void* source, const TypeInfo& to, void* target) {
    const auto number = [](const TypeInfo& type, const void* p) -> int64_t {
        switch (type.kind) {
            case Kind::integer: return load_integer(type, p);
            case Kind::natural: return static_cast<int64_t>(load_natural(type, p));
            case Kind::duration: return static_cast<const Duration*>(p)->ns;
            default: assert_always(!"convertible kinds");
        }
    };
    switch (to.kind) {
        case Kind::integer: store_integer(to, target, number(from, source)); return;
        case Kind::natural: store_natural(to, target, static_cast<uint64_t>(number(from, source))); return;
        case Kind::duration: static_cast<Duration*>(target)->ns = number(from, source); return;
        default: break;
    }
    assert_always(from.kind == to.kind);
    switch (to.kind) {
        case Kind::boolean: *static_cast<bool*>(target) = *static_cast<const bool*>(source); return;
        case Kind::floating: *static_cast<double*>(target) = *static_cast<const double*>(source); return;
        case Kind::text: *static_cast<std::string*>(target) = *static_cast<const std::string*>(source); return;
        case Kind::bytes: *static_cast<Bytes*>(target) = *static_cast<const Bytes*>(source); return;
        case Kind::time: *static_cast<Time*>(target) = *static_cast<const Time*>(source); return;
        case Kind::any: *static_cast<Any*>(target) = *static_cast<const Any*>(source); return;
        default: assert_always(!"scalar kind");
    }
}

}  // namespace

void convert(const TypeInfo& from, const void* source, const TypeInfo& to, void* target) {
    if (from.kind == Kind::pointer) {
        if (const void* pointee = from.pointee(source)) convert(from.element(), pointee, to, target);
        return;
    }
    if (to.kind == Kind::pointer) return convert(from, source, to.element(), to.emplace(target));
    switch (to.kind) {
        case Kind::structure:
            assert_always(from.kind == Kind::structure);
            for (const Pair& pair : known_pairs(from, to))
                convert(pair.from->type(), member(*pair.from, source), pair.to->type(), member(*pair.to, target));
            return;
        case Kind::list:
            assert_always(from.kind == Kind::list);
            to.reset(target);
            if (from.is_null(source)) return;
            to.make_empty(target);
            for (size_t i = 0, n = from.count(source); i < n; ++i) {
                convert(from.element(), from.at(source, i), to.element(), to.append(target));
            }
            return;
        case Kind::map: {
            assert_always(from.kind == Kind::map);
            to.reset(target);
            if (from.is_null(source)) return;
            to.make_empty(target);
            struct Context {
                const TypeInfo &from, &to;
                void* target;
            } context{from.element(), to, target};
            from.each(source, &context, [](void* c, const std::string& key, const void* value) {
                auto& ctx = *static_cast<Context*>(c);
                convert(ctx.from, value, ctx.to.element(), ctx.to.insert(ctx.target, key));
            });
            return;
        }
        default: convert_scalar(from, source, to, target);
    }
}

}  // namespace drover::codec
