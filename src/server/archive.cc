#include "server/archive.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "server/keyring.h"
#include "state/archive.h"

namespace drover::server {
namespace {

// Pieces in which a source is read. What a piece unpacks to is bounded by it.
constexpr size_t kPiece = 16 << 10;
// Records in one command. With its names it stays below a mebibyte.
constexpr size_t kPartBytes = (1 << 20) - 1024;

Result<> read_archive(const ArchiveSource& source, model::ArchiveReader& reader) {
    std::string buffer(kPiece, '\0');
    for (uint64_t offset = 0;;) {
        auto got = source(offset, buffer.data(), buffer.size());
        if (!got) return fail(got.error());
        if (*got == 0) return reader.finish();
        if (auto taken = reader.put({buffer.data(), *got}); !taken) return taken;
        offset += *got;
    }
}

Result<> check_record(uint8_t type, std::string_view value, bool force) {
    return model::decode_record(type, value, [&]<class T>(model::RecordType, const T& object) -> Result<> {
        if constexpr (std::is_same_v<T, model::RootKey>) {
            auto opened = open_root_key(object);
            if (!opened && !force)
                return fail(Error::internal("root key " + quote(object.KeyID) +
                                            " cannot be opened: " + opened.error().message));
        } else if constexpr (std::is_same_v<T, model::RootKeyMeta>) {
            if (!force)
                return fail(Error::internal("root key " + quote(object.KeyID) +
                                            " is not in the archive: it is of a version " +
                                            "that kept keys in files of their own"));
        }
        return {};
    });
}

// Collects records into the commands of one restore.
class Parts {
public:
    Parts(Committer& committer, std::string id) : committer_(committer), id_(std::move(id)) {}

    Result<> begin(uint64_t archive_index) { return commit(state::command::BeginRestore{id_, archive_index}); }
    Result<> add(uint8_t type, std::string_view value) {
        held_ += static_cast<char>(type);
        held_ += value;
        while (held_.size() >= kPartBytes) {
            if (auto sent = send(kPartBytes); !sent) return sent;
        }
        return {};
    }
    Result<uint64_t> finish() {
        if (auto sent = send(held_.size()); !sent) return fail(sent.error());
        auto done = committer_.commit(state::command::CommitRestore{id_, number_});
        if (!done) return fail(done.error());
        return done->Index;
    }
    void abort() {
        // If it does not arrive, the next leader, or the next restore, does the same.
        static_cast<void>(committer_.commit(state::command::AbortRestore{id_}));
    }

private:
    Result<> send(size_t size) {
        state::command::AddRestorePart part{id_, number_++, Bytes(held_.substr(0, size))};
        held_.erase(0, size);
        return commit(std::move(part));
    }
    Result<> commit(state::Command command) {
        auto done = committer_.commit(std::move(command));
        if (!done) return fail(done.error());
        return {};
    }

    Committer& committer_;
    const std::string id_;
    std::string held_;
    uint64_t number_ = 0;
};

}  // namespace

Result<> save_archive(const state::View& view, const raft::Configuration& configuration, uint64_t term, Time now,
                      const model::ArchiveSink& sink) {
    model::ArchiveMeta meta;
    meta.Index = view.index();
    meta.Term = term;
    meta.ConfigurationIndex = configuration.index;
    for (const raft::Peer& peer : configuration.peers) {
        const int64_t suffrage = peer.suffrage == raft::Suffrage::voter ? 0 : 1;
        meta.Configuration.Servers.push_back({suffrage, peer.id, peer.address});
    }
    model::complete(meta, now);
    auto counted = state::write_records(view, [&](std::string_view piece) {
        meta.Size += piece.size();
        return Result<>();
    });
    if (!counted) return counted;
    model::ArchiveWriter writer(std::move(meta), now, sink);
    return writer.begin()
        .and_then([&] { return state::write_records(view, [&](std::string_view piece) { return writer.put(piece); }); })
        .and_then([&] { return writer.finish(); });
}

Result<uint64_t> restore_archive(const ArchiveSource& source, Committer& committer, const std::string& id, bool force) {
    uint64_t index = 0;
    model::ArchiveReader checked(
        [&](const model::ArchiveMeta& meta) {
            index = meta.Index;
            return Result<>();
        },
        [&](uint8_t type, std::string_view value) { return check_record(type, value, force); });
    if (auto whole = read_archive(source, checked); !whole) return fail(whole.error());
    Parts parts(committer, id);
    model::ArchiveReader reader([](const model::ArchiveMeta&) { return Result<>(); },
                                [&](uint8_t type, std::string_view value) { return parts.add(type, value); });
    if (auto begun = parts.begin(index); !begun) return fail(begun.error());
    auto restored = read_archive(source, reader).and_then([&] { return parts.finish(); });
    if (!restored) parts.abort();
    return restored;
}

}  // namespace drover::server
