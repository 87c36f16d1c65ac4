#include "state/snapshot.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "codec/msgpack.h"
#include "state/loader.h"
#include "state/snapshot_allocs.h"

namespace drover::state {
namespace {

// Those that say 1 have described allocations, with all of their job in each.
constexpr std::string_view kMagic = "DRVSNAP2", kEarlierMagic = "DRVSNAP1";
constexpr size_t kPiece = 256 << 10;
constexpr uint32_t kMaxRow = 64 << 20;

// What a row is: its table's number, or these.
constexpr uint8_t kTableIndex = 250, kVersionRow = 251, kRestored = 252, kEnd = 255;

class Writer {
public:
    explicit Writer(const SnapshotSink& sink) : sink_(sink) {}

    Result<> raw(std::string_view bytes) {
        buffer_ += bytes;
        return buffer_.size() < kPiece ? Result<>() : flush();
    }
    template <class T>
    Result<> row(uint8_t kind, const T& value) {
        return bytes(kind, codec::to_msgpack(value));
    }
    Result<> bytes(uint8_t kind, std::string_view body) {
        const auto size = static_cast<uint32_t>(body.size());
        buffer_.push_back(static_cast<char>(kind));
        buffer_.append(reinterpret_cast<const char*>(&size), sizeof size);
        return raw(body);
    }
    template <class T>
    Result<> rows(Table table, const Range<T>& range) {
        for (const auto& object : range) {
            if (auto done = row(static_cast<uint8_t>(table), *object); !done) return done;
        }
        return {};
    }
    Result<> flush() {
        auto done = sink_(buffer_);
        buffer_.clear();
        return done;
    }

private:
    const SnapshotSink& sink_;
    std::string buffer_;
};

class Reader {
public:
    explicit Reader(const SnapshotSource& source) : source_(source) {}

    // Valid until the next call.
    Result<std::string_view> take(size_t size) {
        // Not all of it at once: the size may be a lie.
        while (buffer_.size() - begin_ < size) {
            if (auto more = fill(); !more) return fail(more.error());
        }
        const auto taken = std::string_view(buffer_).substr(begin_, size);
        begin_ += size;
        return taken;
    }

private:
    Result<> fill() {
        buffer_.erase(0, begin_);
        begin_ = 0;
        const size_t had = buffer_.size();
        buffer_.resize(had + kPiece);
        auto got = source_(buffer_.data() + had, kPiece);
        buffer_.resize(had + (got ? *got : 0));
        if (!got) return fail(got.error());
        if (*got == 0) return fail(Error::bad_request("snapshot ends early"));
        return {};
    }

    std::string buffer_;
    size_t begin_ = 0;
    const SnapshotSource& source_;
};

template <class Row>
Result<> load(StateLoader& loader, std::string_view body) {
    Row row;
    if (auto read = codec::read_msgpack(body, row); !read) return fail(read.error());
    return loader.put(std::move(row));
}

Result<> load_row(StateLoader& loader, uint8_t kind, std::string_view body) {
    Result<> done = fail(Error::bad_request("snapshot: unknown kind of row"));
    if (kind == static_cast<uint8_t>(Table::allocs)) return load<model::Allocation>(loader, body);
    if (kind == static_cast<uint8_t>(Table::job_versions)) {
        model::Job job;
        if (auto read = codec::read_msgpack(body, job); !read) return fail(read.error());
        return loader.put_version(std::move(job));
    }
    RowTypes::each([&]<class Row>() {
        if (kind == static_cast<uint8_t>(RowTable<Row>::table)) done = load<Row>(loader, body);
    });
    return done;
}

Result<std::vector<uint64_t>> numbers(std::string_view body, size_t count) {
    List<uint64_t> entry;
    if (auto read = codec::read_msgpack(body, entry); !read) return fail(read.error());
    if (entry.size() != count) return fail(Error::bad_request("snapshot: malformed index"));
    return entry;
}

// What the rows that are no table's say.
struct Facts {
    uint64_t index = 0, index_offset = 0, restored_at = 0;
};

Result<> load_other(StateLoader& loader, Facts& facts, uint8_t kind, std::string_view body) {
    if (kind == kVersionRow) {
        if (auto read = codec::read_msgpack(body, facts.index); !read) return fail(read.error());
        return {};
    }
    auto entry = numbers(body, 2);
    if (!entry) return fail(entry.error());
    if (kind == kRestored) {
        facts.index_offset = (*entry)[0], facts.restored_at = (*entry)[1];
        return {};
    }
    if ((*entry)[0] >= kTables) return fail(Error::bad_request("snapshot: malformed index"));
    loader.set_table_index(static_cast<Table>((*entry)[0]), (*entry)[1]);
    return {};
}

}  // namespace

Result<> write_snapshot(const View& view, const SnapshotSink& sink) {
    Writer out(sink);
    auto done = out.raw(kMagic);
    const auto then = [&](auto&& write) {
        if (done) done = write();
    };
    then([&] { return out.row(kVersionRow, view.index()); });
    if (view.restored_at() != 0) {
        const List<uint64_t> restored{view.version()->index_offset, view.restored_at()};
        then([&] { return out.row(kRestored, restored); });
    }
    RowTypes::each([&]<class Row>() {
        then([&] { return out.rows(RowTable<Row>::table, view.rows<Row>().all()); });
        if (RowTable<Row>::table == Table::jobs) {
            const Range<model::Job> versions(view.version()->tables[Table::job_versions], {});
            then([&] { return out.rows(Table::job_versions, versions); });
        }
    });
    AllocWriter allocs(view, [&](uint8_t kind, std::string_view body) { return out.bytes(kind, body); });
    then([&] { return allocs.write_all(); });
    for (size_t table = 0; table < kTables; ++table) {
        const List<uint64_t> entry{table, view.table_index(static_cast<Table>(table))};
        then([&] { return out.row(kTableIndex, entry); });
    }
    then([&] { return out.raw(std::string(1, static_cast<char>(kEnd))); });
    then([&] { return out.flush(); });
    return done;
}

Result<std::shared_ptr<const Version>> read_snapshot(const SnapshotSource& source) {
    Reader in(source);
    auto magic = in.take(kMagic.size());
    if (!magic) return fail(magic.error());
    if (*magic != kMagic && *magic != kEarlierMagic)
        return fail(Error::bad_request("not a snapshot of this program, or of a newer one"));
    StateLoader loader(true);
    AllocReader allocs(loader);
    Facts facts;
    for (;;) {
        auto kind_byte = in.take(1);
        if (!kind_byte) return fail(kind_byte.error());
        const auto kind = static_cast<uint8_t>((*kind_byte)[0]);
        if (kind == kEnd) break;
        auto head = in.take(sizeof(uint32_t));
        if (!head) return fail(head.error());
        uint32_t size = 0;
        std::memcpy(&size, head->data(), sizeof size);
        if (size > kMaxRow) return fail(Error::bad_request("snapshot: a row is too large"));
        auto body = in.take(size);
        if (!body) return fail(body.error());
        const bool is_other = kind == kVersionRow || kind == kTableIndex || kind == kRestored;
        auto done = is_other                   ? load_other(loader, facts, kind, *body)
                    : AllocReader::takes(kind) ? allocs.read(kind, *body)
                                               : load_row(loader, kind, *body);
        if (!done) return fail(done.error());
    }
    return loader.finish(facts.index, facts.index_offset, facts.restored_at);
}

}  // namespace drover::state
