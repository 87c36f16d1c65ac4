#include "raft/log_recovery.h"

#include <algorithm>

#include "raft/segment_scan.h"

namespace drover::raft {
namespace {

struct Candidate {
    SegmentHeader header;
    bool both_copies = true;
    std::unique_ptr<File> file;  // until replayed
};

bool ends_with_mark(const std::vector<ScannedRecord>& records) {
    const size_t count = records.size();
    if (count == 0) return false;
    const RecordHeader& last = records.back().header;
    if (last.kind == RecordKind::mark) return true;
    return count > 1 && records[count - 2].header.kind == RecordKind::mark &&
           records[count - 2].header.batch == last.batch;
}

class Recovery {
public:
    explicit Recovery(Disk& disk) : disk_(disk) {}

    Result<RecoveredLog> run() {
        std::vector<uint32_t> sequences;
        if (auto done = list(sequences); !done) return tl::unexpected(done.error());
        std::vector<Candidate> chain;
        if (!sequences.empty()) {
            if (auto done = follow(sequences, chain); !done) return tl::unexpected(done.error());
        }
        for (size_t i = 0; i < chain.size(); ++i) {
            if (auto done = replay(chain[i], i + 1 == chain.size()); !done) return tl::unexpected(done.error());
        }
        // Nothing was changed so far.
        if (auto done = mend_headers(chain); !done) return tl::unexpected(done.error());
        if (auto done = clear_tail(); !done) return tl::unexpected(done.error());
        if (auto done = remove_unused(sequences); !done) return tl::unexpected(done.error());
        return std::move(log_);
    }

private:
    Error about(const Error& error, uint32_t sequence) const {
        return {error.code, disk_.path(segment_name(sequence)) + ": " + error.message};
    }

    Result<> list(std::vector<uint32_t>& sequences) {
        auto names = disk_.list();
        if (!names) return tl::unexpected(names.error());
        for (const std::string& name : *names) {
            if (const auto sequence = segment_sequence(name)) sequences.push_back(*sequence);
            has_unfinished_ = has_unfinished_ || name == kUnfinishedSegment;
        }
        std::sort(sequences.begin(), sequences.end());
        return {};
    }

    Result<Candidate> read_header(uint32_t sequence) {
        auto file = disk_.open(segment_name(sequence), Disk::Open::existing);
        if (!file) return tl::unexpected(file.error());
        std::string bytes(kSegmentHeaderBytes, '\0');
        auto count = (*file)->read_at(0, bytes);
        if (!count) return tl::unexpected(count.error());
        bytes.resize(*count);
        auto decoded = decode_segment_header(bytes);
        if (!decoded) return fail(about(decoded.error(), sequence));
        if (decoded->header.sequence != sequence) {
            return fail(about(Error::internal("the file holds segment " + std::to_string(decoded->header.sequence) +
                                              " of the log: it was renamed or copied"),
                              sequence));
        }
        return Candidate{decoded->header, decoded->both_copies, std::move(*file)};
    }

    // From the newest segment back to the oldest that the log still needs. Segments go oldest first, so that a missing
    // one with older ones left was not given up.
    Result<> follow(const std::vector<uint32_t>& sequences, std::vector<Candidate>& chain) {
        uint32_t sequence = sequences.back();
        while (sequence != 0) {
            const auto present = std::lower_bound(sequences.begin(), sequences.end(), sequence);
            if (present == sequences.end() || *present != sequence) {
                if (present == sequences.begin()) break;
                return fail(about(Error::internal("this segment of the log is missing"), sequence));
            }
            auto candidate = read_header(sequence);
            if (!candidate) return tl::unexpected(candidate.error());
            sequence = candidate->header.previous;
            chain.push_back(std::move(*candidate));
        }
        std::reverse(chain.begin(), chain.end());
        return {};
    }

    Result<> replay(Candidate& candidate, bool is_newest) {
        const SegmentHeader& header = candidate.header;
        if (log_.segments.empty() || header.first_index < log_.table.first()) {
            log_.table.reset(header.first_index);
        } else {
            log_.table.cut(header.first_index);
            if (auto done = lose_until(header.first_index, log_.segments.back().sequence, log_.end); !done) return done;
        }
        auto scan = scan_segment(*candidate.file, header.salt, is_newest);
        if (!scan) return fail(about(scan.error(), header.sequence));
        auto size = candidate.file->size();
        if (!size) return tl::unexpected(size.error());
        log_.segments.push_back(
            {header.sequence, header.salt, header.first_index, UINT64_MAX, *size, std::move(candidate.file)});
        uint64_t reached = kSegmentHeaderBytes;
        for (const ScannedRecord& record : scan->records) {
            lost_any_ = false;
            if (auto done = take(record, reached); !done) return done;
            note_harmless(header.sequence, reached, record.offset);
            reached = record.offset + record.header.record_bytes();
        }
        if (!scan->records.empty()) {
            lost_any_ = false;
            const RecordHeader& last = scan->records.back().header;
            if (auto done = lose_until(last.last_of_batch() + 1, header.sequence, reached); !done) return done;
            note_harmless(header.sequence, reached, scan->end);
        }
        log_.end = scan->end;
        log_.last_batch = scan->last_batch;
        log_.is_marked = ends_with_mark(scan->records);
        if (is_newest) note_tail(*scan, header.sequence);
        return {};
    }

    // Bytes between records that cannot be read, where that has cost no entry: of a seal or a mark.
    void note_harmless(uint32_t sequence, uint64_t begin, uint64_t end) {
        if (begin >= end || lost_any_) return;
        log_.repairs.push_back(disk_.path(segment_name(sequence)) + ", offset " + std::to_string(begin) + ": " +
                               std::to_string(end - begin) + " bytes are damaged; no entry is lost by that");
    }

    void note_tail(const SegmentScan& scan, uint32_t sequence) {
        must_cut_ = !scan.is_clean_after;
        if (!must_cut_) return;
        const std::string where = disk_.path(segment_name(sequence)) + ": ";
        const std::string from = " from offset " + std::to_string(scan.end) + " on";
        log_.repairs.push_back(scan.torn_bytes != 0
                                   ? where + std::to_string(scan.torn_bytes) + " bytes" + from +
                                         " were being written when the machine stopped; never acknowledged, removed"
                                   : where + "stray bytes in unused room" + from + ", removed");
    }

    Result<> take(const ScannedRecord& record, uint64_t reached) {
        const RecordHeader& header = record.header;
        EntryTable& table = log_.table;
        Segment& segment = log_.segments.back();
        const Place place = Place::of(segment.sequence, record.offset);
        switch (header.kind) {
            case RecordKind::entry:
                if (header.index < table.next()) break;
                if (auto done = lose_until(header.index, segment.sequence, reached); !done) return done;
                if (record.intact) {
                    table.add(header.term, place);
                    return {};
                }
                return lose_until(header.index + 1, segment.sequence, record.offset);
            case RecordKind::refill: {
                if (header.index < table.first()) return {};
                if (auto done = lose_until(header.index + 1, segment.sequence, reached); !done) return done;
                if (!record.intact) return {};
                table.put_back(header.index, header.term, place);
                segment.lowest_refill = std::min(segment.lowest_refill, header.index);
                return {};
            }
            case RecordKind::mark:
            case RecordKind::seal: return lose_until(header.index + 1, segment.sequence, reached);
        }
        return fail(about(Error::internal("the entry at offset " + std::to_string(record.offset) + " has index " +
                                          std::to_string(header.index) + ", which is there already"),
                          segment.sequence));
    }

    Result<> lose_until(uint64_t next, uint32_t sequence, uint64_t offset) {
        if (next <= log_.table.next()) return {};
        const std::string where = disk_.path(segment_name(sequence)) + ", offset " + std::to_string(offset);
        if (next - log_.table.next() > kMaxLostEntries) {
            return fail(Error::internal(where + ": entries " + std::to_string(log_.table.next()) + " to " +
                                        std::to_string(next - 1) + " are missing, more than can have been there"));
        }
        log_.table.lose_until(next, where);
        lost_any_ = true;
        return {};
    }

    Result<> mend_headers(const std::vector<Candidate>& chain) {
        for (size_t i = 0; i < chain.size(); ++i) {
            if (chain[i].both_copies) continue;
            File& file = *log_.segments[i].file;
            auto done = file.write_at(0, encode_segment_header(chain[i].header));
            if (done) done = file.sync();
            if (!done) return done;
            log_.repairs.push_back(disk_.path(segment_name(chain[i].header.sequence)) +
                                   ": one copy of the header was damaged, written again from the other");
        }
        return {};
    }

    // What is cut off here can never be taken for a later batch's bytes.
    Result<> clear_tail() {
        if (!must_cut_) return {};
        Segment& newest = log_.segments.back();
        auto done = newest.file->truncate(log_.end);
        if (done) done = newest.file->sync();
        newest.file_bytes = log_.end;
        return done;
    }

    Result<> remove_unused(const std::vector<uint32_t>& sequences) {
        std::vector<std::string> unused;
        if (has_unfinished_) unused.push_back(kUnfinishedSegment);
        for (const uint32_t sequence : sequences) {
            const bool used = std::any_of(log_.segments.begin(), log_.segments.end(),
                                          [&](const Segment& segment) { return segment.sequence == sequence; });
            if (!used) unused.push_back(segment_name(sequence));
        }
        for (const std::string& name : unused) {
            if (auto done = disk_.remove(name); !done) return done;
            log_.repairs.push_back(disk_.path(name) + ": no longer of use, removed");
        }
        return unused.empty() ? Result<>() : disk_.sync_directory();
    }

    Disk& disk_;
    RecoveredLog log_;
    bool must_cut_ = false;
    bool lost_any_ = false;  // since it was last asked about
    bool has_unfinished_ = false;
};

}  // namespace

Result<RecoveredLog> recover_log(Disk& disk) { return Recovery(disk).run(); }

}  // namespace drover::raft
