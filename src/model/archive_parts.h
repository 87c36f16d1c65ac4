#pragma once
// What the snapshot archive is made of: gzip, tar headers, SHA-256. Each is fed piece by piece and holds little. Each
// belongs to one thread; foreign bytes give errors.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace drover::model {

class Sha256 {
public:
    Sha256();
    ~Sha256();
    void add(std::string_view bytes);
    std::string digest();      // 32 bytes; begins anew
    std::string hex_digest();  // 64 digits; begins anew

private:
    struct State;
    std::unique_ptr<State> state_;
};

// One gzip member; nothing may follow it.
class Gunzip {
public:
    static constexpr size_t kPiece = 64 << 10;  // of what comes out

    Gunzip();
    ~Gunzip();
    Result<> put(std::string_view packed, const std::function<Result<>(std::string_view)>& out);
    // An error if there should be more.
    Result<> finish() const;

private:
    struct State;
    std::unique_ptr<State> state_;
    std::string head_;  // held until it is all there
    bool ended_ = false;
};

class Gzip {
public:
    Gzip();
    ~Gzip();
    Result<> put(std::string_view bytes, const std::function<Result<>(std::string_view)>& out);
    Result<> finish(const std::function<Result<>(std::string_view)>& out);

private:
    Result<> run(std::string_view bytes, int flush, const std::function<Result<>(std::string_view)>& out);
    struct State;
    std::unique_ptr<State> state_;
};

inline constexpr size_t kTarBlock = 512;

struct TarHeader {
    std::string name;
    uint64_t size = 0;
    char kind = '0';  // '0': a file; 'x': extended attributes of the next one
};

// The block before a file. `mtime` in seconds since 1970.
std::string tar_header(const TarHeader& header, uint64_t mtime);
// A block of 512 bytes; its sum is checked.
Result<TarHeader> parse_tar_header(std::string_view block);
// The size that extended attributes name; 0: none.
Result<uint64_t> extended_size(std::string_view attributes);

}  // namespace drover::model
