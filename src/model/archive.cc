#include "model/archive.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "codec/msgpack.h"

namespace drover::model {

DESCRIBE(ArchiveServer, FIELD(Suffrage), FIELD(ID), FIELD(Address));
DESCRIBE(ArchiveConfiguration, FIELD(Servers));
DESCRIBE(ArchiveMeta, FIELD(Version), FIELD(ID), FIELD(Index), FIELD(Term), FIELD(Peers), FIELD(Configuration),
         FIELD(ConfigurationIndex), FIELD(Size));

namespace {

constexpr size_t kMostAttributes = 4096;
constexpr std::array<std::string_view, 3> kNames = {"meta.json", "state.bin", "SHA256SUMS"};
constexpr size_t kStateFile = 2, kSumsFile = 3, kFiles = 3;  // as files are counted

Error damaged(std::string what) { return Error::bad_request("snapshot archive: " + std::move(what)); }

uint64_t padding_of(uint64_t size) { return (kTarBlock - size % kTarBlock) % kTarBlock; }

}  // namespace

void complete(ArchiveMeta& meta, Time now) {
    meta.ID = std::to_string(meta.Term) + "-" + std::to_string(meta.Index) + "-" +
              std::to_string(now.unix_ns / milliseconds(1).ns);
    List<std::string> addresses;
    addresses.made = true;
    for (const ArchiveServer& server : meta.Configuration.Servers) addresses.push_back(server.Address);
    meta.Peers = Bytes(codec::to_msgpack(addresses));
    meta.Configuration.Servers.made = true;
}

ArchiveWriter::ArchiveWriter(ArchiveMeta meta, Time now, ArchiveSink sink)
    : meta_(std::move(meta)),
      mtime_(static_cast<uint64_t>(std::max<int64_t>(now.unix_seconds(), 0))),
      sink_(std::move(sink)) {}

Result<> ArchiveWriter::pad(uint64_t size) { return gzip_.put(std::string(padding_of(size), '\0'), sink_); }

Result<> ArchiveWriter::file(std::string_view name, std::string_view content) {
    if (auto done = gzip_.put(tar_header({std::string(name), content.size()}, mtime_), sink_); !done) return done;
    if (auto done = gzip_.put(content, sink_); !done) return done;
    return pad(content.size());
}

Result<> ArchiveWriter::begin() {
    const std::string meta = codec::to_json(meta_) + "\n";
    Sha256 sum;
    sum.add(meta);
    sums_ = sum.hex_digest() + "  meta.json\n";
    if (auto done = file(kNames[0], meta); !done) return done;
    return gzip_.put(tar_header({std::string(kNames[1]), meta_.Size}, mtime_), sink_);
}

Result<> ArchiveWriter::put(std::string_view state) {
    state_sum_.add(state);
    written_ += state.size();
    return gzip_.put(state, sink_);
}

Result<> ArchiveWriter::finish() {
    if (written_ != meta_.Size)
        return fail(Error::internal("snapshot archive: the state is not as large as it was to be"));
    sums_ += state_sum_.hex_digest() + "  state.bin\n";
    if (auto done = pad(written_); !done) return done;
    if (auto done = file(kNames[2], sums_); !done) return done;
    if (auto done = gzip_.put(std::string(2 * kTarBlock, '\0'), sink_); !done) return done;
    return gzip_.finish(sink_);
}

ArchiveReader::ArchiveReader(OnMeta on_meta, OnRecord on_record)
    : on_meta_(std::move(on_meta)), records_(true, std::move(on_record)), left_(kTarBlock) {}

Result<> ArchiveReader::put(std::string_view packed) {
    return gunzip_.put(packed, [this](std::string_view bytes) { return put_tar(bytes); });
}

Result<> ArchiveReader::finish() {
    if (auto whole = gunzip_.finish(); !whole) return whole;
    if (step_ != Step::end) return fail(damaged("it ends early"));
    return {};
}

Result<> ArchiveReader::put_tar(std::string_view bytes) {
    while (!bytes.empty()) {
        if (step_ == Step::end) return fail(damaged("bytes behind the last file"));
        const std::string_view piece = bytes.substr(0, std::min<uint64_t>(left_, bytes.size()));
        bytes.remove_prefix(piece.size());
        left_ -= piece.size();
        if (step_ == Step::content) {
            if (auto done = take_content(piece); !done) return done;
        } else if (step_ != Step::padding) {
            held_ += piece;
        }
        while (left_ == 0 && step_ != Step::end) {
            if (step_ == Step::header) {
                if (auto done = take_header(); !done) return done;
                continue;
            }
            if (step_ == Step::attributes) {
                auto size = extended_size(held_);
                if (!size) return fail(size.error());
                next_size_ = *size;
            } else if (step_ == Step::content) {
                if (auto done = end_file(); !done) return done;
            }
            held_.clear();
            const bool padded = step_ == Step::padding;
            step_ = padded ? Step::header : Step::padding;
            left_ = padded ? kTarBlock : padding_;
        }
    }
    return {};
}

Result<> ArchiveReader::take_header() {
    const std::string block = std::exchange(held_, {});
    left_ = kTarBlock;
    if (block.find_first_not_of('\0') == std::string::npos) {
        if (files_ < kFiles) return fail(damaged("a file is missing"));
        if (++zero_blocks_ == 2) step_ = Step::end;
        return {};
    }
    auto header = parse_tar_header(block);
    if (!header) return fail(header.error());
    if (zero_blocks_ > 0) return fail(damaged("bytes behind the last file"));
    left_ = header->size;
    padding_ = padding_of(left_);
    if (header->kind == 'x') {
        if (left_ > kMostAttributes) return fail(damaged("too many tar attributes"));
        step_ = Step::attributes;
        return {};
    }
    if (const uint64_t size = std::exchange(next_size_, 0); size != 0) left_ = size, padding_ = padding_of(size);
    if (files_ == kFiles || header->name != kNames[files_] || header->kind != '0')
        return fail(damaged("unexpected file " + quote(header->name)));
    ++files_;
    if (left_ > (files_ == kStateFile ? kMostState : kMostMeta))
        return fail(damaged("file " + quote(header->name) + " is too large"));
    if (files_ == kStateFile && left_ != meta_.Size)
        return fail(damaged("state.bin is not as large as meta.json says"));
    step_ = Step::content;
    return {};
}

Result<> ArchiveReader::take_content(std::string_view bytes) {
    if (files_ != kStateFile) {
        held_ += bytes;
        return {};
    }
    state_sum_.add(bytes);
    return records_.put(bytes);
}

Result<> ArchiveReader::end_file() {
    if (files_ == kStateFile) return records_.finish();
    if (files_ == kSumsFile) {
        sums_ = held_;
        return check_sums();
    }
    meta_sum_.add(held_);
    if (auto read = codec::from_json(held_, codec::type_of<ArchiveMeta>(), &meta_); !read)
        return fail(read.error().wrapped("snapshot archive: meta.json: "));
    if (meta_.Version != 0 && meta_.Version != 1)
        return fail(damaged("version " + std::to_string(meta_.Version) + " is not known"));
    constexpr uint64_t kLargestIndex = uint64_t{1} << 62;
    if (meta_.Index > kLargestIndex) return fail(damaged("its index is too large"));
    return on_meta_(meta_);
}

Result<> ArchiveReader::check_sums() {
    const std::string meta = meta_sum_.hex_digest() + "  meta.json", state = state_sum_.hex_digest() + "  state.bin";
    bool meta_told = false, state_told = false;
    for (std::string_view rest = sums_; !rest.empty();) {
        const size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line != meta && line != state) return fail(damaged("a sum does not match"));
        (line == meta ? meta_told : state_told) = true;
    }
    if (!meta_told || !state_told) return fail(damaged("a sum is missing"));
    return {};
}

}  // namespace drover::model
