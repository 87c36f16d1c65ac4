#include "model/archive_parts.h"

#include <nettle/sha2.h>
#include <zlib.h>

#include <charconv>
#include <cstdio>
#include <cstring>

#include "base/assert.h"
#include "base/strings.h"

namespace drover::model {
namespace {

using Out = std::function<Result<>(std::string_view)>;

Error damaged(std::string_view what) { return Error::bad_request("snapshot archive: " + std::string(what)); }

Error undecodable(std::string_view why) {
    return Error::bad_request("failed to decompress snapshot: " + std::string(why));
}

// Where the fields of a tar header lie.
struct Span {
    size_t at, size;
};
constexpr Span kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12}, kMtime{136, 12}, kSum{148, 8},
    kMagic{257, 8}, kMajor{329, 8}, kMinor{337, 8};
constexpr size_t kKindAt = 156;
constexpr uint64_t kLargestOctal = (uint64_t{1} << 33) - 1;  // eleven digits
constexpr unsigned char kBinary = 0x80;                      // a size that has more: 95 bits, big-endian

void put_octal(std::string& block, Span field, uint64_t number) {
    char digits[24];
    std::snprintf(digits, sizeof digits, "%0*llo", static_cast<int>(field.size - 1),
                  static_cast<unsigned long long>(number));
    std::memcpy(block.data() + field.at, digits, field.size - 1);
}

std::string_view text_at(std::string_view block, Span field) {
    const std::string_view text = block.substr(field.at, field.size);
    return text.substr(0, text.find('\0'));
}

Result<uint64_t> number_at(std::string_view block, Span field) {
    if (static_cast<unsigned char>(block[field.at]) == kBinary) {
        uint64_t number = 0;
        for (size_t i = 1; i < field.size; ++i) {
            if (number >> 56) return fail(damaged("a size is too large"));
            number = number << 8 | static_cast<unsigned char>(block[field.at + i]);
        }
        return number;
    }
    const std::string_view digits = trim(text_at(block, field));
    uint64_t number = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 8);
    if (problem != std::errc() || end != digits.data() + digits.size()) return fail(damaged("malformed tar header"));
    return number;
}

// The sum of all bytes, those of the sum itself counted as spaces.
uint64_t sum_of(std::string_view block) {
    uint64_t sum = 0;
    for (size_t i = 0; i < block.size(); ++i) {
        const bool in_sum = i >= kSum.at && i < kSum.at + kSum.size;
        sum += in_sum ? ' ' : static_cast<unsigned char>(block[i]);
    }
    return sum;
}

}  // namespace

struct Sha256::State {
    sha256_ctx context;
};
Sha256::Sha256() : state_(std::make_unique<State>()) { sha256_init(&state_->context); }
Sha256::~Sha256() = default;
void Sha256::add(std::string_view bytes) {
    sha256_update(&state_->context, bytes.size(), reinterpret_cast<const uint8_t*>(bytes.data()));
}
std::string Sha256::digest() {
    std::string digest(SHA256_DIGEST_SIZE, '\0');
    sha256_digest(&state_->context, digest.size(), reinterpret_cast<uint8_t*>(digest.data()));
    return digest;
}
std::string Sha256::hex_digest() {
    std::string hex;
    for (const char c : digest()) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        hex += kDigits[static_cast<unsigned char>(c) >> 4];
        hex += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return hex;
}

struct Gunzip::State {
    z_stream stream{};
    std::string out = std::string(kPiece, '\0');
};
Gunzip::Gunzip() : state_(std::make_unique<State>()) {
    // Fails only without memory.
    assert_always(inflateInit2(&state_->stream, MAX_WBITS + 16) == Z_OK);
}
Gunzip::~Gunzip() { inflateEnd(&state_->stream); }

Result<> Gunzip::put(std::string_view packed, const Out& out) {
    constexpr size_t kHead = 10;
    std::string first;
    if (head_.size() < kHead) {
        head_ += packed;
        if (head_.size() < kHead) return {};
        if (!has_prefix(head_, "\x1f\x8b")) return fail(undecodable("gzip: invalid header"));
        first = head_;
        head_.resize(kHead);
        packed = first;
    }
    z_stream& z = state_->stream;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    z.avail_in = static_cast<uInt>(packed.size());
    bool full = false;
    while (z.avail_in > 0 || full) {
        if (ended_) return z.avail_in > 0 ? fail(damaged("bytes behind the archive")) : Result<>();
        z.next_out = reinterpret_cast<Bytef*>(state_->out.data());
        z.avail_out = static_cast<uInt>(state_->out.size());
        const int status = inflate(&z, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            return fail(undecodable("flate: corrupt input"));
        ended_ = status == Z_STREAM_END;
        full = z.avail_out == 0;
        const std::string_view piece(state_->out.data(), state_->out.size() - z.avail_out);
        if (piece.empty()) {
            if (status == Z_BUF_ERROR) break;
            continue;
        }
        if (auto taken = out(piece); !taken) return taken;
    }
    return {};
}

Result<> Gunzip::finish() const {
    if (ended_) return {};
    return fail(undecodable(head_.empty() ? "EOF" : "unexpected EOF"));
}

struct Gzip::State {
    z_stream stream{};
    std::string out = std::string(Gunzip::kPiece, '\0');
};
Gzip::Gzip() : state_(std::make_unique<State>()) {
    constexpr int kMemoryLevel = 8;
    assert_always(deflateInit2(&state_->stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, kMemoryLevel,
                               Z_DEFAULT_STRATEGY) == Z_OK);
}
Gzip::~Gzip() { deflateEnd(&state_->stream); }

Result<> Gzip::put(std::string_view bytes, const Out& out) { return run(bytes, Z_NO_FLUSH, out); }
Result<> Gzip::finish(const Out& out) { return run({}, Z_FINISH, out); }

Result<> Gzip::run(std::string_view bytes, int flush, const Out& out) {
    z_stream& z = state_->stream;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    do {
        z.next_out = reinterpret_cast<Bytef*>(state_->out.data());
        z.avail_out = static_cast<uInt>(state_->out.size());
        deflate(&z, flush);
        const std::string_view piece(state_->out.data(), state_->out.size() - z.avail_out);
        if (piece.empty()) continue;
        if (auto taken = out(piece); !taken) return taken;
    } while (z.avail_out == 0);
    return {};
}

std::string tar_header(const TarHeader& header, uint64_t mtime) {
    std::string block(kTarBlock, '\0');
    std::memcpy(block.data(), header.name.data(), std::min(header.name.size(), kName.size - 1));
    put_octal(block, kMode, 0600);
    put_octal(block, kUid, 0);
    put_octal(block, kGid, 0);
    const bool fits = header.size <= kLargestOctal;
    if (fits) {
        put_octal(block, kSize, header.size);
    } else {
        block[kSize.at] = static_cast<char>(kBinary);
        for (size_t i = 0; i < sizeof header.size; ++i)
            block[kSize.at + kSize.size - 1 - i] = static_cast<char>(header.size >> (8 * i));
    }
    put_octal(block, kMtime, mtime & kLargestOctal);
    block[kKindAt] = header.kind;
    // The form with binary sizes has another magic.
    std::memcpy(block.data() + kMagic.at, fits ? "ustar\00000" : "ustar  \0", kMagic.size);
    put_octal(block, kMajor, 0);
    put_octal(block, kMinor, 0);
    const uint64_t sum = sum_of(block);
    put_octal(block, {kSum.at, kSum.size - 1}, sum);
    block[kSum.at + kSum.size - 1] = ' ';
    return block;
}

Result<TarHeader> parse_tar_header(std::string_view block) {
    assert_always(block.size() == kTarBlock);
    auto sum = number_at(block, kSum);
    if (!sum) return fail(sum.error());
    if (*sum != sum_of(block)) return fail(damaged("a tar header's sum does not match"));
    auto size = number_at(block, kSize);
    if (!size) return fail(size.error());
    const char kind = block[kKindAt] == '\0' ? '0' : block[kKindAt];
    return TarHeader{std::string(text_at(block, kName)), *size, kind};
}

// Lines "<length> <key>=<value>\n", where the length counts the whole line.
Result<uint64_t> extended_size(std::string_view attributes) {
    uint64_t size = 0;
    while (!attributes.empty()) {
        const size_t space = attributes.find(' ');
        const auto length = parse_uint(attributes.substr(0, space));
        if (space == std::string_view::npos || !length || *length <= space + 1 || *length > attributes.size())
            return fail(damaged("malformed tar attributes"));
        const std::string_view line = attributes.substr(space + 1, *length - space - 2);
        if (has_prefix(line, "size=")) {
            const auto number = parse_uint(line.substr(5));
            if (!number) return fail(damaged("malformed tar attributes"));
            size = *number;
        }
        attributes.remove_prefix(*length);
    }
    return size;
}

}  // namespace drover::model
