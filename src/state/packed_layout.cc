#include "state/packed_layout.h"

#include <cstring>
#include <map>

#include "base/uuid.h"
#include "codec/describe.h"
#include "codec/msgpack.h"

namespace drover::state {

DESCRIBE(LayoutField, FIELD(Name), FIELD(Type));
DESCRIBE(LayoutType, FIELD(Kind), FIELD(Element), FIELD(Fields));
DESCRIBE(Layout, FIELD(Types));

namespace {

using codec::Kind;
using codec::TypeInfo;

constexpr int kMaxDepth = 64;

bool has_element(Kind kind) { return kind == Kind::list || kind == Kind::map || kind == Kind::pointer; }

class LayoutMaker {
public:
    explicit LayoutMaker(const std::vector<const TypeInfo*>& roots) {
        for (const TypeInfo* root : roots) number_of(*root);
        // Types are numbered as they are met and filled in behind, so that a type may contain itself.
        for (size_t i = 0; i < met_.size(); ++i) fill(i);
    }
    Layout take() && { return std::move(layout_); }

private:
    uint32_t number_of(const TypeInfo& type) {
        const auto [found, added] = numbers_.emplace(&type, static_cast<uint32_t>(met_.size()));
        if (added) met_.push_back(&type), layout_.Types.emplace_back();
        return found->second;
    }
    void fill(size_t number) {
        const TypeInfo& type = *met_[number];
        LayoutType made;
        made.Kind = static_cast<uint8_t>(type.kind);
        if (has_element(type.kind)) made.Element = number_of(type.element());
        if (type.kind == Kind::structure) {
            for (const auto& field : type.fields)
                made.Fields.push_back({std::string(field.name), number_of(field.type())});
        }
        layout_.Types[number] = std::move(made);
    }

    Layout layout_;
    std::map<const TypeInfo*, uint32_t> numbers_;
    std::vector<const TypeInfo*> met_;
};

// One value. Without a target it is only walked through.
class Walk {
public:
    Walk(const Layout& layout, const std::vector<std::string>& texts, std::string_view in)
        : layout_(layout), texts_(texts), in_(in) {}

    void structure(const LayoutType& layout, const TypeInfo* maybe_type, void* p) {
        if (++depth_ > kMaxDepth) failed_ = true;
        while (!failed_ && !in_.empty()) {
            const uint64_t field = number();
            if (field == 0) break;
            if (field > layout.Fields.size()) return fail_here();
            const LayoutField& packed = layout.Fields[field - 1];
            const auto* own = maybe_type ? codec::find_field(*maybe_type, packed.Name) : nullptr;
            value(packed.Type, own ? &own->type() : nullptr, own ? codec::member(*own, p) : nullptr);
        }
        --depth_;
    }
    bool failed() const { return failed_; }
    bool at_end() const { return in_.empty(); }

private:
    void value(uint32_t number_of_type, const TypeInfo* maybe_type, void* p) {
        if (failed_) return;
        const LayoutType& layout = layout_.Types[number_of_type];
        const auto kind = static_cast<Kind>(layout.Kind);
        if (maybe_type && maybe_type->kind != kind) maybe_type = nullptr;
        switch (kind) {
            case Kind::boolean:
            case Kind::integer:
            case Kind::natural:
            case Kind::duration:
            case Kind::time: return store_number(kind, number(), maybe_type, p);
            case Kind::floating: {
                const auto bytes = take(sizeof(double));
                if (maybe_type && !failed_) std::memcpy(p, bytes.data(), sizeof(double));
                return;
            }
            case Kind::text: return text(maybe_type ? static_cast<std::string*>(p) : nullptr);
            case Kind::bytes: {
                const uint64_t n = number();
                if (n == 0) return;
                const auto bytes = take(n - 1);
                if (maybe_type) *static_cast<Bytes*>(p) = Bytes(std::string(bytes));
                return;
            }
            case Kind::any: return any(maybe_type, p);
            case Kind::list:
            case Kind::map: return elements(layout, kind, maybe_type, p);
            case Kind::pointer:
                if (number() == 0) return;
                return nested(layout.Element, maybe_type ? &maybe_type->element() : nullptr,
                              maybe_type ? maybe_type->emplace(p) : nullptr);
            case Kind::structure: return structure(layout, maybe_type, p);
        }
        failed_ = true;
    }

    void nested(uint32_t element, const TypeInfo* maybe_type, void* p) {
        if (++depth_ > kMaxDepth) failed_ = true;
        value(element, maybe_type, p);
        --depth_;
    }

    static void store_number(Kind kind, uint64_t n, const TypeInfo* maybe_type, void* p) {
        if (!maybe_type) return;
        const int64_t with_sign = static_cast<int64_t>(n >> 1) ^ -static_cast<int64_t>(n & 1);
        if (kind == Kind::boolean) *static_cast<bool*>(p) = n != 0;
        if (kind == Kind::integer) codec::store_integer(*maybe_type, p, with_sign);
        if (kind == Kind::natural) codec::store_natural(*maybe_type, p, n);
        if (kind == Kind::duration) static_cast<Duration*>(p)->ns = with_sign;
        if (kind == Kind::time) static_cast<Time*>(p)->unix_ns = with_sign;
    }

    void elements(const LayoutType& layout, Kind kind, const TypeInfo* maybe_type, void* p) {
        const uint64_t count = number();
        if (count == 0) return;
        if (maybe_type) maybe_type->make_empty(p);
        for (uint64_t i = 1; i < count && !failed_; ++i) {
            // Every element takes a byte at least, so that a count cannot ask for more than there is.
            if (in_.empty()) return fail_here();
            std::string key;
            if (kind == Kind::map) text(maybe_type ? &key : nullptr);
            void* element = nullptr;
            if (maybe_type) element = kind == Kind::map ? maybe_type->insert(p, std::move(key)) : maybe_type->append(p);
            nested(layout.Element, maybe_type ? &maybe_type->element() : nullptr, element);
        }
    }

    void any(const TypeInfo* maybe_type, void* p) {
        if (maybe_type) {
            const auto used = codec::read_msgpack(in_, *maybe_type, p);
            return used ? in_.remove_prefix(*used) : fail_here();
        }
        const auto length = codec::msgpack_length(in_);
        if (!length || !*length) return fail_here();
        in_.remove_prefix(**length);
    }

    void text(std::string* maybe_into) {
        const uint64_t head = number();
        const uint64_t what = head >> 2;
        switch (head & 3) {
            case 0: {
                const auto bytes = take(what);
                if (maybe_into) *maybe_into = bytes;
                return;
            }
            case 1:
                if (what >= texts_.size()) return fail_here();
                if (maybe_into) *maybe_into = texts_[what];
                return;
            case 2: {
                Uuid id;
                const auto bytes = take(id.bytes.size());
                if (failed_ || !maybe_into) return;
                std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
                *maybe_into = to_string(id);
                return;
            }
            default: return fail_here();
        }
    }

    uint64_t number() {
        uint64_t n = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (in_.empty()) return fail_here(), 0;
            const auto byte = static_cast<uint8_t>(in_.front());
            in_.remove_prefix(1);
            n |= static_cast<uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return n;
        }
        return fail_here(), 0;
    }

    std::string_view take(uint64_t size) {
        if (size > in_.size()) return fail_here(), std::string_view();
        const auto taken = in_.substr(0, size);
        in_.remove_prefix(size);
        return taken;
    }

    void fail_here() {
        failed_ = true;
        in_ = {};
    }

    const Layout& layout_;
    const std::vector<std::string>& texts_;
    std::string_view in_;
    int depth_ = 0;
    bool failed_ = false;
};

}  // namespace

Layout layout_of(const std::vector<const TypeInfo*>& roots) { return LayoutMaker(roots).take(); }

bool PackedReader::is_sound(size_t roots) const {
    const size_t count = layout_.Types.size();
    if (count < roots) return false;
    for (size_t i = 0; i < count; ++i) {
        const LayoutType& type = layout_.Types[i];
        if (type.Kind > static_cast<uint8_t>(Kind::structure) || type.Element >= count) return false;
        if (i < roots && static_cast<Kind>(type.Kind) != Kind::structure) return false;
        for (const LayoutField& field : type.Fields) {
            if (field.Type >= count) return false;
        }
    }
    return true;
}

Result<> PackedReader::check(std::string_view bytes, uint32_t root) const {
    Walk walk(layout_, texts_, bytes);
    walk.structure(layout_.Types[root], nullptr, nullptr);
    if (walk.failed() || !walk.at_end()) return fail(Error::bad_request("malformed packed value"));
    return {};
}

Result<> PackedReader::read(std::string_view bytes, uint32_t root, const TypeInfo& type, void* value) const {
    Walk walk(layout_, texts_, bytes);
    walk.structure(layout_.Types[root], &type, value);
    if (walk.failed() || !walk.at_end()) return fail(Error::bad_request("malformed packed value"));
    return {};
}

}  // namespace drover::state
