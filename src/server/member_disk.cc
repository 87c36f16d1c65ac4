#include "server/member_disk.h"

#include "codec/describe.h"
#include "codec/json.h"
#include "net/signal.h"

namespace drover::server {

// The file's content (docs/formats/members.md).
struct MembersFile {
    int64_t Version = 1;
    uint64_t Incarnation = 0;
    std::string Cluster;
    std::string Promise;
    Map<std::string> Clusters;
    List<raft::MemberRecord> Members;
};
DECLARE_TYPE(MembersFile);
DESCRIBE(MembersFile, FIELD(Version), FIELD(Incarnation), FIELD(Cluster), FIELD(Promise), FIELD(Clusters),
         FIELD(Members));

namespace {

constexpr const char* kFile = "members.json";
constexpr const char* kTemporary = "members.tmp";
constexpr uint64_t kMaxFile = 16 << 20;

Result<> replace_file(raft::Disk& disk, const std::string& text) {
    if (auto removed = disk.remove(kTemporary); !removed && removed.error().code != ErrorCode::not_found)
        return removed;
    auto file = disk.open(kTemporary, raft::Disk::Open::create);
    if (!file) return fail(file.error());
    if (auto written = (*file)->write_at(0, text); !written) return written;
    if (auto synced = (*file)->sync(); !synced) return synced;
    if (auto renamed = disk.rename(kTemporary, kFile); !renamed) return renamed;
    return disk.sync_directory();
}

Result<raft::Remembered> read_file(raft::Disk& disk) {
    auto file = disk.open(kFile, raft::Disk::Open::existing);
    if (!file && file.error().code == ErrorCode::not_found) return raft::Remembered{};
    if (!file) return fail(file.error());
    auto size = (*file)->size();
    if (!size) return fail(size.error());
    if (*size > kMaxFile) return fail(Error::internal(disk.path(kFile) + " is too large"));
    std::string text(*size, '\0');
    if (auto got = (*file)->read_at(0, text); !got) return fail(got.error());
    auto content = codec::from_json<MembersFile>(text);
    if (!content) return fail(content.error().wrapped(disk.path(kFile) + ": "));
    if (content->Version != 1) return fail(Error::internal(disk.path(kFile) + " is of a newer version"));
    raft::Remembered remembered;
    remembered.incarnation = content->Incarnation;
    remembered.cluster_id = content->Cluster;
    remembered.promise = content->Promise;
    for (const auto& [region, cluster] : content->Clusters) remembered.clusters[region] = cluster;
    remembered.members.assign(content->Members.begin(), content->Members.end());
    return remembered;
}

MembersFile to_file(const raft::Remembered& remembered) {
    MembersFile file;
    file.Incarnation = remembered.incarnation;
    file.Cluster = remembered.cluster_id;
    file.Promise = remembered.promise;
    for (const auto& [region, cluster] : remembered.clusters) file.Clusters[region] = cluster;
    for (const raft::MemberRecord& member : remembered.members) file.Members.push_back(member);
    return file;
}

class DiskMemberStore final : public raft::MemberStore {
public:
    DiskMemberStore(raft::Disk& disk, net::Loop& loop) : disk_(disk), loop_(loop) {}
    net::Task<Result<raft::Remembered>> load() override {
        return net::run_blocking(loop_, [&disk = disk_] { return read_file(disk); });
    }
    net::Task<Result<>> save(raft::Remembered remembered) override {
        return net::run_blocking(
            loop_, [&disk = disk_, text = codec::to_json(to_file(remembered))] { return replace_file(disk, text); });
    }

private:
    raft::Disk& disk_;
    net::Loop& loop_;
};

class MemoryMemberStore final : public raft::MemberStore {
public:
    net::Task<Result<raft::Remembered>> load() override { co_return remembered_; }
    net::Task<Result<>> save(raft::Remembered remembered) override {
        remembered_ = std::move(remembered);
        co_return Result<>{};
    }

private:
    raft::Remembered remembered_;
};

}  // namespace

std::unique_ptr<raft::MemberStore> make_disk_member_store(raft::Disk& disk, net::Loop& loop) {
    return std::make_unique<DiskMemberStore>(disk, loop);
}
std::unique_ptr<raft::MemberStore> make_memory_member_store() { return std::make_unique<MemoryMemberStore>(); }

}  // namespace drover::server
