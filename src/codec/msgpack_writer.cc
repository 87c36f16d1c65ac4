#include <algorithm>
#include <bit>
#include <cstring>

#include "codec/msgpack.h"

namespace drover::codec {
namespace {

class Writer {
public:
    Writer(std::string& out, bool without_defaults) : out_(out), without_defaults_(without_defaults) {}

    void value(const TypeInfo& type, const void* p) {
        switch (type.kind) {
            case Kind::boolean: return byte(*static_cast<const bool*>(p) ? 0xc3 : 0xc2);
            case Kind::integer: return integer(load_integer(type, p));
            case Kind::natural: return natural(load_natural(type, p));
            case Kind::floating: return floating(*static_cast<const double*>(p));
            case Kind::text: return raw(*static_cast<const std::string*>(p));
            case Kind::bytes: {
                const auto& bytes = *static_cast<const Bytes*>(p);
                return bytes.is_null() ? nil() : raw(bytes);
            }
            case Kind::duration: return integer(static_cast<const Duration*>(p)->ns);
            case Kind::time: return time(*static_cast<const Time*>(p));
            case Kind::any: return any(*static_cast<const Any*>(p));
            case Kind::list: return list(type, p);
            case Kind::map: return map(type, p);
            case Kind::pointer: {
                const void* pointee = type.pointee(p);
                return pointee ? value(type.element(), pointee) : nil();
            }
            case Kind::structure: return structure(type, p);
        }
    }

private:
    void byte(int b) { out_ += static_cast<char>(b); }
    void nil() { byte(0xc0); }

    template <class N>
    void big_endian(N n) {
        char bytes[sizeof n];
        for (size_t i = 0; i < sizeof n; ++i) bytes[i] = static_cast<char>(n >> (8 * (sizeof n - 1 - i)) & 0xff);
        out_.append(bytes, sizeof n);
    }

    void integer(int64_t n) {
        if (n >= -32 && n <= 127) return byte(static_cast<int>(n & 0xff));
        if (n >= INT8_MIN && n <= INT8_MAX) return byte(0xd0), big_endian(static_cast<uint8_t>(n));
        if (n >= INT16_MIN && n <= INT16_MAX) return byte(0xd1), big_endian(static_cast<uint16_t>(n));
        if (n >= INT32_MIN && n <= INT32_MAX) return byte(0xd2), big_endian(static_cast<uint32_t>(n));
        byte(0xd3), big_endian(static_cast<uint64_t>(n));
    }

    void natural(uint64_t n) {
        if (n <= 127) return byte(static_cast<int>(n));
        if (n <= UINT8_MAX) return byte(0xcc), big_endian(static_cast<uint8_t>(n));
        if (n <= UINT16_MAX) return byte(0xcd), big_endian(static_cast<uint16_t>(n));
        if (n <= UINT32_MAX) return byte(0xce), big_endian(static_cast<uint32_t>(n));
        byte(0xcf), big_endian(n);
    }

    void floating(double d) { byte(0xcb), big_endian(std::bit_cast<uint64_t>(d)); }

    void raw(std::string_view s) {
        if (s.size() < 32) {
            byte(0xa0 | static_cast<int>(s.size()));
        } else if (s.size() <= UINT16_MAX) {
            byte(0xda), big_endian(static_cast<uint16_t>(s.size()));
        } else {
            byte(0xdb), big_endian(static_cast<uint32_t>(s.size()));
        }
        out_ += s;
    }

    // Go's time.MarshalBinary, version 1, zone UTC.
    void time(Time t) {
        constexpr int64_t kUnixEpoch = 62135596800;  // seconds from year 1
        const int64_t sec = t.is_zero() ? 0 : t.unix_seconds() + kUnixEpoch;
        const auto nsec = t.is_zero() ? 0 : static_cast<uint32_t>(t.unix_ns - t.unix_seconds() * 1'000'000'000);
        byte(0xaf), byte(1);
        big_endian(static_cast<uint64_t>(sec)), big_endian(nsec), big_endian(uint16_t{0xffff});
    }

    void head(size_t n, int fix, int h16, int h32) {
        if (n < 16) return byte(fix | static_cast<int>(n));
        if (n <= UINT16_MAX) return byte(h16), big_endian(static_cast<uint16_t>(n));
        byte(h32), big_endian(static_cast<uint32_t>(n));
    }
    void list_head(size_t n) { head(n, 0x90, 0xdc, 0xdd); }
    void map_head(size_t n) { head(n, 0x80, 0xde, 0xdf); }

    void any(const Any& any_value) {
        std::visit(
            [this](const auto& v) {
                using V = std::decay_t<decltype(v)>;
                if constexpr (std::is_same_v<V, std::monostate>) {
                    nil();
                } else if constexpr (std::is_same_v<V, bool>) {
                    byte(v ? 0xc3 : 0xc2);
                } else if constexpr (std::is_same_v<V, int64_t>) {
                    integer(v);
                } else if constexpr (std::is_same_v<V, uint64_t>) {
                    natural(v);
                } else if constexpr (std::is_same_v<V, double>) {
                    floating(v);
                } else if constexpr (std::is_same_v<V, AnyList>) {
                    list_head(v.size());
                    for (const Any& element : v) any(element);
                } else if constexpr (std::is_same_v<V, AnyMap>) {
                    map_head(v.size());
                    for (const auto& [k, element] : v) raw(k), any(element);
                } else {
                    raw(v);
                }
            },
            any_value.value);
    }

    // A list of bytes travels as a raw string, as every []uint8 of Go does.
    void list(const TypeInfo& type, const void* p) {
        if (type.is_null(p)) return nil();
        const TypeInfo& element = type.element();
        const size_t n = type.count(p);
        if (element.kind == Kind::natural && element.size == 1) {
            std::string bytes;
            for (size_t i = 0; i < n; ++i) bytes += static_cast<char>(load_natural(element, type.at(p, i)));
            return raw(bytes);
        }
        list_head(n);
        for (size_t i = 0; i < n; ++i) value(element, type.at(p, i));
    }

    void map(const TypeInfo& type, const void* p) {
        if (type.is_null(p)) return nil();
        map_head(type.count(p));
        struct Context {
            Writer& writer;
            const TypeInfo& element;
        } context{*this, type.element()};
        type.each(p, &context, [](void* c, const std::string& key, const void* v) {
            auto& ctx = *static_cast<Context*>(c);
            ctx.writer.raw(key);
            ctx.writer.value(ctx.element, v);
        });
    }

    bool written(const TypeInfo& type, const FieldInfo& f, const void* p) const {
        if (f.hide_wire) return false;
        if (without_defaults_) return !is_default(f.type(), member(f, p));
        return !((f.omit_wire || type.omit_zero) && is_zero(f.type(), member(f, p)));
    }

    void structure(const TypeInfo& type, const void* p) {
        size_t n = 0;
        for (const FieldInfo& f : type.fields) n += written(type, f, p);
        map_head(n);
        for (const FieldInfo& f : type.fields) {
            if (!written(type, f, p)) continue;
            raw(f.name);
            if (f.wire_numbers.empty()) {
                value(f.type(), member(f, p));
            } else {
                numbered(f, *static_cast<const std::string*>(member(f, p)));
            }
        }
    }

    // A text that is none of them goes as the first.
    void numbered(const FieldInfo& f, const std::string& name) {
        const auto found = std::find(f.wire_numbers.begin(), f.wire_numbers.end(), name);
        integer(found == f.wire_numbers.end() ? 0 : found - f.wire_numbers.begin());
    }

    std::string& out_;
    const bool without_defaults_;
};

}  // namespace

void append_msgpack(std::string& out, const TypeInfo& type, const void* value) {
    Writer(out, false).value(type, value);
}

void append_short_msgpack(std::string& out, const TypeInfo& type, const void* value) {
    Writer(out, true).value(type, value);
}

}  // namespace drover::codec
