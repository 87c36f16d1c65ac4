#pragma once
// gzip and deflate of response bodies. `deflate` is the bare format without zlib's frame, which is what Go's servers
// send.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace drover::net::detail {

enum class Encoding : uint8_t { none, gzip, deflate };

// The first of the two that an Accept-Encoding field names as an element of its own; one with parameters is not known.
Encoding choose_encoding(std::string_view accept_encoding);
std::string_view name_of(Encoding encoding);

// One thread at a time. `streaming`: keeps a small window (32 KB in all) instead of zlib's usual 256 KB.
class Compressor {
public:
    explicit Compressor(Encoding encoding, bool streaming = false);
    ~Compressor();

    // A whole body.
    std::string all(std::string_view bytes);
    // A piece, complete for the reader: what it returns can be decoded at once.
    std::string piece(std::string_view bytes);
    std::string finish();

private:
    std::string run(std::string_view bytes, int flush);
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace drover::net::detail
