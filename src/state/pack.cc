#include "state/pack.h"

#include <cstring>
#include <functional>
#include <new>

#include "base/assert.h"
#include "base/uuid.h"
#include "codec/msgpack.h"

namespace drover::state {
namespace {

using codec::Kind;
using codec::TypeInfo;

// The low two bits of a text's head say what follows.
enum TextForm : uint64_t { kInline = 0, kNumbered = 1, kUuid = 2 };

uint64_t zigzag(int64_t n) { return (static_cast<uint64_t>(n) << 1) ^ static_cast<uint64_t>(n >> 63); }
int64_t unzigzag(uint64_t n) { return static_cast<int64_t>(n >> 1) ^ -static_cast<int64_t>(n & 1); }

class Packer {
public:
    Packer(std::string& out, Dictionary& dictionary) : out_(out), dictionary_(dictionary) {}

    void value(const TypeInfo& type, const void* p) {
        switch (type.kind) {
            case Kind::boolean: return number(*static_cast<const bool*>(p));
            case Kind::integer: return number(zigzag(codec::load_integer(type, p)));
            case Kind::natural: return number(codec::load_natural(type, p));
            case Kind::floating: return static_cast<void>(out_.append(static_cast<const char*>(p), sizeof(double)));
            case Kind::text: return text(*static_cast<const std::string*>(p));
            case Kind::bytes: return bytes(*static_cast<const Bytes*>(p));
            case Kind::duration: return number(zigzag(static_cast<const Duration*>(p)->ns));
            case Kind::time: return number(zigzag(static_cast<const Time*>(p)->unix_ns));
            case Kind::any: return codec::append_msgpack(out_, type, p);
            case Kind::list: return list(type, p);
            case Kind::map: return map(type, p);
            case Kind::pointer: return pointer(type, p);
            case Kind::structure: structure(type, p); return number(0);
        }
    }

    // Members by number, counted from 1; what is empty is left out.
    void structure(const TypeInfo& type, const void* p) {
        for (size_t i = 0; i < type.fields.size(); ++i) {
            const auto& field = type.fields[i];
            const TypeInfo& field_type = field.type();
            const void* member = codec::member(field, p);
            const bool empty = field_type.is_null               ? field_type.is_null(member)
                               : field_type.kind == Kind::bytes ? static_cast<const Bytes*>(member)->is_null()
                                                                : codec::is_zero(field_type, member);
            if (empty) continue;
            number(i + 1);
            value(field_type, member);
        }
    }

private:
    void number(uint64_t n) {
        while (n >= 0x80) {
            out_.push_back(static_cast<char>(n | 0x80));
            n >>= 7;
        }
        out_.push_back(static_cast<char>(n));
    }

    void text(const std::string& s) {
        if (s.size() == 36) {
            if (const auto id = parse_uuid(s); id && to_string(*id) == s) {
                number(kUuid);
                out_.append(reinterpret_cast<const char*>(id->bytes.data()), id->bytes.size());
                return;
            }
        }
        if (s.size() > 1) {
            if (const auto known = dictionary_.number(s)) return number(uint64_t{*known} << 2 | kNumbered);
        }
        number(s.size() << 2 | kInline);
        out_ += s;
    }

    void bytes(const Bytes& b) {
        if (b.is_null()) return number(0);
        number(b.size() + 1);
        out_ += b;
    }

    void list(const TypeInfo& type, const void* p) {
        if (type.is_null(p)) return number(0);
        const size_t count = type.count(p);
        number(count + 1);
        for (size_t i = 0; i < count; ++i) value(type.element(), type.at(p, i));
    }

    void map(const TypeInfo& type, const void* p) {
        if (type.is_null(p)) return number(0);
        number(type.count(p) + 1);
        struct Context {
            Packer& self;
            const TypeInfo& element;
        } context{*this, type.element()};
        type.each(p, &context, [](void* c, const std::string& key, const void* element) {
            auto& [self, element_type] = *static_cast<Context*>(c);
            self.text(key);
            self.value(element_type, element);
        });
    }

    void pointer(const TypeInfo& type, const void* p) {
        const void* pointee = type.pointee(p);
        number(pointee != nullptr);
        if (pointee) value(type.element(), pointee);
    }

    std::string& out_;
    Dictionary& dictionary_;
};

class Unpacker {
public:
    Unpacker(std::string_view in, const Dictionary& dictionary) : in_(in), dictionary_(dictionary) {}

    void structure(const TypeInfo& type, void* p) {
        while (!in_.empty()) {
            const uint64_t field = number();
            if (field == 0) return;
            const auto& info = type.fields[field - 1];
            value(info.type(), codec::member(info, p));
        }
    }

private:
    void value(const TypeInfo& type, void* p) {
        switch (type.kind) {
            case Kind::boolean: *static_cast<bool*>(p) = number() != 0; return;
            case Kind::integer: codec::store_integer(type, p, unzigzag(number())); return;
            case Kind::natural: codec::store_natural(type, p, number()); return;
            case Kind::floating: std::memcpy(p, take(sizeof(double)).data(), sizeof(double)); return;
            case Kind::text: *static_cast<std::string*>(p) = text(); return;
            case Kind::bytes:
                if (const uint64_t n = number()) *static_cast<Bytes*>(p) = Bytes(std::string(take(n - 1)));
                return;
            case Kind::duration: static_cast<Duration*>(p)->ns = unzigzag(number()); return;
            case Kind::time: static_cast<Time*>(p)->unix_ns = unzigzag(number()); return;
            case Kind::any: {
                const auto used = codec::read_msgpack(in_, type, p);
                assert_always(used.has_value());
                in_.remove_prefix(*used);
                return;
            }
            case Kind::list: return list(type, p);
            case Kind::map: return map(type, p);
            case Kind::pointer:
                if (number()) value(type.element(), type.emplace(p));
                return;
            case Kind::structure: return structure(type, p);
        }
    }

    void list(const TypeInfo& type, void* p) {
        const uint64_t count = number();
        if (count == 0) return;
        type.make_empty(p);
        for (uint64_t i = 1; i < count; ++i) value(type.element(), type.append(p));
    }

    void map(const TypeInfo& type, void* p) {
        const uint64_t count = number();
        if (count == 0) return;
        type.make_empty(p);
        for (uint64_t i = 1; i < count; ++i) {
            void* element = type.insert(p, text());
            value(type.element(), element);
        }
    }

    std::string text() {
        const uint64_t head = number();
        if ((head & 3) == kNumbered) return dictionary_.text(static_cast<uint32_t>(head >> 2));
        if ((head & 3) == kInline) return std::string(take(head >> 2));
        Uuid id;
        std::memcpy(id.bytes.data(), take(id.bytes.size()).data(), id.bytes.size());
        return to_string(id);
    }

    uint64_t number() {
        uint64_t n = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<uint8_t>(take(1)[0]);
            n |= static_cast<uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) break;
        }
        return n;
    }

    std::string_view take(size_t size) {
        assert_always(size <= in_.size());
        const auto taken = in_.substr(0, size);
        in_.remove_prefix(size);
        return taken;
    }

    std::string_view in_;
    const Dictionary& dictionary_;
};

}  // namespace

Dictionary::Dictionary() : seen_once_(kSlots) {}

Dictionary::~Dictionary() {
    for (auto& chunk : chunks_) delete[] chunk.load();
}

std::optional<uint32_t> Dictionary::number(std::string_view text) {
    if (text.size() > kMaxLength) return std::nullopt;
    std::lock_guard lock(mutex_);
    if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;
    if (size_ == kMaxTexts) return std::nullopt;
    const size_t hash = std::hash<std::string_view>()(text);
    const auto mark = static_cast<uint32_t>(hash >> 32) | 1;
    if (uint32_t& slot = seen_once_[hash % kSlots]; slot != mark) {
        slot = mark;
        return std::nullopt;
    }
    return add(text);
}

uint32_t Dictionary::add(std::string_view text) {
    auto& chunk = chunks_[size_ / kChunk];
    if (!chunk.load(std::memory_order_relaxed)) chunk.store(new std::string[kChunk], std::memory_order_release);
    std::string& place = chunk.load(std::memory_order_relaxed)[size_ % kChunk];
    place = text;
    numbers_.emplace(place, size_);
    return size_++;
}

const std::string& Dictionary::text(uint32_t number) const {
    return chunks_[number / kChunk].load(std::memory_order_acquire)[number % kChunk];
}

std::vector<std::string> Dictionary::texts() const {
    std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    all.reserve(size_);
    for (uint32_t i = 0; i < size_; ++i) all.push_back(text(i));
    return all;
}

bool Dictionary::preset(const std::vector<std::string>& texts) {
    std::lock_guard lock(mutex_);
    if (size_ != 0 || texts.size() > kMaxTexts) return false;
    for (const std::string& text : texts) {
        if (text.size() > kMaxLength || numbers_.contains(text)) return false;
        add(text);
    }
    return true;
}

Ref<const Packed> Packed::make(std::string_view bytes) {
    if (bytes.empty()) return {};
    auto* packed = new (::operator new(sizeof(Packed) + bytes.size())) Packed;
    packed->size = static_cast<uint32_t>(bytes.size());
    std::memcpy(packed + 1, bytes.data(), bytes.size());
    return Ref<const Packed>(packed);
}

void destroy(const Packed* packed) {
    packed->~Packed();
    ::operator delete(const_cast<Packed*>(packed));
}

std::string pack(const TypeInfo& type, const void* value, Dictionary& dictionary) {
    std::string out;
    Packer(out, dictionary).structure(type, value);
    return out;
}

void unpack(std::string_view bytes, const TypeInfo& type, void* value, const Dictionary& dictionary) {
    Unpacker(bytes, dictionary).structure(type, value);
}

}  // namespace drover::state
