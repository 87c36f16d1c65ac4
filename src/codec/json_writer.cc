#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/strings.h"
#include "codec/base64.h"
#include "codec/json.h"

namespace drover::codec {
namespace {

// 0: as it stands; 1: \u00XX; else the letter behind the backslash.
constexpr auto kEscapes = [] {
    std::array<char, 256> table{};
    for (int c = 0; c < 0x20; ++c) table[static_cast<size_t>(c)] = 1;
    table['"'] = '"', table['\\'] = '\\', table['\b'] = 'b', table['\f'] = 'f';
    table['\n'] = 'n', table['\r'] = 'r', table['\t'] = 't';
    return table;
}();

void append_escaped(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    size_t from = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<uint8_t>(text[i]);
        const char escape = kEscapes[c];
        if (escape == 0) continue;
        out.append(text, from, i - from);
        from = i + 1;
        out += '\\';
        if (escape == 1) {
            out += "u00";
            out += kHex[c >> 4];
            out += kHex[c & 15];
        } else {
            out += escape;
        }
    }
    out.append(text, from);
}

template <class N>
void append_number(std::string& out, N number) {
    char buffer[24];
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
    out.append(buffer, end);
}

bool is_ascii(std::string_view text) {
    for (const char c : text) {
        if (static_cast<uint8_t>(c) >= 0x80) return false;
    }
    return true;
}

}  // namespace

void JsonWriter::new_line() {
    out_ += '\n';
    out_.append(static_cast<size_t>(depth_) * 4, ' ');
}

void JsonWriter::before_value() {
    if (after_key_) {
        after_key_ = false;
        return;
    }
    if (depth_ == 0) return;
    if (!first_) out_ += ',';
    if (pretty_) new_line();
    first_ = false;
}

void JsonWriter::open(char c) {
    before_value();
    out_ += c;
    ++depth_;
    first_ = true;
}

void JsonWriter::close(char c) {
    --depth_;
    if (pretty_ && !first_) new_line();
    first_ = false;
    out_ += c;
}

void JsonWriter::key(std::string_view name) {
    if (!first_) out_ += ',';
    if (pretty_) new_line();
    first_ = false;
    out_ += '"';
    append_escaped(out_, name);
    out_ += pretty_ ? "\": " : "\":";
    after_key_ = true;
}

void JsonWriter::null() { before_value(), out_ += "null"; }
void JsonWriter::boolean(bool v) { before_value(), out_ += v ? "true" : "false"; }
void JsonWriter::integer(int64_t v) { before_value(), append_number(out_, v); }
void JsonWriter::natural(uint64_t v) { before_value(), append_number(out_, v); }

void JsonWriter::floating(double v) {
    before_value();
    if (!std::isfinite(v)) {
        out_ += "null";
        return;
    }
    // Beyond 2^53 the digits of the fixed form would be noise.
    constexpr double kLargestFixed = 9007199254740992;
    if (std::fabs(v) < kLargestFixed) {
        const std::string digits = format_float(v);
        out_ += digits;
        if (digits.find_first_of(".e") == std::string::npos) out_ += ".0";
        return;
    }
    char buffer[40];
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific);
    out_.append(buffer, end);
}

void JsonWriter::text(std::string_view v) {
    before_value();
    out_ += '"';
    if (is_ascii(v) || is_valid_utf8(v)) {
        append_escaped(out_, v);
    } else {
        append_escaped(out_, to_valid_utf8(v));
    }
    out_ += '"';
}

void JsonWriter::any(const Any& any_value) {
    std::visit(
        [this](const auto& v) {
            using V = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<V, std::monostate>) {
                null();
            } else if constexpr (std::is_same_v<V, bool>) {
                boolean(v);
            } else if constexpr (std::is_same_v<V, int64_t>) {
                integer(v);
            } else if constexpr (std::is_same_v<V, uint64_t>) {
                natural(v);
            } else if constexpr (std::is_same_v<V, double>) {
                floating(v);
            } else if constexpr (std::is_same_v<V, std::string>) {
                text(v);
            } else if constexpr (std::is_same_v<V, Bytes>) {
                text(base64_encode(v));
            } else if constexpr (std::is_same_v<V, AnyList>) {
                begin_array();
                for (const Any& element : v) any(element);
                end_array();
            } else {
                begin_object();
                for (const auto& [k, element] : v) key(k), any(element);
                end_object();
            }
        },
        any_value.value);
}

// The types that show durations as text write their times as they are, too; all others show null for a zero time.
static bool marshals_itself(const TypeInfo& type) {
    return std::any_of(type.fields.begin(), type.fields.end(), [](const FieldInfo& f) { return f.text_duration; });
}

void JsonWriter::field(const TypeInfo& type, const FieldInfo& f, const void* object) {
    if (f.hide_json) return;
    const void* at = member(f, object);
    const TypeInfo& member_type = f.type();
    if ((f.omit_json || type.omit_zero) && is_zero(member_type, at)) return;
    key(f.json);
    if (f.text_duration && member_type.kind == Kind::duration) {
        text(to_string(*static_cast<const Duration*>(at)));
    } else if (member_type.kind == Kind::time && static_cast<const Time*>(at)->is_zero() && !marshals_itself(type)) {
        null();
    } else {
        value(member_type, at);
    }
}

void JsonWriter::value(const TypeInfo& type, const void* p) {
    switch (type.kind) {
        case Kind::boolean: return boolean(*static_cast<const bool*>(p));
        case Kind::integer: return integer(load_integer(type, p));
        case Kind::natural: return natural(load_natural(type, p));
        case Kind::floating: return floating(*static_cast<const double*>(p));
        case Kind::text: return text(*static_cast<const std::string*>(p));
        case Kind::bytes: {
            const auto& bytes = *static_cast<const Bytes*>(p);
            return bytes.is_null() ? null() : text(base64_encode(bytes));
        }
        case Kind::duration: return integer(static_cast<const Duration*>(p)->ns);
        case Kind::time: return text(to_rfc3339(*static_cast<const Time*>(p)));
        case Kind::any: return any(*static_cast<const Any*>(p));
        case Kind::list: {
            if (type.is_null(p)) return null();
            begin_array();
            for (size_t i = 0, n = type.count(p); i < n; ++i) value(type.element(), type.at(p, i));
            return end_array();
        }
        case Kind::map: {
            if (type.is_null(p)) return null();
            begin_object();
            struct Context {
                JsonWriter& writer;
                const TypeInfo& element;
            } context{*this, type.element()};
            type.each(p, &context, [](void* c, const std::string& k, const void* v) {
                auto& ctx = *static_cast<Context*>(c);
                ctx.writer.key(k);
                ctx.writer.value(ctx.element, v);
            });
            return end_object();
        }
        case Kind::pointer: {
            const void* pointee = type.pointee(p);
            return pointee ? value(type.element(), pointee) : null();
        }
        case Kind::structure: {
            begin_object();
            for (const FieldInfo& f : type.fields) field(type, f, p);
            return end_object();
        }
    }
}

std::string to_json(const TypeInfo& type, const void* value, bool pretty) {
    std::string out;
    JsonWriter writer(out, pretty);
    writer.value(type, value);
    if (pretty) out += '\n';
    return out;
}

}  // namespace drover::codec
