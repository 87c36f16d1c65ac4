#include "state/snapshot_allocs.h"

#include <cstring>

#include "codec/describe.h"
#include "codec/msgpack.h"

namespace drover::state {

DESCRIBE(SnapshotGroup, FIELD(Job), FIELD(Namespace), FIELD(JobID), FIELD(TaskGroup));

namespace {

// The roots of the layout.
enum Root : uint32_t { kServer, kLinks, kClient, kMetrics, kResources, kRoots };

constexpr uint32_t kNoResources = 0, kOwnResources = UINT32_MAX;

Layout own_layout() {
    return layout_of({&codec::type_of<ServerPart>(), &codec::type_of<LinksPart>(), &codec::type_of<ClientPart>(),
                      &codec::type_of<model::AllocMetric>(), &codec::type_of<model::AllocatedResources>()});
}

// Numbers and bytes one behind the other; numbers are as the machine has them.
class Body {
public:
    template <class Number>
    Body& number(Number n) {
        bytes_.append(reinterpret_cast<const char*>(&n), sizeof n);
        return *this;
    }
    Body& uuid(const Uuid& id) {
        bytes_.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
        return *this;
    }
    Body& part(std::string_view bytes) {
        number(static_cast<uint32_t>(bytes.size()));
        bytes_ += bytes;
        return *this;
    }
    Body& part(const Ref<const Packed>& maybe_packed) {
        return part(maybe_packed ? maybe_packed->bytes() : std::string_view());
    }
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

// The same back. After a failure everything is empty.
class BodyReader {
public:
    explicit BodyReader(std::string_view bytes) : rest_(bytes) {}
    template <class Number>
    void number(Number& into) {
        const auto bytes = take(sizeof into);
        if (!failed_) std::memcpy(&into, bytes.data(), sizeof into);
    }
    void uuid(Uuid& into) {
        const auto bytes = take(into.bytes.size());
        if (!failed_) std::memcpy(into.bytes.data(), bytes.data(), bytes.size());
    }
    std::string_view part() {
        uint32_t size = 0;
        number(size);
        return take(size);
    }
    bool whole() const { return !failed_ && rest_.empty(); }

private:
    std::string_view take(size_t size) {
        if (size > rest_.size()) failed_ = true;
        if (failed_) return {};
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    std::string_view rest_;
    bool failed_ = false;
};

std::string resources_body(const ResourcesRow& row) {
    Body body;
    body.number(row.usage.cpu_shares).number(row.usage.memory_mb);
    body.number(row.usage.memory_max_mb).number(row.usage.disk_mb);
    body.number(row.has_ports).number(row.has_devices).number(row.has_cores);
    return body.part(row.packed).bytes();
}

Error malformed(const char* what) { return Error::bad_request(std::string("snapshot: malformed ") + what); }

}  // namespace

Result<> AllocWriter::write_head() {
    if (auto done = sink_(kLayoutRow, codec::to_msgpack(own_layout())); !done) return done;
    List<std::string> texts(view_.version()->dictionary->texts());
    return sink_(kTextsRow, codec::to_msgpack(texts));
}

Result<> AllocWriter::write_all() {
    auto done = write_head();
    for (const AllocRef& alloc : view_.allocs().all()) {
        if (done) done = write_alloc(alloc.row());
    }
    return done;
}

Result<uint32_t> AllocWriter::job_number(const Shared<model::Job>& job) {
    if (!job) return 0;
    const auto [found, added] = jobs_.emplace(job.get(), static_cast<uint32_t>(jobs_.size() + 1));
    if (added) {
        if (auto done = sink_(kSharedJobRow, codec::to_msgpack(*job)); !done) return fail(done.error());
    }
    return found->second;
}

Result<uint32_t> AllocWriter::group_number(const GroupRow& group) {
    const auto known = groups_.find(&group);
    if (known != groups_.end()) return known->second;
    const auto job = job_number(group.job);
    if (!job) return job;
    const SnapshotGroup record{*job, group.ns, group.job_id, group.task_group};
    if (auto done = sink_(kGroupRow, codec::to_msgpack(record)); !done) return fail(done.error());
    return groups_[&group] = static_cast<uint32_t>(groups_.size() + 1);
}

// What one allocation has alone is written with it.
Result<uint32_t> AllocWriter::resources_number(const ResourcesRow& resources) {
    const auto known = resources_.find(&resources);
    if (known != resources_.end()) return known->second;
    if (resources.refs.load(std::memory_order_relaxed) == 1) return kOwnResources;
    if (auto done = sink_(kResourcesRow, resources_body(resources)); !done) return fail(done.error());
    return resources_[&resources] = static_cast<uint32_t>(resources_.size() + 1);
}

Result<> AllocWriter::write_alloc(const AllocRow& row) {
    const auto group = group_number(*row.group);
    if (!group) return fail(group.error());
    const auto resources = row.resources ? resources_number(*row.resources) : Result<uint32_t>(kNoResources);
    if (!resources) return fail(resources.error());
    Body body;
    body.number(row.desired).number(row.client).number(row.flags).number(row.name_index);
    body.uuid(row.id).uuid(row.node).uuid(row.eval);
    body.number(row.create_index).number(row.modify_index).number(row.alloc_modify_index);
    body.number(row.create_time).number(row.modify_time);
    body.number(*group).number(*resources);
    if (*resources == kOwnResources) body.part(resources_body(*row.resources));
    body.part(row.metrics).part(row.server).part(row.links).part(row.client_part);
    return sink_(kPackedAllocRow, body.bytes());
}

AllocReader::AllocReader(StateLoader& loader) : loader_(loader), packed_reader_(layout_, texts_) {}

Result<> AllocReader::read(uint8_t kind, std::string_view body) {
    if (kind == kLayoutRow) return read_layout(body);
    if (layout_.Types.empty()) return fail(malformed("order of rows"));
    switch (kind) {
        case kTextsRow: return read_texts(body);
        case kGroupRow: return read_group(body);
        case kPackedAllocRow: return read_alloc(body);
        case kSharedJobRow: {
            auto job = codec::from_msgpack<model::Job>(body);
            if (!job) return fail(job.error());
            jobs_.push_back(loader_.shared(std::make_shared<model::Job>(std::move(*job))));
            return {};
        }
        default: {
            auto row = make_resources_row(body);
            if (!row) return fail(row.error());
            resources_.push_back(std::move(*row));
            return {};
        }
    }
}

Result<> AllocReader::read_layout(std::string_view body) {
    auto layout = codec::from_msgpack<Layout>(body);
    if (!layout) return fail(layout.error());
    layout_ = std::move(*layout);
    is_own_layout_ = codec::to_msgpack(own_layout()) == body;
    return packed_reader_.is_sound(kRoots) ? Result<>() : fail(malformed("layout"));
}

Result<> AllocReader::read_texts(std::string_view body) {
    List<std::string> texts;
    if (auto read = codec::read_msgpack(body, texts); !read) return fail(read.error());
    texts_ = std::move(texts);
    // With the same numbers, packed bytes can stay as they are.
    return loader_.dictionary().preset(texts_) ? Result<>() : fail(malformed("dictionary"));
}

Result<> AllocReader::read_group(std::string_view body) {
    auto record = codec::from_msgpack<SnapshotGroup>(body);
    if (!record) return fail(record.error());
    if (record->Job == 0 || record->Job > jobs_.size()) return fail(malformed("group"));
    groups_.push_back(loader_.group(jobs_[record->Job - 1], record->TaskGroup, record->Namespace, record->JobID));
    return {};
}

template <class Part>
Result<Ref<const Packed>> AllocReader::packed(std::string_view bytes, uint32_t root) {
    if (bytes.empty()) return Ref<const Packed>();
    if (is_own_layout_) {
        if (auto sound = packed_reader_.check(bytes, root); !sound) return fail(sound.error());
        return Packed::make(bytes);
    }
    Part part;
    if (auto read = packed_reader_.read(bytes, root, codec::type_of<Part>(), &part); !read) return fail(read.error());
    return Packed::make(pack(part, loader_.dictionary()));
}

Result<Ref<const ResourcesRow>> AllocReader::make_resources_row(std::string_view bytes) {
    auto made = Ref<ResourcesRow>(new ResourcesRow);
    ResourcesRow& row = *made;
    BodyReader body(bytes);
    body.number(row.usage.cpu_shares), body.number(row.usage.memory_mb);
    body.number(row.usage.memory_max_mb), body.number(row.usage.disk_mb);
    uint8_t ports = 0, devices = 0, cores = 0;
    body.number(ports), body.number(devices), body.number(cores);
    row.has_ports = ports != 0, row.has_devices = devices != 0, row.has_cores = cores != 0;
    auto part = packed<model::AllocatedResources>(body.part(), kResources);
    if (!part) return fail(part.error());
    row.packed = std::move(*part);
    if (!body.whole()) return fail(malformed("resources"));
    return Ref<const ResourcesRow>(made.get());
}

Result<> AllocReader::read_alloc(std::string_view bytes) {
    auto made = Ref<AllocRow>(new AllocRow);
    AllocRow& row = *made;
    BodyReader body(bytes);
    uint8_t desired = 0, client = 0;
    uint32_t group = 0, resources = 0;
    body.number(desired), body.number(client), body.number(row.flags), body.number(row.name_index);
    body.uuid(row.id), body.uuid(row.node), body.uuid(row.eval);
    body.number(row.create_index), body.number(row.modify_index), body.number(row.alloc_modify_index);
    body.number(row.create_time), body.number(row.modify_time);
    body.number(group), body.number(resources);
    if (desired > static_cast<uint8_t>(DesiredStatus::evict) || client > static_cast<uint8_t>(ClientStatus::unknown) ||
        group == 0 || group > groups_.size())
        return fail(malformed("allocation"));
    row.desired = static_cast<DesiredStatus>(desired);
    row.client = static_cast<ClientStatus>(client);
    row.group = groups_[group - 1];
    if (resources == kOwnResources) {
        auto own = make_resources_row(body.part());
        if (!own) return fail(own.error());
        row.resources = std::move(*own);
    } else if (resources != kNoResources) {
        if (resources > resources_.size()) return fail(malformed("allocation"));
        row.resources = resources_[resources - 1];
    }
    auto metrics = packed<model::AllocMetric>(body.part(), kMetrics);
    auto server = packed<ServerPart>(body.part(), kServer);
    auto links = packed<LinksPart>(body.part(), kLinks);
    auto client_part = packed<ClientPart>(body.part(), kClient);
    if (!metrics || !server || !links || !client_part || !body.whole()) return fail(malformed("allocation"));
    row.metrics = std::move(*metrics), row.server = std::move(*server);
    row.links = std::move(*links), row.client_part = std::move(*client_part);
    return loader_.put(Ref<const AllocRow>(made.get()));
}

}  // namespace drover::state
