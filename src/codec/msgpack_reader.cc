#include <algorithm>
#include <bit>
#include <cmath>

#include "codec/msgpack.h"

namespace drover::codec {
namespace {

enum class Form { nil, boolean, integer, natural, floating, raw, list, map, extension, bad };

// The head of a value: its form, its number, or how many bytes or elements follow.
struct Head {
    Form form = Form::bad;
    size_t size = 0;  // of the head itself; 0: has not all arrived
    uint64_t number = 0;
    double real = 0;
};

Head parse_head(std::string_view in) {
    if (in.empty()) return {};
    const auto first = static_cast<uint8_t>(in[0]);
    const auto wide = [&](Form form, size_t width, bool is_signed = false) {
        Head h{form};
        if (in.size() < 1 + width) return h;
        uint64_t n = 0;
        for (size_t i = 1; i <= width; ++i) n = n << 8 | static_cast<uint8_t>(in[i]);
        if (is_signed && width < 8 && (n >> (width * 8 - 1) & 1)) n |= ~uint64_t{0} << (width * 8);
        h.number = n, h.size = 1 + width;
        return h;
    };
    if (first <= 0x7f) return {Form::integer, 1, first};
    if (first <= 0x8f) return {Form::map, 1, first & 0x0fu};
    if (first <= 0x9f) return {Form::list, 1, first & 0x0fu};
    if (first <= 0xbf) return {Form::raw, 1, first & 0x1fu};
    if (first >= 0xe0) return {Form::integer, 1, static_cast<uint64_t>(static_cast<int8_t>(first))};
    Head h;
    switch (first) {
        case 0xc0: return {Form::nil, 1};
        case 0xc2: return {Form::boolean, 1, 0};
        case 0xc3: return {Form::boolean, 1, 1};
        case 0xc4:
        case 0xd9: return wide(Form::raw, 1);
        case 0xc5:
        case 0xda: return wide(Form::raw, 2);
        case 0xc6:
        case 0xdb: return wide(Form::raw, 4);
        case 0xc7: h = wide(Form::extension, 1), h.number += 1; return h;
        case 0xc8: h = wide(Form::extension, 2), h.number += 1; return h;
        case 0xc9: h = wide(Form::extension, 4), h.number += 1; return h;
        case 0xca:
            h = wide(Form::floating, 4), h.real = std::bit_cast<float>(static_cast<uint32_t>(h.number));
            return h;
        case 0xcb: h = wide(Form::floating, 8), h.real = std::bit_cast<double>(h.number); return h;
        case 0xcc: return wide(Form::natural, 1);
        case 0xcd: return wide(Form::natural, 2);
        case 0xce: return wide(Form::natural, 4);
        case 0xcf: return wide(Form::natural, 8);
        case 0xd0: return wide(Form::integer, 1, true);
        case 0xd1: return wide(Form::integer, 2, true);
        case 0xd2: return wide(Form::integer, 4, true);
        case 0xd3: return wide(Form::integer, 8, true);
        case 0xd4: return {Form::extension, 1, 2};
        case 0xd5: return {Form::extension, 1, 3};
        case 0xd6: return {Form::extension, 1, 5};
        case 0xd7: return {Form::extension, 1, 9};
        case 0xd8: return {Form::extension, 1, 17};
        case 0xdc: return wide(Form::list, 2);
        case 0xdd: return wide(Form::list, 4);
        case 0xde: return wide(Form::map, 2);
        case 0xdf: return wide(Form::map, 4);
        default: return {Form::bad, 1};
    }
}

class Reader {
public:
    explicit Reader(std::string_view in) : in_(in) {}

    size_t taken() const { return at_; }
    const std::string& error() const { return error_; }

    bool value(const TypeInfo& type, void* p, int depth) {
        if (depth > kMaxMsgpackDepth) return bad("nested too deeply");
        Head h;
        if (!head(h)) return false;
        if (h.form == Form::nil) return type.reset(p), true;
        switch (type.kind) {
            case Kind::pointer: return at_ -= h.size, value(type.element(), type.emplace(p), depth + 1);
            case Kind::structure: return structure(type, p, h, depth);
            case Kind::map: return map(type, p, h, depth);
            case Kind::list: return list(type, p, h, depth);
            case Kind::any: return any(*static_cast<Any*>(p), h, depth);
            default: return scalar(type, p, h);
        }
    }

    bool skip(int depth) {
        if (depth > kMaxMsgpackDepth) return bad("nested too deeply");
        Head h;
        if (!head(h)) return false;
        uint64_t values = 0;
        if (h.form == Form::raw || h.form == Form::extension) {
            if (h.number > in_.size() - at_) return bad("too short");
            at_ += h.number;
        } else if (h.form == Form::list) {
            values = h.number;
        } else if (h.form == Form::map) {
            values = h.number * 2;
        }
        for (uint64_t i = 0; i < values; ++i) {
            if (!skip(depth + 1)) return false;
        }
        return true;
    }

private:
    bool bad(std::string_view what) {
        if (error_.empty()) error_ = "msgpack: " + std::string(what) + " at byte " + std::to_string(at_);
        return false;
    }

    bool head(Head& h) {
        h = parse_head(in_.substr(at_));
        if (h.size == 0) return bad("too short");
        if (h.form == Form::bad) return bad("unknown form");
        at_ += h.size;
        return true;
    }

    bool raw(const Head& h, std::string_view& out) {
        if (h.form != Form::raw) return bad("no text where text belongs");
        if (h.number > in_.size() - at_) return bad("too short");
        out = in_.substr(at_, h.number);
        at_ += h.number;
        return true;
    }

    bool scalar(const TypeInfo& type, void* p, const Head& h) {
        switch (type.kind) {
            case Kind::boolean:
                if (h.form != Form::boolean && h.form != Form::integer && h.form != Form::natural)
                    return bad("no boolean");
                *static_cast<bool*>(p) = h.number != 0;
                return true;
            case Kind::integer:
            case Kind::duration: {
                if (h.form != Form::integer && h.form != Form::natural) return bad("no integer");
                if (h.form == Form::natural && h.number > INT64_MAX) return bad("integer too large");
                const auto n = static_cast<int64_t>(h.number);
                if (type.kind == Kind::duration) return static_cast<Duration*>(p)->ns = n, true;
                return store_integer(type, p, n) || bad("integer too large");
            }
            case Kind::natural: {
                const bool negative = h.form == Form::integer && static_cast<int64_t>(h.number) < 0;
                if ((h.form != Form::integer && h.form != Form::natural) || negative) return bad("no natural number");
                return store_natural(type, p, h.number) || bad("integer too large");
            }
            case Kind::floating:
                if (h.form == Form::floating) return *static_cast<double*>(p) = h.real, true;
                if (h.form == Form::integer)
                    return *static_cast<double*>(p) = static_cast<double>(static_cast<int64_t>(h.number)), true;
                if (h.form == Form::natural) return *static_cast<double*>(p) = static_cast<double>(h.number), true;
                return bad("no number");
            case Kind::text: {
                std::string_view s;
                return raw(h, s) && (*static_cast<std::string*>(p) = s, true);
            }
            case Kind::bytes: return bytes(*static_cast<Bytes*>(p), h);
            case Kind::time: return time(*static_cast<Time*>(p), h);
            default: return bad("unexpected type");
        }
    }

    bool bytes(Bytes& out, const Head& h) {
        if (h.form == Form::list) {
            std::string s;
            for (uint64_t i = 0; i < h.number; ++i) {
                Head element;
                if (!head(element)) return false;
                if (element.form != Form::integer && element.form != Form::natural) return bad("no byte");
                s += static_cast<char>(element.number);
            }
            return out = Bytes(std::move(s)), true;
        }
        std::string_view s;
        return raw(h, s) && (out = Bytes(std::string(s)), true);
    }

    bool time(Time& out, const Head& h) {
        std::string_view s;
        if (!raw(h, s)) return false;
        if (s.size() < 15 || (s[0] != 1 && s[0] != 2)) return bad("no time");
        uint64_t sec = 0, nsec = 0;
        for (size_t i = 1; i < 9; ++i) sec = sec << 8 | static_cast<uint8_t>(s[i]);
        for (size_t i = 9; i < 13; ++i) nsec = nsec << 8 | static_cast<uint8_t>(s[i]);
        const int64_t unix_s = static_cast<int64_t>(sec - 62135596800u);
        constexpr int64_t kFarthest = INT64_MAX / 1'000'000'000 - 1;
        if (nsec > 999'999'999) return bad("no time");
        // Beyond what nanoseconds in 64 bits can tell lies nothing but the zero time.
        out = unix_s < -kFarthest || unix_s > kFarthest ? Time{}
                                                        : Time{unix_s * 1'000'000'000 + static_cast<int64_t>(nsec)};
        return true;
    }

    bool list(const TypeInfo& type, void* p, const Head& h, int depth) {
        const TypeInfo& element = type.element();
        type.reset(p);
        type.make_empty(p);
        if (h.form == Form::raw && element.kind == Kind::natural && element.size == 1) {
            std::string_view s;
            if (!raw(h, s)) return false;
            for (const char c : s) store_natural(element, type.append(p), static_cast<uint8_t>(c));
            return true;
        }
        if (h.form != Form::list) return bad("no list");
        if (h.number > in_.size() - at_) return bad("too short");
        for (uint64_t i = 0; i < h.number; ++i) {
            if (!value(element, type.append(p), depth + 1)) return false;
        }
        return true;
    }

    bool map(const TypeInfo& type, void* p, const Head& h, int depth) {
        if (h.form != Form::map) return bad("no map");
        type.reset(p);
        type.make_empty(p);
        for (uint64_t i = 0; i < h.number; ++i) {
            Head key_head;
            std::string_view key;
            if (!head(key_head) || !raw(key_head, key)) return false;
            if (!value(type.element(), type.insert(p, std::string(key)), depth + 1)) return false;
        }
        return true;
    }

    bool structure(const TypeInfo& type, void* p, const Head& h, int depth) {
        if (h.form == Form::list) return positional(type, p, h, depth);
        if (h.form != Form::map) return bad("no map");
        size_t next = 0;  // keys mostly come in the order of the fields
        for (uint64_t i = 0; i < h.number; ++i) {
            Head key_head;
            std::string_view key;
            if (!head(key_head) || !raw(key_head, key)) return false;
            const FieldInfo* f = find_field_from(type, next, key);
            if (f && !f->hide_wire ? !field(*f, p, depth + 1) : !skip(depth + 1)) return false;
        }
        return true;
    }

    // Leaves in `next` the place behind the field.
    static const FieldInfo* find_field_from(const TypeInfo& type, size_t& next, std::string_view key) {
        constexpr size_t kLook = 8;
        for (size_t i = next; i < std::min(type.fields.size(), next + kLook); ++i) {
            if (type.fields[i].name == key) return next = i + 1, &type.fields[i];
        }
        const FieldInfo* f = find_field(type, key);
        if (f) next = static_cast<size_t>(f - type.fields.data()) + 1;
        return f;
    }

    bool positional(const TypeInfo& type, void* p, const Head& h, int depth) {
        for (uint64_t i = 0; i < h.number; ++i) {
            const bool known = i < type.fields.size() && !type.fields[i].hide_wire;
            if (known ? !field(type.fields[i], p, depth + 1) : !skip(depth + 1)) return false;
        }
        return true;
    }

    bool field(const FieldInfo& f, void* p, int depth) {
        if (f.wire_numbers.empty()) return value(f.type(), member(f, p), depth);
        auto& name = *static_cast<std::string*>(member(f, p));
        Head h;
        if (!head(h)) return false;
        if (h.form == Form::nil) return name.clear(), true;
        const bool whole = h.form == Form::integer || h.form == Form::natural;
        if (!whole || h.number >= f.wire_numbers.size()) return bad("not one of its numbers");
        return name = f.wire_numbers[h.number], true;
    }

    bool any(Any& out, const Head& h, int depth) {
        std::string_view s;
        switch (h.form) {
            case Form::boolean: return out = Any(h.number != 0), true;
            case Form::integer: return out = Any(static_cast<int64_t>(h.number)), true;
            case Form::natural: return out = Any(h.number), true;
            case Form::floating: return out = Any(h.real), true;
            case Form::raw: return raw(h, s) && (out = Any(std::string(s)), true);
            case Form::list: {
                AnyList items;
                for (uint64_t i = 0; i < h.number; ++i) {
                    if (!value(type_of<Any>(), &items.emplace_back(), depth + 1)) return false;
                }
                return out = Any(std::move(items)), true;
            }
            case Form::map: {
                AnyMap members;
                for (uint64_t i = 0; i < h.number; ++i) {
                    Head key_head;
                    std::string_view key;
                    if (!head(key_head) || !raw(key_head, key)) return false;
                    if (!value(type_of<Any>(), &members[std::string(key)], depth + 1)) return false;
                }
                return out = Any(std::move(members)), true;
            }
            default: return bad("unknown form");
        }
    }

    std::string_view in_;
    size_t at_ = 0;
    std::string error_;
};

}  // namespace

Result<size_t> read_msgpack(std::string_view bytes, const TypeInfo& type, void* value) {
    Reader reader(bytes);
    if (!reader.value(type, value, 0)) return fail(Error::bad_request(reader.error()));
    return reader.taken();
}

Result<std::optional<size_t>> msgpack_length(std::string_view bytes) { return MsgpackScanner().scan(bytes); }

Result<std::optional<size_t>> MsgpackScanner::scan(std::string_view bytes) {
    while (!open_.empty()) {
        if (open_.back() == 0) {
            open_.pop_back();
            continue;
        }
        if (at_ >= bytes.size()) return std::optional<size_t>{};
        const Head h = parse_head(bytes.substr(at_));
        if (h.size == 0) return std::optional<size_t>{};
        if (h.form == Form::bad)
            return fail(Error::bad_request("msgpack: unknown form at byte " + std::to_string(at_)));
        --open_.back();
        at_ += h.size;
        if (h.form == Form::raw || h.form == Form::extension) {
            at_ += h.number;
        } else if (h.form == Form::list || h.form == Form::map) {
            if (open_.size() > kMaxMsgpackDepth) return fail(Error::bad_request("msgpack: nested too deeply"));
            open_.push_back(h.form == Form::map ? h.number * 2 : h.number);
        }
    }
    if (at_ > bytes.size()) return std::optional<size_t>{};
    return std::optional<size_t>{at_};
}

uint64_t MsgpackScanner::at_least() const {
    uint64_t length = at_;
    for (const uint64_t values : open_) length += values;
    return length;
}

void MsgpackScanner::reset() {
    open_.assign(1, 1);
    at_ = 0;
}

}  // namespace drover::codec
