#include "codec/convert.h"

#include "base/assert.h"

namespace drover::codec {
namespace {

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
            for (const FieldInfo& f : to.fields) {
                if (const FieldInfo* g = find_field(from, f.name))
                    convert(g->type(), member(*g, source), f.type(), member(f, target));
            }
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
