#pragma once
// The archive of `operator snapshot save`, in Nomad's format (docs/formats/archive.md): gzip around a tar of three
// files, meta.json, state.bin and SHA256SUMS. Both directions go piece by piece and hold one record at most. What
// state.bin holds is in model/archive_records.h. Neither knows files or sockets; each belongs to one thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/containers.h"
#include "base/result.h"
#include "base/time.h"
#include "codec/type.h"
#include "model/archive_parts.h"
#include "model/archive_records.h"

namespace drover::model {

struct ArchiveServer {
    int64_t Suffrage = 0;  // 0: votes
    std::string ID;
    std::string Address;
};
DECLARE_TYPE(ArchiveServer);

struct ArchiveConfiguration {
    List<ArchiveServer> Servers;
};
DECLARE_TYPE(ArchiveConfiguration);

struct ArchiveMeta {
    int64_t Version = 1;
    std::string ID;  // "<term>-<index>-<milliseconds since 1970>"
    uint64_t Index = 0;
    uint64_t Term = 0;
    Bytes Peers;  // the addresses, in MessagePack
    ArchiveConfiguration Configuration;
    uint64_t ConfigurationIndex = 0;
    uint64_t Size = 0;  // of state.bin
};
DECLARE_TYPE(ArchiveMeta);

// Identifier and peers, from the rest.
void complete(ArchiveMeta& meta, Time now);

using ArchiveSink = std::function<Result<>(std::string_view piece)>;

class ArchiveWriter {
public:
    ArchiveWriter(ArchiveMeta meta, Time now, ArchiveSink sink);
    // Once before, and once after all of state.bin: exactly meta.Size bytes.
    Result<> begin();
    Result<> put(std::string_view state);
    Result<> finish();

private:
    Result<> file(std::string_view name, std::string_view content);
    Result<> pad(uint64_t size);

    const ArchiveMeta meta_;
    const uint64_t mtime_;
    ArchiveSink sink_;
    Gzip gzip_;
    Sha256 state_sum_;
    std::string sums_;
    uint64_t written_ = 0;
};

// Takes an archive as it comes. Whatever it calls back for may still turn out to be part of a damaged archive: only
// after finish() is all of it known to be whole. An error is final.
class ArchiveReader {
public:
    static constexpr uint64_t kMostState = uint64_t{1} << 40;  // bytes of state.bin
    static constexpr size_t kMostMeta = 1 << 20;               // bytes of each of the other files

    using OnMeta = std::function<Result<>(const ArchiveMeta& meta)>;
    ArchiveReader(OnMeta on_meta, OnRecord on_record);

    // Pieces of any size. A record is told as soon as it is complete; a piece may hold a thousand times its size of
    // them.
    Result<> put(std::string_view packed);
    Result<> finish();

private:
    enum class Step { header, attributes, content, padding, end };

    Result<> put_tar(std::string_view bytes);
    Result<> take_header();
    Result<> take_content(std::string_view bytes);
    Result<> end_file();
    Result<> check_sums();

    OnMeta on_meta_;
    RecordSplitter records_;
    Gunzip gunzip_;
    Step step_ = Step::header;
    size_t files_ = 0;        // that were begun
    std::string held_;        // of a header, of attributes, or of a small file
    uint64_t left_ = 0;       // bytes of the present step
    uint64_t padding_ = 0;    // behind it
    uint64_t next_size_ = 0;  // that attributes gave for the next file
    size_t zero_blocks_ = 0;
    ArchiveMeta meta_;
    Sha256 meta_sum_, state_sum_;
    std::string sums_;
};

}  // namespace drover::model
