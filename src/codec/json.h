#pragma once
// JSON in and out for described types and Any.
//
// Out: null for null lists, maps and pointers; floats always with a fraction or an exponent; durations as nanoseconds;
// times in RFC 3339 (a zero one is null, but in types with durations as text); bytes in base64. `pretty` indents by
// four spaces and ends with a newline, as ?pretty does. In: Go's encoding/json in meaning and in its error texts: keys
// match without regard to case, unknown keys are ignored, null leaves scalars alone and empties the rest, text after
// the first value is ignored, invalid UTF-8 becomes U+FFFD. Syntax errors win over type errors; of type errors, the
// first is told. Nesting beyond kMaxJsonDepth is refused.

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/type.h"

namespace drover::codec {

inline constexpr size_t kMaxJsonDepth = 1000;

// Writes JSON piece by piece to the end of a string. Commas, colons and indentation are its own affair; the caller
// keeps begin and end in pairs and writes a key before each member.
class JsonWriter {
public:
    explicit JsonWriter(std::string& out, bool pretty = false) : out_(out), pretty_(pretty) {}

    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }
    void key(std::string_view name);
    void null();
    void boolean(bool value);
    void integer(int64_t value);
    void natural(uint64_t value);
    void floating(double value);
    void text(std::string_view value);
    void any(const Any& value);
    void value(const TypeInfo& type, const void* value);

private:
    void open(char c);
    void close(char c);
    void before_value();
    void new_line();
    void field(const TypeInfo& type, const FieldInfo& field, const void* object);

    std::string& out_;
    bool pretty_;
    int depth_ = 0;
    bool first_ = true;
    bool after_key_ = false;
};

std::string to_json(const TypeInfo& type, const void* value, bool pretty = false);

template <class T>
std::string to_json(const T& value, bool pretty = false) {
    return to_json(type_of<T>(), &value, pretty);
}

// Reads into `value`, which keeps what the text does not mention. On an error it may be half filled.
Result<void> from_json(std::string_view text, const TypeInfo& type, void* value);

template <class T>
Result<T> from_json(std::string_view text) {
    T value{};
    if (auto read = from_json(text, type_of<T>(), &value); !read) return fail(read.error());
    return value;
}

// An Any whose whole numbers are integers (from_json makes every number of an Any a double, as Go does).
Result<Any> any_from_json(std::string_view text);

}  // namespace drover::codec
