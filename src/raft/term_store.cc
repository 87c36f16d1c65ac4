#include "raft/term_store.h"

#include <array>
#include <optional>

#include "raft/bytes.h"
#include "raft/crc32c.h"

namespace drover::raft {
namespace {

constexpr std::string_view kMagic = "DRVTERM\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kFileBytes = 4096;
constexpr size_t kText = 56;  // where the cluster's identifier begins

constexpr std::array<const char*, 2> kNames = {"term-1", "term-2"};
constexpr const char* kUnfinished = "term.new";

struct Saved {
    uint64_t serial = 0;  // of the save, from 1
    TermRecord record;
};

std::string encode(const Saved& saved) {
    std::string bytes(kFileBytes, '\0');
    char* at = bytes.data();
    const TermRecord& record = saved.record;
    std::memcpy(at, kMagic.data(), kMagic.size());
    put(at + 8, kVersion);
    put(at + 16, saved.serial);
    put(at + 24, record.term);
    put(at + 32, record.voted_for);
    put(at + 48, static_cast<uint32_t>(record.cluster_id.size()));
    bytes.replace(kText, record.cluster_id.size(), record.cluster_id);
    put(bytes.data() + 12, crc32c(bytes));
    return bytes;
}

// Nothing when the bytes are damaged.
Result<std::optional<Saved>> decode(std::string bytes) {
    if (bytes.size() != kFileBytes || !std::string_view(bytes).starts_with(kMagic)) return std::nullopt;
    char* at = bytes.data();
    const uint32_t checksum = get<uint32_t>(at + 12);
    put(at + 12, uint32_t{0});
    if (crc32c(bytes) != checksum) return std::nullopt;
    if (const uint32_t version = get<uint32_t>(at + 8); version != kVersion) {
        return fail(Error::not_implemented("version " + std::to_string(version) +
                                           " of the term's format is not known to this version of the program"));
    }
    const uint32_t id_bytes = get<uint32_t>(at + 48);
    if (id_bytes > TermStore::kMaxClusterIdBytes) return std::nullopt;
    Saved saved;
    saved.serial = get<uint64_t>(at + 16);
    if (saved.serial == 0) return std::nullopt;
    saved.record.term = get<uint64_t>(at + 24);
    saved.record.voted_for = get<uint64_t>(at + 32);
    saved.record.cluster_id = bytes.substr(kText, id_bytes);
    return saved;
}

class FileTermStore final : public TermStore {
public:
    explicit FileTermStore(Disk& disk) : disk_(disk) {}

    Result<> load();
    const TermRecord& record() const override { return saved_.record; }
    const std::vector<std::string>& repairs() const override { return repairs_; }
    Result<> save(TermRecord record) override;

private:
    struct Found {
        std::unique_ptr<File> file;  // none: missing
        std::optional<Saved> saved;  // none: damaged
    };

    Result<Found> find(const char* name);
    Result<std::unique_ptr<File>> make(const char* name);
    static Result<> write(File& file, const Saved& saved) {
        auto written = file.write_at(0, encode(saved));
        return written ? file.sync() : written;
    }

    Disk& disk_;
    std::array<std::unique_ptr<File>, 2> files_;
    Saved saved_{1, {}};
    std::vector<std::string> repairs_;
    std::optional<Error> failure_;
};

Result<FileTermStore::Found> FileTermStore::find(const char* name) {
    auto file = disk_.open(name, Disk::Open::existing);
    if (!file && file.error().code == ErrorCode::not_found) return Found{};
    if (!file) return tl::unexpected(file.error());
    std::string bytes(kFileBytes, '\0');
    auto count = (*file)->read_at(0, bytes);
    if (!count) return tl::unexpected(count.error());
    bytes.resize(*count);
    auto saved = decode(std::move(bytes));
    if (!saved) return fail(saved.error().wrapped(disk_.path(name) + ": "));
    return Found{std::move(*file), std::move(*saved)};
}

Result<> FileTermStore::load() {
    std::array<Found, 2> found;
    bool is_new = true;
    for (size_t i = 0; i < 2; ++i) {
        auto one = find(kNames[i]);
        if (!one) return tl::unexpected(one.error());
        found[i] = std::move(*one);
        is_new = is_new && !found[i].file;
    }
    if (!is_new && !found[0].saved && !found[1].saved) {
        return fail(Error::internal("the server's term and vote cannot be read: " + disk_.path(kNames[0]) + " and " +
                                    disk_.path(kNames[1]) + " are both damaged or missing"));
    }
    for (Found& one : found) {
        if (one.saved && one.saved->serial >= saved_.serial) saved_ = *one.saved;
    }
    for (size_t i = 0; i < 2; ++i) {
        Found& one = found[i];
        if (one.saved && one.saved->serial == saved_.serial) {
            files_[i] = std::move(one.file);
            continue;
        }
        if (!is_new) repairs_.push_back(disk_.path(kNames[i]) + ": damaged, missing or behind; written again");
        if (one.file) {
            // In place: the other one is whole.
            if (auto done = write(*one.file, saved_); !done) return done;
            files_[i] = std::move(one.file);
            continue;
        }
        auto made = make(kNames[i]);
        if (!made) return tl::unexpected(made.error());
        files_[i] = std::move(*made);
    }
    return {};
}

Result<std::unique_ptr<File>> FileTermStore::make(const char* name) {
    auto removed = disk_.remove(kUnfinished);
    if (!removed && removed.error().code != ErrorCode::not_found) return tl::unexpected(removed.error());
    auto file = disk_.open(kUnfinished, Disk::Open::create);
    if (!file) return tl::unexpected(file.error());
    auto done = (*file)->allocate(kFileBytes);
    if (done) done = write(**file, saved_);
    if (done) done = disk_.rename(kUnfinished, name);
    if (done) done = disk_.sync_directory();
    if (!done) return tl::unexpected(done.error());
    return std::move(*file);
}

Result<> FileTermStore::save(TermRecord record) {
    if (failure_) return fail(*failure_);
    if (record.term < saved_.record.term) return fail(Error::bad_request("a server's term never goes back"));
    if (record.cluster_id.size() > kMaxClusterIdBytes)
        return fail(Error::bad_request("the cluster's identifier is too long"));
    Saved next{saved_.serial + 1, std::move(record)};
    for (const auto& file : files_) {
        if (auto done = write(*file, next); !done) {
            failure_ = Error::internal(done.error().message);
            return fail(*failure_);
        }
    }
    saved_ = std::move(next);
    return {};
}

}  // namespace

Result<std::unique_ptr<TermStore>> TermStore::open(Disk& disk) {
    auto store = std::make_unique<FileTermStore>(disk);
    if (auto loaded = store->load(); !loaded) return tl::unexpected(loaded.error());
    return store;
}

}  // namespace drover::raft
