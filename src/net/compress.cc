#include "net/detail/compress.h"

#include <zlib.h>

#include "base/assert.h"
#include "base/strings.h"

namespace drover::net::detail {

Encoding choose_encoding(std::string_view accept_encoding) {
    for (;;) {
        const size_t comma = accept_encoding.find(',');
        const std::string_view element = trim(accept_encoding.substr(0, comma));
        if (element == "gzip") return Encoding::gzip;
        if (element == "deflate") return Encoding::deflate;
        if (comma == std::string_view::npos) return Encoding::none;
        accept_encoding.remove_prefix(comma + 1);
    }
}

std::string_view name_of(Encoding encoding) {
    switch (encoding) {
        case Encoding::gzip: return "gzip";
        case Encoding::deflate: return "deflate";
        default: return "";
    }
}

struct Compressor::State {
    z_stream stream{};
};

Compressor::Compressor(Encoding encoding, bool streaming) : state_(std::make_unique<State>()) {
    const int window_bits = streaming ? 12 : 15;
    const int memory_level = streaming ? 5 : 8;
    const int format = encoding == Encoding::gzip ? window_bits + 16 : -window_bits;
    // Fails only without memory.
    assert_always(deflateInit2(&state_->stream, Z_BEST_SPEED, Z_DEFLATED, format, memory_level, Z_DEFAULT_STRATEGY) ==
                  Z_OK);
}

Compressor::~Compressor() { deflateEnd(&state_->stream); }

std::string Compressor::run(std::string_view bytes, int flush) {
    z_stream& z = state_->stream;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    std::string out;
    size_t used = 0;
    do {
        out.resize(used + std::max<size_t>(256, bytes.size() / 3));
        z.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        z.avail_out = static_cast<uInt>(out.size() - used);
        deflate(&z, flush);
        used = out.size() - z.avail_out;
    } while (z.avail_out == 0);
    out.resize(used);
    return out;
}

std::string Compressor::all(std::string_view bytes) {
    deflateReset(&state_->stream);
    return run(bytes, Z_FINISH);
}

std::string Compressor::piece(std::string_view bytes) { return run(bytes, Z_SYNC_FLUSH); }

std::string Compressor::finish() { return run({}, Z_FINISH); }

}  // namespace drover::net::detail
