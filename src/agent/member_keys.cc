#include "agent/member_keys.h"

#include "agent/settings.h"
#include "agent/small_file.h"
#include "net/signal.h"

namespace drover::agent {
namespace {

constexpr size_t kMaxFile = 64 << 10;

net::Task<Result<>> save_ring(net::Loop& loop, std::string path, raft::KeyRing ring) {
    co_return co_await net::run_blocking(loop, [path, text = ring.to_file()] { return write_small_file(path, text); });
}

}  // namespace

Result<> member_keys(const Config& config, net::Loop& loop, server::MemberSettings& into) {
    const std::string& key = config.Server->EncryptKey;
    const std::string path = config.DevMode ? std::string() : server_directory(config) + "/serf.keyring";
    std::string text;
    if (!path.empty()) {
        auto read = read_small_file(path, kMaxFile);
        if (!read && read.error().code != ErrorCode::not_found) return fail(read.error());
        if (read) text = std::move(*read);
    }
    if (text.empty() && key.empty()) return {};
    auto ring = text.empty() ? raft::KeyRing::from_key(key) : raft::KeyRing::from_file(text);
    if (!ring) return fail(ring.error().wrapped(text.empty() ? "encrypt: " : path + ": "));
    if (!path.empty() && text.empty()) {
        if (auto written = write_small_file(path, ring->to_file()); !written) return written;
    }
    into.keys = std::move(*ring);
    if (!path.empty())
        into.maybe_save_keys = [&loop, path](raft::KeyRing changed) {
            return save_ring(loop, path, std::move(changed));
        };
    return {};
}

}  // namespace drover::agent
