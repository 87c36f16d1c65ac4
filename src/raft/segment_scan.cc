#include "raft/segment_scan.h"

#include <algorithm>

#include "raft/bytes.h"
#include "raft/crc32c.h"
#include "raft/file_window.h"

namespace drover::raft {
namespace {

constexpr uint64_t kSectorBytes = 512;  // disks write sectors of at least this size whole or not at all

// Fewer bytes than this that are not zero are no batch: the headers of a batch hold more.
constexpr uint64_t kNoise = 8;

class Scanner {
public:
    Scanner(File& file, Salt salt, bool is_newest) : file_(file), window_(file), salt_(salt), is_newest_(is_newest) {}

    Result<SegmentScan> run() {
        auto size = file_.size();
        if (!size) return tl::unexpected(size.error());
        size_ = *size;
        if (auto done = find_records(); !done) return tl::unexpected(done.error());
        if (auto done = check_order(); !done) return tl::unexpected(done.error());
        if (auto done = judge_tail(); !done) return tl::unexpected(done.error());
        return std::move(scan_);
    }

private:
    struct Extent {
        uint64_t begin = 0, end = 0;
    };

    // What lies after the last batch of which a header can be read.
    struct After {
        uint64_t set_bytes = 0;  // counted up to kNoise
        uint64_t end = 0;        // after the last byte that is not zero
    };

    static Extent extent_of(const ScannedRecord& record) {
        const uint64_t begin = record.offset - record.header.batch_offset;
        return {begin, begin + record.header.batch_bytes};
    }

    Result<> find_records() {
        uint64_t at = kSegmentHeaderBytes;
        while (at < size_) {
            auto bytes = window_.at(at, kRecordHeaderBytes);
            if (!bytes) return tl::unexpected(bytes.error());
            const auto header = decode_record(*bytes, salt_);
            if (header) {
                auto intact = data_is_intact(at, *header);
                if (!intact) return tl::unexpected(intact.error());
                scan_.records.push_back({*header, at, *intact});
                at += header->record_bytes();
                continue;
            }
            auto next = find_header(at + 8);
            if (!next) return tl::unexpected(next.error());
            at = *next;
        }
        return {};
    }

    Result<bool> data_is_intact(uint64_t at, const RecordHeader& header) {
        uint32_t checksum = 0;
        for (uint64_t done = 0; done < header.stored_bytes();) {
            auto piece = window_.at(at + kRecordHeaderBytes + done, header.stored_bytes() - done);
            if (!piece) return tl::unexpected(piece.error());
            if (piece->empty()) return false;
            checksum = crc32c(*piece, checksum);
            done += piece->size();
        }
        return checksum == header.checksum;
    }

    // The place of the first header from `at` on; the file's size when there is none.
    Result<uint64_t> find_header(uint64_t at) {
        while (at + kRecordHeaderBytes <= size_) {
            auto bytes = window_.at(at, FileWindow::kBytes);
            if (!bytes) return tl::unexpected(bytes.error());
            if (bytes->size() < kRecordHeaderBytes) break;
            uint64_t seen = 0;
            for (; seen + kRecordHeaderBytes <= bytes->size(); seen += 8) {
                if (!may_be_record(get<uint32_t>(bytes->data() + seen + 4), salt_)) continue;
                if (decode_record(bytes->substr(seen), salt_)) return at + seen;
            }
            at += seen;
        }
        return size_;
    }

    Result<> check_order() {
        const ScannedRecord* before = nullptr;
        for (const ScannedRecord& record : scan_.records) {
            const Extent extent = extent_of(record);
            bool fits = record.offset >= kSegmentHeaderBytes + record.header.batch_offset;
            if (before && record.header.batch == before->header.batch) {
                const Extent same = extent_of(*before);
                fits = fits && extent.begin == same.begin && extent.end == same.end &&
                       record.header.batch_records == before->header.batch_records &&
                       record.header.position > before->header.position;
            } else if (before) {
                fits = fits && record.header.batch > before->header.batch && extent.begin >= extent_of(*before).end;
            }
            if (!fits) {
                return fail(Error::internal("the record at offset " + std::to_string(record.offset) +
                                            " contradicts those before it"));
            }
            before = &record;
        }
        return {};
    }

    Result<> judge_tail() {
        Extent last{kSegmentHeaderBytes, kSegmentHeaderBytes};
        if (!scan_.records.empty()) {
            last = extent_of(scan_.records.back());
            scan_.last_batch = scan_.records.back().header.batch;
        }
        scan_.end = last.end;
        auto after = look_after(last.end);
        if (!after) return tl::unexpected(after.error());
        scan_.is_clean_after = after->set_bytes == 0;
        if (!is_newest_) return {};
        if (after->set_bytes >= kNoise) return judge_unreadable(last.end, *after);
        if (last_is_whole()) return {};
        auto torn = has_unwritten_sector(last.begin, last.end);
        if (!torn) return tl::unexpected(torn.error());
        if (*torn) drop_last_batch(last);
        return {};
    }

    // Something follows in which no header can be read: a batch that was being written, or one whose headers are all
    // damaged. In the second case nobody knows how many entries it had.
    Result<> judge_unreadable(uint64_t begin, const After& after) {
        auto torn = has_unwritten_sector(begin, std::max(after.end, begin + kRecordHeaderBytes));
        if (!torn) return tl::unexpected(torn.error());
        if (!*torn) {
            return fail(Error::internal("the log's end, from offset " + std::to_string(begin) +
                                        " on, is damaged so that it cannot be told how many entries are lost"));
        }
        scan_.torn_bytes = after.end - begin;
        return {};
    }

    Result<After> look_after(uint64_t at) {
        After after{0, at};
        while (at < size_) {
            auto bytes = window_.at(at, FileWindow::kBytes);
            if (!bytes) return tl::unexpected(bytes.error());
            if (bytes->empty()) break;
            for (size_t seen = 0; (seen = bytes->find_first_not_of('\0', seen)) != bytes->npos; ++seen) {
                if (++after.set_bytes >= kNoise) break;
            }
            const size_t last = bytes->find_last_not_of('\0');
            if (last != bytes->npos) after.end = at + last + 1;
            at += bytes->size();
        }
        return after;
    }

    // Whether the last batch is all there.
    bool last_is_whole() const {
        if (scan_.records.empty()) return true;
        uint64_t intact = 0;
        const uint32_t batch = scan_.records.back().header.batch;
        for (auto record = scan_.records.rbegin(); record != scan_.records.rend(); ++record) {
            if (record->header.batch != batch) break;
            if (record->intact) ++intact;
        }
        return intact == uint64_t{scan_.records.back().header.batch_records} + 1;
    }

    // Whether a sector's share of the range is all zeros, or the file ends within the range.
    Result<bool> has_unwritten_sector(uint64_t begin, uint64_t end) {
        while (begin < end) {
            const uint64_t share = std::min(end, (begin / kSectorBytes + 1) * kSectorBytes) - begin;
            auto bytes = window_.at(begin, share);
            if (!bytes) return tl::unexpected(bytes.error());
            if (bytes->size() < share || bytes->find_first_not_of('\0') == bytes->npos) return true;
            begin += share;
        }
        return false;
    }

    void drop_last_batch(const Extent& extent) {
        while (!scan_.records.empty() && scan_.records.back().header.batch == scan_.last_batch) {
            scan_.records.pop_back();
        }
        --scan_.last_batch;
        scan_.end = extent.begin;
        scan_.torn_bytes = extent.end - extent.begin;
        scan_.is_clean_after = false;
    }

    File& file_;
    FileWindow window_;
    const Salt salt_;
    const bool is_newest_;
    uint64_t size_ = 0;
    SegmentScan scan_;
};

}  // namespace

Result<SegmentScan> scan_segment(File& file, Salt salt, bool is_newest) { return Scanner(file, salt, is_newest).run(); }

}  // namespace drover::raft
