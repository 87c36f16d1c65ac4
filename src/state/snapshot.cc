#include "state/snapshot.h"

#include <cstring>
#include <map>

#include "codec/msgpack.h"
#include "state/txn.h"

namespace drover::state {
namespace {

constexpr std::string_view kMagic = "DRVSNAP1";
constexpr size_t kPiece = 256 << 10;
constexpr uint32_t kMaxRow = 64 << 20;

// What a row is: its table's number, or these.
constexpr uint8_t kTableIndex = 250, kVersionRow = 251, kEnd = 255;

class Writer {
public:
    explicit Writer(const SnapshotSink& sink) : sink_(sink) {}

    Result<> raw(std::string_view bytes) {
        buffer_ += bytes;
        return buffer_.size() < kPiece ? Result<>() : flush();
    }
    template <class T>
    Result<> row(uint8_t kind, const T& value) {
        std::string body;
        codec::append_msgpack(body, value);
        const auto size = static_cast<uint32_t>(body.size());
        std::string head(1, static_cast<char>(kind));
        head.append(reinterpret_cast<const char*>(&size), sizeof size);
        return raw(head + body);
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

    Result<std::string> take(size_t size) {
        std::string bytes(size, '\0');
        for (size_t at = 0; at < size;) {
            auto got = source_(bytes.data() + at, size - at);
            if (!got) return fail(got.error());
            if (*got == 0) return fail(Error::bad_request("snapshot ends early"));
            at += *got;
        }
        return bytes;
    }

private:
    const SnapshotSource& source_;
};

// Builds allocations with what they share shared: groups by job version, resources by content.
class AllocBuilder {
public:
    explicit AllocBuilder(Txn& txn) : txn_(txn) {}

    Result<> add(const model::Allocation& alloc) {
        if (!alloc.Job) return fail(Error::bad_request("snapshot: allocation without a job"));
        auto row = make_row(alloc, group(alloc), resources(alloc), txn_.dictionary());
        if (!row) return fail(row.error());
        txn_.put(std::move(*row));
        return {};
    }

private:
    Ref<const GroupRow> group(const model::Allocation& alloc) {
        auto& made =
            groups_[{alloc.Namespace, alloc.JobID, alloc.TaskGroup, alloc.Job->Version, alloc.Job->CreateIndex}];
        if (made) return made;
        Shared<model::Job> job = alloc.Job;
        if (auto kept = txn_.view().job_versions().find(alloc.Namespace, alloc.JobID, job->Version);
            kept && kept->CreateIndex == job->CreateIndex) {
            job = kept;
        }
        auto* row = new GroupRow;
        row->dictionary = txn_.view().version()->dictionary;
        row->job = std::move(job);
        row->ns = alloc.Namespace;
        row->job_id = alloc.JobID;
        row->task_group = alloc.TaskGroup;
        return made = Ref<const GroupRow>(row);
    }

    Ref<const ResourcesRow> resources(const model::Allocation& alloc) {
        if (!alloc.AllocatedResources) return {};
        auto& made = resources_[codec::to_msgpack(*alloc.AllocatedResources)];
        if (!made) made = make_resources(*alloc.AllocatedResources, txn_.dictionary());
        return made;
    }

    Txn& txn_;
    std::map<std::tuple<std::string, std::string, std::string, uint64_t, uint64_t>, Ref<const GroupRow>> groups_;
    std::map<std::string, Ref<const ResourcesRow>> resources_;
};

template <class T>
Result<> put_row(Txn& txn, std::string_view body) {
    auto row = std::make_shared<T>();
    if (auto read = codec::read_msgpack(body, *row); !read) return fail(read.error());
    txn.put(Shared<T>(std::move(row)));
    return {};
}

Result<> put_version_row(Txn& txn, std::string_view body) {
    auto job = std::make_shared<model::Job>();
    if (auto read = codec::read_msgpack(body, *job); !read) return fail(read.error());
    txn.put_version(std::move(job));
    return {};
}

Result<> put_table_row(Txn& txn, AllocBuilder& allocs, uint8_t kind, std::string_view body) {
    if (kind >= kTables) return fail(Error::bad_request("snapshot: unknown kind of row"));
    switch (static_cast<Table>(kind)) {
        case Table::nodes: return put_row<model::Node>(txn, body);
        case Table::node_pools: return put_row<model::NodePool>(txn, body);
        case Table::jobs: return put_row<model::Job>(txn, body);
        case Table::job_summaries: return put_row<model::JobSummary>(txn, body);
        case Table::job_versions: return put_version_row(txn, body);
        case Table::job_submissions: return put_row<model::JobSubmission>(txn, body);
        case Table::deployments: return put_row<model::Deployment>(txn, body);
        case Table::periodic_launches: return put_row<model::PeriodicLaunch>(txn, body);
        case Table::evals: return put_row<model::Evaluation>(txn, body);
        case Table::namespaces: return put_row<model::Namespace>(txn, body);
        case Table::scheduler_config: return put_row<model::SchedulerConfiguration>(txn, body);
        case Table::root_keys: return put_row<model::RootKey>(txn, body);
        case Table::allocs: {
            model::Allocation alloc;
            if (auto read = codec::read_msgpack(body, alloc); !read) return fail(read.error());
            return allocs.add(alloc);
        }
        case Table::count: break;
    }
    return fail(Error::bad_request("snapshot: unknown kind of row"));
}

template <class T>
Range<T> whole(const View& view, Table table) {
    return Range<T>(view.version()->tables[table], {});
}

}  // namespace

Result<> write_snapshot(const View& view, const SnapshotSink& sink) {
    Writer out(sink);
    auto done = out.raw(kMagic);
    const auto then = [&](auto&& write) {
        if (done) done = write();
    };
    then([&] { return out.row(kVersionRow, view.index()); });
    then([&] { return out.rows(Table::namespaces, whole<model::Namespace>(view, Table::namespaces)); });
    then([&] { return out.rows(Table::node_pools, whole<model::NodePool>(view, Table::node_pools)); });
    then([&] { return out.rows(Table::nodes, whole<model::Node>(view, Table::nodes)); });
    then([&] { return out.rows(Table::jobs, whole<model::Job>(view, Table::jobs)); });
    then([&] { return out.rows(Table::job_versions, whole<model::Job>(view, Table::job_versions)); });
    then([&] { return out.rows(Table::job_submissions, whole<model::JobSubmission>(view, Table::job_submissions)); });
    then([&] { return out.rows(Table::job_summaries, whole<model::JobSummary>(view, Table::job_summaries)); });
    then([&] {
        return out.rows(Table::periodic_launches, whole<model::PeriodicLaunch>(view, Table::periodic_launches));
    });
    then([&] { return out.rows(Table::evals, whole<model::Evaluation>(view, Table::evals)); });
    then([&] { return out.rows(Table::deployments, whole<model::Deployment>(view, Table::deployments)); });
    then([&] {
        return out.rows(Table::scheduler_config, whole<model::SchedulerConfiguration>(view, Table::scheduler_config));
    });
    then([&] { return out.rows(Table::root_keys, whole<model::RootKey>(view, Table::root_keys)); });
    for (const AllocRef& alloc : view.allocs().all()) {
        then([&] { return out.row(static_cast<uint8_t>(Table::allocs), *alloc.full()); });
    }
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
    if (*magic != kMagic) return fail(Error::bad_request("not a snapshot of this program, or of a newer one"));
    Version empty;
    empty.dictionary = std::make_shared<Dictionary>();
    Txn txn(empty, 1);
    AllocBuilder allocs(txn);
    uint64_t index = 0;
    std::vector<std::pair<Table, uint64_t>> indexes;
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
        if (kind == kVersionRow) {
            if (auto read = codec::read_msgpack(*body, index); !read) return fail(read.error());
        } else if (kind == kTableIndex) {
            List<uint64_t> entry;
            if (auto read = codec::read_msgpack(*body, entry); !read) return fail(read.error());
            if (entry.size() != 2 || entry[0] >= kTables) return fail(Error::bad_request("snapshot: malformed index"));
            indexes.emplace_back(static_cast<Table>(entry[0]), entry[1]);
        } else if (auto done = put_table_row(txn, allocs, kind, *body); !done) {
            return fail(done.error());
        }
    }
    for (const auto& [table, at] : indexes) txn.set_table_index(table, at);
    txn.set_index(index);
    Touched touched;
    return txn.finish(touched);
}

}  // namespace drover::state
