#pragma once
// MessagePack as Nomad's RPC, log and snapshots speak it: the old specification for writing (text and bytes are raw
// strings, no str8, bin or ext), struct keys are the members' names, embedded structs lie flat, a null is c0, a time is
// the 15 bytes of Go's binary form in a raw string. Reading takes the newer forms too, skips unknown keys, and reads c0
// as the empty value of anything. Input is bounded: nesting by kMaxMsgpackDepth, lengths by what is there.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/type.h"

namespace drover::codec {

inline constexpr int kMaxMsgpackDepth = 200;

void append_msgpack(std::string& out, const TypeInfo& type, const void* value);

template <class T>
void append_msgpack(std::string& out, const T& value) {
    append_msgpack(out, type_of<T>(), &value);
}

template <class T>
std::string to_msgpack(const T& value) {
    std::string out;
    append_msgpack(out, value);
    return out;
}

// The same without the members that are as a new value has them: for what is read into a new value of that type. Every
// described type begins as is_default() says.
void append_short_msgpack(std::string& out, const TypeInfo& type, const void* value);

// Reads one value from the start of `bytes` into `value`; answers how many bytes it took.
Result<size_t> read_msgpack(std::string_view bytes, const TypeInfo& type, void* value);

template <class T>
Result<size_t> read_msgpack(std::string_view bytes, T& value) {
    return read_msgpack(bytes, type_of<T>(), &value);
}

template <class T>
Result<T> from_msgpack(std::string_view bytes) {
    T value{};
    if (auto read = read_msgpack(bytes, value); !read) return fail(read.error());
    return value;
}

// How long the first value in `bytes` is: for cutting values off a stream. Nothing: it has not all arrived. An error:
// it can never become a value.
Result<std::optional<size_t>> msgpack_length(std::string_view bytes);

// The same for a value that arrives in pieces: every byte is looked at once, however small the pieces are.
class MsgpackScanner {
public:
    // `bytes`: the value from its beginning as far as it has come, which is what the call before was given and more.
    Result<std::optional<size_t>> scan(std::string_view bytes);
    // How long the value is at least, by what was announced so far.
    uint64_t at_least() const;
    // The next call begins another value.
    void reset();

private:
    // What is still open, as counts of values to come; a stack instead of recursion, so that depth costs nothing.
    std::vector<uint64_t> open_{1};
    uint64_t at_ = 0;  // where the next head is; beyond what has come inside of text that has not all come
};

}  // namespace drover::codec
