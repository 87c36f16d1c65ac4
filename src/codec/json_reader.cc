#define RAPIDJSON_HAS_STDSTRING 1
#include <rapidjson/error/error.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <optional>

#include "base/strings.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/json_syntax.h"

namespace drover::codec {
namespace {

constexpr unsigned kParseFlags =
    rapidjson::kParseStopWhenDoneFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag;

bool numbers_are_integers(std::string_view digits) { return digits.find_first_of(".eE") == std::string_view::npos; }

Any number_any(std::string_view digits, bool keep_integers) {
    if (keep_integers && numbers_are_integers(digits)) {
        if (auto n = parse_int(digits)) return Any(*n);
        if (auto n = parse_uint(digits)) return Any(*n);
    }
    return Any(parse_float(digits).value_or(0));
}

// Receives the parser's events and puts values where the innermost open container wants them.
class Filler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Filler> {
public:
    Filler(const TypeInfo& type, void* value, bool keep_integers) : keep_integers_(keep_integers) {
        pending_ = {&type, value, nullptr};
    }

    const std::string& type_error() const { return type_error_; }
    bool too_deep() const { return too_deep_; }

    bool Null() {
        if (auto slot = take()) {
            const Kind kind = slot->type->kind;
            const bool empties = kind == Kind::list || kind == Kind::map || kind == Kind::pointer ||
                                 kind == Kind::any || kind == Kind::bytes;
            if (empties) slot->type->reset(slot->value);
        }
        return true;
    }

    bool Bool(bool b) {
        auto slot = scalar();
        if (!slot) return true;
        if (slot->type->kind == Kind::boolean) {
            *static_cast<bool*>(slot->value) = b;
        } else if (slot->type->kind == Kind::any) {
            *static_cast<Any*>(slot->value) = Any(b);
        } else {
            mismatch("bool", *slot);
        }
        return true;
    }

    bool RawNumber(const char* digits, rapidjson::SizeType n, bool) {
        if (auto slot = scalar()) number(*slot, {digits, n});
        return true;
    }

    bool String(const char* s, rapidjson::SizeType n, bool) {
        if (auto slot = scalar()) string(*slot, {s, n});
        return true;
    }

    bool StartObject() {
        auto slot = scalar();
        if (!slot) return open({Frame::skipped});
        const TypeInfo& type = *slot->type;
        if (type.kind == Kind::structure) return open({Frame::structure, &type, slot->value, slot->field});
        if (type.kind == Kind::map) {
            if (type.is_null(slot->value)) type.make_empty(slot->value);
            return open({Frame::map, &type, slot->value, slot->field});
        }
        if (type.kind == Kind::any) {
            *static_cast<Any*>(slot->value) = Any(AnyMap{});
            return open({Frame::any_map, &type, slot->value, slot->field});
        }
        mismatch("object", *slot);
        return open({Frame::skipped});
    }

    bool Key(const char* s, rapidjson::SizeType n, bool) {
        Frame& frame = frames_.back();
        const std::string_view key(s, n);
        pending_ = {};
        switch (frame.kind) {
            case Frame::structure:
                if (const FieldInfo* f = find_json_field(*frame.type, key)) {
                    pending_ = {&f->type(), member(*f, frame.value), f};
                }
                break;
            case Frame::map:
                pending_ = {&frame.type->element(), frame.type->insert(frame.value, to_valid_utf8(key)), nullptr};
                break;
            case Frame::any_map:
                pending_ = {&type_of<Any>(), &(*static_cast<Any*>(frame.value)->as<AnyMap>())[to_valid_utf8(key)],
                            nullptr};
                break;
            default: break;
        }
        return true;
    }

    bool EndObject(rapidjson::SizeType) { return close(); }

    bool StartArray() {
        auto slot = scalar();
        if (!slot) return open({Frame::skipped});
        const TypeInfo& type = *slot->type;
        if (type.kind == Kind::list) {
            type.make_empty(slot->value);
            return open({Frame::list, &type, slot->value, slot->field});
        }
        if (type.kind == Kind::any) {
            *static_cast<Any*>(slot->value) = Any(AnyList{});
            return open({Frame::any_list, &type, slot->value, slot->field});
        }
        mismatch("array", *slot);
        return open({Frame::skipped});
    }

    bool EndArray(rapidjson::SizeType) { return close(); }

private:
    struct Slot {
        const TypeInfo* type = nullptr;
        void* value = nullptr;
        const FieldInfo* field = nullptr;  // the struct field that leads here, if it does directly
    };
    struct Frame {
        enum What { structure, map, list, any_map, any_list, skipped } kind;
        const TypeInfo* type = nullptr;
        void* value = nullptr;
        const FieldInfo* field = nullptr;
    };

    bool open(Frame frame) {
        if (frames_.size() >= kMaxJsonDepth) return too_deep_ = true, false;
        frames_.push_back(frame);
        return true;
    }

    bool close() {
        frames_.pop_back();
        return true;
    }

    // Where the next value goes; nothing if it is to be skipped.
    std::optional<Slot> take() {
        if (!frames_.empty()) {
            Frame& frame = frames_.back();
            if (frame.kind == Frame::skipped) return std::nullopt;
            if (frame.kind == Frame::list)
                return Slot{&frame.type->element(), frame.type->append(frame.value), nullptr};
            if (frame.kind == Frame::any_list) {
                return Slot{&type_of<Any>(), &static_cast<Any*>(frame.value)->as<AnyList>()->emplace_back(), nullptr};
            }
        }
        if (!pending_.type) return std::nullopt;
        return std::exchange(pending_, {});
    }

    // As take, with pointers followed: their pointee is made if it is null.
    std::optional<Slot> scalar() {
        auto slot = take();
        while (slot && slot->type->kind == Kind::pointer) {
            slot->value = slot->type->emplace(slot->value);
            slot->type = &slot->type->element();
        }
        return slot;
    }

    void number(const Slot& slot, std::string_view digits) {
        switch (slot.type->kind) {
            case Kind::integer: {
                auto n = parse_int(digits);
                if (!n || !store_integer(*slot.type, slot.value, *n)) mismatch("number " + std::string(digits), slot);
                break;
            }
            case Kind::natural: {
                auto n = parse_uint(digits);
                if (!n || !store_natural(*slot.type, slot.value, *n)) mismatch("number " + std::string(digits), slot);
                break;
            }
            case Kind::duration:
                if (auto n = parse_int(digits)) {
                    static_cast<Duration*>(slot.value)->ns = *n;
                } else {
                    mismatch("number " + std::string(digits), slot);
                }
                break;
            case Kind::floating: *static_cast<double*>(slot.value) = parse_float(digits).value_or(0); break;
            case Kind::any: *static_cast<Any*>(slot.value) = number_any(digits, keep_integers_); break;
            default: mismatch("number", slot);
        }
    }

    void string(const Slot& slot, std::string_view s) {
        switch (slot.type->kind) {
            case Kind::text: *static_cast<std::string*>(slot.value) = to_valid_utf8(s); break;
            case Kind::any: *static_cast<Any*>(slot.value) = Any(to_valid_utf8(s)); break;
            case Kind::bytes:
                if (auto bytes = base64_decode(s)) {
                    *static_cast<Bytes*>(slot.value) = Bytes(std::move(*bytes));
                } else {
                    note("illegal base64 data at input byte " + std::to_string(base64_error_at(s)));
                }
                break;
            case Kind::time:
                if (auto t = parse_time(s)) {
                    *static_cast<Time*>(slot.value) = *t;
                } else {
                    note("parsing time " + quote("\"" + std::string(s) + "\"") + ": cannot parse as RFC 3339");
                }
                break;
            case Kind::duration:
                if (slot.field && slot.field->text_duration) {
                    auto d = s.empty() ? Result<Duration>(Duration{}) : parse_duration(s);
                    if (d) {
                        *static_cast<Duration*>(slot.value) = *d;
                    } else {
                        note(d.error().message);
                    }
                    break;
                }
                [[fallthrough]];
            default: mismatch("string", slot);
        }
    }

    void note(std::string text) {
        if (type_error_.empty()) type_error_ = std::move(text);
    }

    // The first value of the wrong type, in the words of encoding/json.
    void mismatch(const std::string& what, const Slot& slot) {
        if (!type_error_.empty()) return;
        std::string structure, path;
        for (const Frame& frame : frames_) {
            if (frame.field) path += "." + std::string(frame.field->json);
            if (frame.kind == Frame::structure) structure = frame.type->name;
        }
        if (slot.field) path += "." + std::string(slot.field->json);
        const std::string place = path.empty() ? "value" : "struct field " + structure + path;
        const std::string of =
            slot.field && !slot.field->go_type.empty() ? std::string(slot.field->go_type) : go_name(*slot.type);
        note("json: cannot unmarshal " + what + " into Go " + place + " of type " + of);
    }

    bool keep_integers_;
    Slot pending_;
    std::vector<Frame> frames_;
    std::string type_error_;
    bool too_deep_ = false;
};

int hex_value(std::string_view four) {
    int value = 0;
    for (const char c : four) {
        if (!isxdigit(static_cast<unsigned char>(c))) return -1;
        value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return four.size() == 4 ? value : -1;
}

// Half of a surrogate pair, escaped alone, stands for U+FFFD: as Go reads it.
std::string without_lone_surrogates(std::string_view text) {
    std::string result;
    size_t kept = 0;
    const auto escaped = [&](size_t at) {
        return at + 1 < text.size() && text[at] == '\\' && text[at + 1] == 'u' ? hex_value(text.substr(at + 2, 4)) : -1;
    };
    for (size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at)) {
        const int code = escaped(at);
        if (code < 0xd800 || code > 0xdfff) {
            at += 2;
            continue;
        }
        const int next = escaped(at + 6);
        if (code < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
            at += 12;
            continue;
        }
        result.append(text.substr(kept, at - kept)).append("\\ufffd");
        kept = at += 6;
    }
    return result.append(text.substr(kept));
}

Result<void> read(std::string_view text, const TypeInfo& type, void* value, bool keep_integers) {
    std::string repaired;
    if (text.find("\\u") != std::string_view::npos) text = repaired = without_lone_surrogates(text);
    Filler filler(type, value, keep_integers);
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>> reader;
    const auto outcome = reader.Parse<kParseFlags>(stream, filler);
    if (filler.too_deep()) return fail(Error::bad_request("exceeded max depth"));
    if (outcome.IsError()) return fail(Error::bad_request(explain_json_error(text)));
    if (!filler.type_error().empty()) return fail(Error::bad_request(filler.type_error()));
    return {};
}

}  // namespace

Result<void> from_json(std::string_view text, const TypeInfo& type, void* value) {
    return read(text, type, value, false);
}

Result<Any> any_from_json(std::string_view text) {
    Any value;
    if (auto done = read(text, type_of<Any>(), &value, true); !done) return fail(done.error());
    return value;
}

}  // namespace drover::codec
