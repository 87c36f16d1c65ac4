#include "raft/entry_store.h"

#include <algorithm>
#include <optional>

#include "raft/entry_cache.h"
#include "raft/entry_table.h"
#include "raft/log_record.h"
#include "raft/log_recovery.h"

namespace drover::raft {
namespace {

// Room is made in steps that grow with the segment, so that a log in which little happens takes little.
constexpr uint64_t kSmallestStep = 64 << 10;
constexpr uint64_t kGreatestStep = 16 << 20;

// What was only allocated costs more to write for the first time and sync: the disk must be told that it holds data
// now, whatever the batch's size. So small batches are followed by zeros, written with one of them for many to come.
constexpr uint64_t kSmallBatch = 16 << 10;
constexpr uint64_t kZerosAhead = 256 << 10;

// How much is read from a file at a time, for one entry and for a row of them.
constexpr uint64_t kReadOne = 4 << 10;
constexpr uint64_t kReadMany = 256 << 10;

uint64_t round_up(uint64_t value, uint64_t step) { return (value + step - 1) / step * step; }

// What is to be written together.
struct Batch {
    RecordKind kind = RecordKind::entry;
    std::span<const StoredEntry> entries;
    uint64_t last_index = 0;  // of the log, when it is written

    uint64_t bytes() const { return kind == RecordKind::mark ? 2 * kRecordHeaderBytes : batch_bytes(entries); }
    std::string encode(uint32_t number, Salt salt) const {
        return kind == RecordKind::mark ? encode_mark(last_index, number, salt)
                                        : encode_batch(entries, kind, last_index, number, salt);
    }
};

class SegmentedStore final : public EntryStore {
public:
    SegmentedStore(Disk& disk, Rng& rng, EntryStoreConfig config, RecoveredLog log)
        : disk_(disk),
          rng_(rng),
          config_(config),
          segments_(std::move(log.segments)),
          table_(std::move(log.table)),
          end_(log.end),
          last_batch_(log.last_batch),
          is_marked_(log.is_marked),
          repairs_(std::move(log.repairs)),
          cache_(config.cache_bytes) {}

    uint64_t first_index() const override { return table_.first(); }
    uint64_t last_index() const override { return table_.next() - 1; }
    const std::vector<Hole>& holes() const override { return table_.holes(); }
    const std::vector<std::string>& repairs() const override { return repairs_; }
    uint64_t syncs() const override { return syncs_; }
    uint64_t term_of(uint64_t index) const override { return table_.contains(index) ? table_.term(index) : 0; }

    Result<> append(std::span<const StoredEntry> entries) override;
    Result<LoadedEntry> read(uint64_t index) override { return load(index, kReadOne); }
    Result<std::vector<LoadedEntry>> read_range(uint64_t first, uint64_t last, uint64_t max_bytes) override;
    Result<> fill(std::span<const StoredEntry> entries) override;
    Result<> drop_before(uint64_t first) override;
    Result<> reset(uint64_t next) override;
    Result<> close() override;

private:
    Result<> check_sizes(std::span<const StoredEntry> entries) const;
    bool needs_segment() const { return segments_.empty() || end_ >= config_.segment_bytes; }

    // Both leave the batch at segments_.back(), offset batch_begin_, on the disk for good.
    Result<> extend_segment(const Batch& batch);
    Result<> begin_segment(uint64_t first_index, size_t kept_segments, std::optional<Batch> batch);

    Result<> write_batch(Segment& segment, const std::string& bytes);
    Result<> write_unfinished(File& file, const std::string& header, const std::string& batch);
    Result<> publish(const SegmentHeader& header, std::unique_ptr<File> file, uint64_t file_bytes,
                     size_t kept_segments);
    // What recovery itself writes may use the reserve.
    uint64_t reserve_for(RecordKind kind) const { return kind == RecordKind::mark ? 0 : config_.reserve_bytes; }
    Result<uint64_t> make_room(File& file, uint64_t present, uint64_t least, uint64_t wanted, uint64_t reserve);
    void remember(uint64_t begin, std::string bytes);

    Segment& segment_of(Place place);
    Result<LoadedEntry> load(uint64_t index, uint64_t chunk);
    Result<std::string_view> record_bytes(Segment& segment, uint64_t offset, uint64_t bytes, uint64_t chunk);
    Result<LoadedEntry> lose(uint64_t index, const std::string& why);

    // The disk failed: nothing is known of what it holds, so nothing more is asked of it.
    Result<> give_up(const Error& error) {
        failure_ = Error::internal(error.message);
        return fail(*failure_);
    }
    // Runs out of room are survived, everything else is not.
    Result<> failed(const Error& error) { return error.code == ErrorCode::too_large ? fail(error) : give_up(error); }

    Disk& disk_;
    Rng& rng_;
    const EntryStoreConfig config_;
    std::vector<Segment> segments_;  // oldest first
    EntryTable table_;
    uint64_t end_ = 0;      // of the last segment's batches
    uint64_t written_ = 0;  // the end of what was ever written to the last segment; from end_ on, zeros
    uint32_t last_batch_ = 0;
    uint64_t batch_begin_ = 0;
    bool is_marked_ = false;
    std::vector<std::string> repairs_;
    EntryCache cache_;
    uint64_t syncs_ = 0;
    std::optional<Error> failure_;

    // A piece of a segment's file, as read last. The file is not written where it lies.
    Place read_place_;
    std::string read_bytes_;
};

Result<> SegmentedStore::check_sizes(std::span<const StoredEntry> entries) const {
    if (entries.empty()) return fail(Error::bad_request("no entries to store"));
    if (entries.size() > kMaxBatchEntries) return fail(Error::bad_request("too many entries to store at once"));
    uint64_t total = 0;
    for (const StoredEntry& entry : entries) {
        if (entry.data.size() > config_.max_entry_bytes) {
            return fail(Error::bad_request("entry " + std::to_string(entry.index) + " has " +
                                           std::to_string(entry.data.size()) + " bytes, more than the limit of " +
                                           std::to_string(config_.max_entry_bytes)));
        }
        total += entry.data.size();
        if (total > kMaxBatchBytes) break;
    }
    if (total > kMaxBatchBytes || batch_bytes(entries) > kMaxBatchBytes) {
        return fail(Error::bad_request("too many bytes to store at once"));
    }
    return {};
}

Result<> SegmentedStore::append(std::span<const StoredEntry> entries) {
    if (failure_) return fail(*failure_);
    if (auto sizes = check_sizes(entries); !sizes) return sizes;
    const uint64_t first = entries.front().index;
    if (first < table_.first() || first > table_.next() || first + entries.size() > kMaxIndex) {
        return fail(Error::bad_request("entry " + std::to_string(first) + " does not follow a log of " +
                                       std::to_string(first_index()) + " to " + std::to_string(last_index())));
    }
    for (size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].index != first + i) return fail(Error::bad_request("the entries to store do not follow"));
    }
    const Batch batch{RecordKind::entry, entries, first + entries.size() - 1};
    // A segment that begins with an earlier entry than the last is what replaces entries, so that within a segment
    // every entry follows the one before it. Segments that hold nothing else go.
    const bool replaces = first < table_.next();
    size_t kept = segments_.size();
    if (replaces) {
        const auto is_replaced = [&](const Segment& s) { return s.first_index >= first && s.lowest_refill >= first; };
        while (kept > 0 && is_replaced(segments_[kept - 1])) --kept;
    }
    auto done = replaces || needs_segment() ? begin_segment(first, kept, batch) : extend_segment(batch);
    if (!done) return done;
    table_.cut(first);
    const uint32_t sequence = segments_.back().sequence;
    uint64_t offset = batch_begin_;
    for (const StoredEntry& entry : entries) {
        table_.add(entry.term, Place::of(sequence, offset));
        offset += kRecordHeaderBytes + round_up(entry.data.size(), 8);
    }
    is_marked_ = false;
    return {};
}

Result<> SegmentedStore::fill(std::span<const StoredEntry> entries) {
    if (failure_) return fail(*failure_);
    if (auto sizes = check_sizes(entries); !sizes) return sizes;
    for (size_t i = 0; i < entries.size(); ++i) {
        if (!table_.is_lost(entries[i].index) || (i > 0 && entries[i].index <= entries[i - 1].index)) {
            return fail(Error::bad_request("entry " + std::to_string(entries[i].index) + " is not missing"));
        }
    }
    const Batch batch{RecordKind::refill, entries, last_index()};
    auto done = needs_segment() ? begin_segment(table_.next(), segments_.size(), batch) : extend_segment(batch);
    if (!done) return done;
    Segment& segment = segments_.back();
    segment.lowest_refill = std::min(segment.lowest_refill, entries.front().index);
    uint64_t offset = batch_begin_;
    for (const StoredEntry& entry : entries) {
        table_.put_back(entry.index, entry.term, Place::of(segment.sequence, offset));
        offset += kRecordHeaderBytes + round_up(entry.data.size(), 8);
    }
    is_marked_ = false;
    return {};
}

Result<> SegmentedStore::close() {
    if (failure_) return fail(*failure_);
    if (segments_.empty() || is_marked_) return {};
    auto done = extend_segment({RecordKind::mark, {}, last_index()});
    is_marked_ = done.has_value();
    return done;
}

// Makes the file larger: to `wanted` bytes, or where the disk is short of room to what is needed at least.
Result<uint64_t> SegmentedStore::make_room(File& file, uint64_t present, uint64_t least, uint64_t wanted,
                                           uint64_t reserve) {
    auto free = disk_.free_bytes();
    if (!free) return tl::unexpected(free.error());
    for (const uint64_t size : {wanted, least}) {
        if (size - present + reserve > *free) continue;
        auto allocated = file.allocate(size);
        if (allocated) return size;
        if (allocated.error().code != ErrorCode::too_large) return tl::unexpected(allocated.error());
        // What was allocated in vain is given back; if that fails, it is only room.
        if (auto given_back = file.truncate(present); !given_back) break;
    }
    return fail(Error{ErrorCode::too_large, "the disk of " + disk_.path("") + " is full: the log needs " +
                                                std::to_string(least - present) + " bytes, " + std::to_string(*free) +
                                                " are free, " + std::to_string(reserve) + " of them kept in reserve"});
}

Result<> SegmentedStore::extend_segment(const Batch& batch) {
    Segment& segment = segments_.back();
    const uint64_t need = end_ + batch.bytes();
    if (need > segment.file_bytes) {
        const uint64_t step = std::clamp(segment.file_bytes, kSmallestStep, kGreatestStep);
        const uint64_t wanted = std::min(segment.file_bytes + step, config_.segment_bytes);
        auto room = make_room(*segment.file, segment.file_bytes, need, std::max(need, wanted), reserve_for(batch.kind));
        if (!room) return failed(room.error());
        segment.file_bytes = *room;
    }
    std::string bytes = batch.encode(last_batch_ + 1, segment.salt);
    if (auto written = write_batch(segment, bytes); !written) {
        if (written.error().code != ErrorCode::too_large) return give_up(written.error());
        // The part that was written must not be met again.
        auto cleared = segment.file->truncate(end_);
        if (cleared) cleared = segment.file->sync();
        if (!cleared) return give_up(cleared.error());
        segment.file_bytes = written_ = end_;
        return fail(written.error());
    }
    ++syncs_;
    if (auto synced = segment.file->sync(); !synced) return give_up(synced.error());
    ++last_batch_;
    remember(end_, std::move(bytes));
    return {};
}

Result<> SegmentedStore::write_batch(Segment& segment, const std::string& bytes) {
    const uint64_t end = end_ + bytes.size();
    if (auto done = segment.file->write_at(end_, bytes); !done) return done;
    if (end <= written_) return {};
    written_ = end;
    if (bytes.size() > kSmallBatch) return {};
    const uint64_t ahead = std::min(end + kZerosAhead, segment.file_bytes);
    auto zeros = segment.file->write_at(end, std::string(ahead - end, '\0'));
    // Where there is no room for them, the batch is written all the same.
    if (!zeros && zeros.error().code == ErrorCode::too_large) return {};
    if (zeros) written_ = ahead;
    return zeros;
}

// A segment comes to be with its first batch in it, under a name that does not count until all of it is on the disk.
Result<> SegmentedStore::begin_segment(uint64_t first_index, size_t kept_segments, std::optional<Batch> batch) {
    SegmentHeader header;
    header.sequence = segments_.empty() ? 1 : segments_.back().sequence + 1;
    header.salt = Salt::from(rng_.next());
    header.first_index = first_index;
    header.previous = kept_segments == 0 ? 0 : segments_[kept_segments - 1].sequence;
    if (header.sequence > kMaxSequence) return give_up(Error::internal("the log has used up its segment numbers"));

    auto file = disk_.open(kUnfinishedSegment, Disk::Open::create);
    if (!file) return failed(file.error());
    std::string bytes = batch ? batch->encode(1, header.salt) : std::string();
    const uint64_t least = kSegmentHeaderBytes + bytes.size();
    auto room = make_room(**file, 0, least, round_up(least, kSmallestStep), batch ? reserve_for(batch->kind) : 0);
    auto written = room ? write_unfinished(**file, encode_segment_header(header), bytes) : fail(room.error());
    if (!written) {
        file->reset();
        auto removed = disk_.remove(kUnfinishedSegment);
        return removed ? failed(written.error()) : give_up(removed.error());
    }
    if (auto done = publish(header, std::move(*file), *room, kept_segments); !done) return give_up(done.error());
    last_batch_ = batch ? 1 : 0;
    remember(kSegmentHeaderBytes, std::move(bytes));
    return {};
}

Result<> SegmentedStore::write_unfinished(File& file, const std::string& header, const std::string& batch) {
    auto done = file.write_at(0, header);
    if (done) done = file.write_at(kSegmentHeaderBytes, batch);
    if (!done) return done;
    ++syncs_;
    return file.sync();
}

// Once its name lasts the new segment counts, and those that it replaces do not.
Result<> SegmentedStore::publish(const SegmentHeader& header, std::unique_ptr<File> file, uint64_t file_bytes,
                                 size_t kept_segments) {
    auto done = disk_.rename(kUnfinishedSegment, segment_name(header.sequence));
    if (done) done = disk_.sync_directory();
    const bool replaces = kept_segments < segments_.size();
    while (done && segments_.size() > kept_segments) {
        done = disk_.remove(segment_name(segments_.back().sequence));
        segments_.pop_back();
    }
    if (done && replaces) done = disk_.sync_directory();
    // The room that the segment before did not use; a crash may bring it back, which is harmless.
    if (done && !replaces && !segments_.empty()) {
        done = segments_.back().file->truncate(end_);
        segments_.back().file_bytes = end_;
    }
    written_ = 0;
    segments_.push_back({header.sequence, header.salt, header.first_index, UINT64_MAX, file_bytes, std::move(file)});
    return done;
}

void SegmentedStore::remember(uint64_t begin, std::string bytes) {
    batch_begin_ = begin;
    end_ = begin + bytes.size();
    const Place place = Place::of(segments_.back().sequence, begin);
    if (read_place_.sequence() == place.sequence()) read_place_ = {};
    if (!bytes.empty()) cache_.add(place, std::move(bytes));
}

Result<> SegmentedStore::drop_before(uint64_t first) {
    if (failure_) return fail(*failure_);
    if (first > table_.next()) return fail(Error::bad_request("the log ends before what is to be kept of it"));
    table_.drop_before(first);
    // Oldest first and one after the other, so that a missing segment before others can be told from one given up.
    while (segments_.size() > 1 && segments_[1].first_index <= first) {
        segments_.front().file.reset();
        auto done = disk_.remove(segment_name(segments_.front().sequence));
        if (done) done = disk_.sync_directory();
        if (!done) return give_up(done.error());
        segments_.erase(segments_.begin());
    }
    return {};
}

Result<> SegmentedStore::reset(uint64_t next) {
    if (failure_) return fail(*failure_);
    if (next == 0 || next > kMaxIndex) return fail(Error::bad_request("no log can begin there"));
    if (auto done = begin_segment(next, 0, std::nullopt); !done) return done;
    table_.reset(next);
    cache_.clear();
    is_marked_ = false;
    return {};
}

Segment& SegmentedStore::segment_of(Place place) {
    return *std::lower_bound(segments_.begin(), segments_.end(), place.sequence(),
                             [](const Segment& segment, uint32_t sequence) { return segment.sequence < sequence; });
}

Result<std::vector<LoadedEntry>> SegmentedStore::read_range(uint64_t first, uint64_t last, uint64_t max_bytes) {
    std::vector<LoadedEntry> entries;
    uint64_t bytes = 0;
    for (uint64_t index = first; index <= last; ++index) {
        auto entry = load(index, kReadMany);
        if (!entry && (entries.empty() || entry.error().code != ErrorCode::not_found)) {
            return tl::unexpected(entry.error());
        }
        if (!entry) break;
        bytes += entry->data->size();
        if (!entries.empty() && bytes > max_bytes) break;
        entries.push_back(std::move(*entry));
    }
    return entries;
}

Result<LoadedEntry> SegmentedStore::load(uint64_t index, uint64_t chunk) {
    if (failure_) return fail(*failure_);
    if (!table_.contains(index)) {
        return fail(Error::not_found("entry " + std::to_string(index) + " is not in the log"));
    }
    const Place place = table_.place(index);
    if (!place) return fail(Error::not_found("entry " + std::to_string(index) + " is damaged"));
    Segment& segment = segment_of(place);
    std::string_view bytes = cache_.find(place);
    if (bytes.empty()) {
        auto read = record_bytes(segment, place.offset(), kRecordHeaderBytes, chunk);
        if (!read) return lose(index, read.error().message);
        bytes = *read;
    }
    const auto header = decode_record(bytes, segment.salt);
    if (!header || header->index != index || header->term != table_.term(index)) return lose(index, "damaged header");
    if (bytes.size() < header->record_bytes()) {
        auto read = record_bytes(segment, place.offset(), header->record_bytes(), chunk);
        if (!read) return lose(index, read.error().message);
        bytes = *read;
        if (bytes.size() < header->record_bytes()) return lose(index, "the file is too short");
    }
    const std::string_view stored = bytes.substr(kRecordHeaderBytes, header->stored_bytes());
    if (!data_is_whole(*header, stored)) return lose(index, "damaged data");
    return LoadedEntry{index, header->term, header->type,
                       std::make_shared<const std::string>(reveal(stored, header->length, segment.salt))};
}

// At least `bytes` from the offset on, unless the file ends; read in chunks, as the next wanted lies behind.
Result<std::string_view> SegmentedStore::record_bytes(Segment& segment, uint64_t offset, uint64_t bytes,
                                                      uint64_t chunk) {
    const Place place = Place::of(segment.sequence, offset);
    const uint64_t skip = place.packed - read_place_.packed;
    if (!read_place_ || place.packed < read_place_.packed || skip + bytes > read_bytes_.size()) {
        read_place_ = {};
        read_bytes_ = std::string(std::max(bytes, chunk), '\0');
        auto count = segment.file->read_at(offset, read_bytes_);
        if (!count) return tl::unexpected(count.error());
        read_bytes_.resize(*count);
        read_place_ = place;
        return std::string_view(read_bytes_);
    }
    return std::string_view(read_bytes_).substr(skip);
}

Result<LoadedEntry> SegmentedStore::lose(uint64_t index, const std::string& why) {
    const Place place = table_.place(index);
    const std::string where = disk_.path(segment_name(place.sequence())) + ", offset " + std::to_string(place.offset());
    table_.lose(index, where);
    return fail(Error::not_found("entry " + std::to_string(index) + " cannot be read any more: " + where + ": " + why));
}

}  // namespace

Result<std::unique_ptr<EntryStore>> EntryStore::open(Disk& disk, Rng& rng, EntryStoreConfig config) {
    auto log = recover_log(disk);
    if (!log) return tl::unexpected(log.error());
    return std::make_unique<SegmentedStore>(disk, rng, config, std::move(*log));
}

}  // namespace drover::raft
