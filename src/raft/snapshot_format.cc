#include "raft/snapshot_format.h"

#include "raft/bytes.h"
#include "raft/crc32c.h"

namespace drover::raft {
namespace {

constexpr std::string_view kMagic = "DRVRSNP\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kFixedHeaderBytes = 48;  // the configuration follows, then the checksum
constexpr size_t kBlockHeaderBytes = 8;

}  // namespace

std::string encode_snapshot_header(const SnapshotInfo& info, uint32_t& checksum) {
    std::string bytes(kFixedHeaderBytes, '\0');
    char* at = bytes.data();
    std::memcpy(at, kMagic.data(), kMagic.size());
    put(at + 8, kVersion);
    put(at + 12, static_cast<uint32_t>(info.configuration.size()));
    put(at + 16, info.index);
    put(at + 24, info.term);
    put(at + 32, info.configuration_index);
    bytes += info.configuration;
    checksum = crc32c(bytes);
    char end[4];
    put(end, checksum);
    return bytes.append(end, sizeof end);
}

Result<SnapshotHeader> read_snapshot_header(File& file, const std::string& path) {
    const auto damage = [&](const std::string& what) {
        return fail(Error::internal(path + ": the snapshot's header " + what));
    };
    std::string bytes(kFixedHeaderBytes, '\0');
    auto count = file.read_at(0, bytes);
    if (!count) return tl::unexpected(count.error());
    if (*count < bytes.size()) return damage("is cut short");
    if (!std::string_view(bytes).starts_with(kMagic)) return damage("is damaged: this is no snapshot");
    const uint32_t version = get<uint32_t>(bytes.data() + 8);
    const uint32_t length = get<uint32_t>(bytes.data() + 12);
    if (length > SnapshotWriter::kMaxConfigurationBytes) return damage("is damaged");
    bytes.resize(kFixedHeaderBytes + length + 4);
    count = file.read_at(kFixedHeaderBytes, std::span(bytes).subspan(kFixedHeaderBytes));
    if (!count) return tl::unexpected(count.error());
    if (*count < length + 4) return damage("is cut short");
    SnapshotHeader header;
    const std::string_view checked(bytes.data(), kFixedHeaderBytes + length);
    header.checksum = get<uint32_t>(bytes.data() + checked.size());
    if (crc32c(checked) != header.checksum) return damage("is damaged");
    if (version != kVersion) {
        return fail(Error::not_implemented(path + ": version " + std::to_string(version) +
                                           " of the snapshot's format is not known to this version of the program"));
    }
    header.bytes = bytes.size();
    header.info.index = get<uint64_t>(bytes.data() + 16);
    header.info.term = get<uint64_t>(bytes.data() + 24);
    header.info.configuration_index = get<uint64_t>(bytes.data() + 32);
    header.info.configuration = checked.substr(kFixedHeaderBytes);
    return header;
}

std::string encode_snapshot_block(std::string_view data, uint32_t& checksum) {
    std::string bytes(kBlockHeaderBytes, '\0');
    put(bytes.data(), static_cast<uint32_t>(data.size()));
    checksum = crc32c(data, crc32c({bytes.data(), 4}, checksum));
    put(bytes.data() + 4, checksum);
    return bytes.append(data);
}

Error SnapshotBlocks::damage(const std::string& what) const {
    return Error::internal(path_ + ", offset " + std::to_string(at_) + ": the snapshot " + what);
}

Result<std::string_view> SnapshotBlocks::next() {
    if (ended_) return std::string_view();
    block_.resize(kBlockHeaderBytes + kSnapshotBlockBytes);
    auto count = file_->read_at(at_, std::span(block_).first(kBlockHeaderBytes));
    if (!count) return tl::unexpected(count.error());
    if (*count < kBlockHeaderBytes) return fail(damage("is cut short"));
    const uint32_t length = get<uint32_t>(block_.data());
    if (length > kSnapshotBlockBytes) return fail(damage("is damaged"));
    // One byte more than the block, to see whether the file goes on after its end.
    count =
        file_->read_at(at_ + kBlockHeaderBytes, std::span(block_).subspan(kBlockHeaderBytes, length == 0 ? 1 : length));
    if (!count) return tl::unexpected(count.error());
    if (*count < length) return fail(damage("is cut short"));
    const std::string_view data = std::string_view(block_).substr(kBlockHeaderBytes, length);
    checksum_ = crc32c(data, crc32c({block_.data(), 4}, checksum_));
    if (checksum_ != get<uint32_t>(block_.data() + 4)) return fail(damage("is damaged"));
    if (length == 0 && *count != 0) return fail(damage("goes on after its end"));
    ended_ = length == 0;
    at_ += kBlockHeaderBytes + length;
    return data;
}

}  // namespace drover::raft
