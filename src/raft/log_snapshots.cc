// Snapshots: taken from a version of the state while entries go on, sent to servers whose entries are gone here, and
// received from a leader.
#include "base/assert.h"
#include "raft/log_core.h"

namespace drover::raft {
namespace {

constexpr size_t kReceivePiece = 256 << 10;

}  // namespace

bool LogCore::wants_snapshot() const {
    if (snapshotting_ || installing_ || receiving_ || failed_ || stopping_) return false;
    const auto newest = snapshots_->newest();
    const uint64_t since = newest ? newest->index : 0;
    if (applied_ <= since || applied_ == refused_at_ || applied_ > engine_->last_stored()) return false;
    if (committed_configuration_.configuration.empty()) return false;
    if (applied_ - since >= config_.snapshot_entries) return true;
    // What a start would have to apply again, where entries are large.
    return applied_bytes_ > std::max(config_.snapshot_log_bytes, newest ? newest->bytes / 4 : 0);
}

void LogCore::take_snapshot() {
    SnapshotPoint point;
    point.index = applied_;
    point.term = applied_term_;
    point.configuration_index = committed_configuration_.configuration_index;
    point.configuration = committed_configuration_.configuration;
    snapshotting_ = true;
    applying_ = true;  // nothing is applied while the version is captured
    parts_.worker.run([this, point] {
        auto write = machine_.snapshot();
        post([point, write = std::move(write)](LogCore& core) {
            core.applying_ = false;
            if (write) {
                core.write_snapshot(point, write);
            } else {
                core.snapshotting_ = false;
                core.refused_at_ = point.index;  // asked again after the next entries
            }
            if (core.installing_) return core.try_install();
            core.settle();
        });
    });
}

void LogCore::write_snapshot(SnapshotPoint point, std::function<Result<>(const StateMachine::Sink&)> write) {
    applied_bytes_ = 0;
    auto work = [this, point, write = std::move(write)] {
        auto written = [&]() -> Result<SnapshotInfo> {
            SnapshotInfo info;
            info.index = point.index;
            info.term = point.term;
            info.configuration_index = point.configuration_index;
            info.configuration = point.configuration;
            auto writer = snapshots_->create(std::move(info));
            if (!writer) return fail(writer.error());
            SnapshotWriter& out = **writer;
            if (auto done = write([&out](std::string_view piece) { return out.write(piece); }); !done)
                return fail(done.error());
            return out.commit();
        }();
        post([point, written = std::move(written)](LogCore& core) { core.on_snapshot_written(point, written); });
    };
    auto given =
        parts_.maybe_slow_pool ? parts_.maybe_slow_pool->submit(std::move(work)) : parts_.loop.offload(std::move(work));
    if (!given) snapshotting_ = false;
}

void LogCore::on_snapshot_written(const SnapshotPoint& point, Result<SnapshotInfo> written) {
    snapshotting_ = false;
    if (!written) return log_.error("a snapshot could not be written", {{"error", written.error().message}});
    log_.info("snapshot taken", {{"index", point.index}, {"bytes", written->bytes}});
    if (installing_ || stopping_) return;
    const auto trailing = static_cast<unsigned>(std::min<uint64_t>(config_.trailing_entries, UINT32_MAX));
    engine_->snapshot_taken(point, trailing);
    if (point.index > trailing) {
        const uint64_t first = point.index - trailing + 1;
        auto dropped = std::make_shared<Result<>>();
        disk_->task([this, first, dropped] { *dropped = entries_->drop_before(first); },
                    [this, dropped] {
                        if (!*dropped)
                            log_.error("old entries could not be removed", {{"error", dropped->error().message}});
                    });
    }
    settle();
}

void LogCore::send_snapshot(uint64_t to) {
    if (streaming_[to] || stopping_) return;
    group_.spawn(stream_snapshot(to, false));
}

net::Task<> LogCore::stream_snapshot(uint64_t to, bool asked_for) {
    streaming_[to] = true;
    auto file = co_await net::run_blocking(parts_.loop, [this] { return snapshots_->open_newest(); });
    Result<> sent = file ? Result<>{} : fail(file.error());
    if (file) {
        const std::shared_ptr<SnapshotFile> shared = std::move(*file);
        const SnapshotHead head{engine_->term(), shared->info().index, 0, asked_for};
        log_.info("sending a snapshot", {{"index", head.index}, {"bytes", shared->info().bytes}});
        sent = co_await transport_.send_snapshot(to, head, shared);
    }
    if (!sent && !stopping_) {
        log_.warn("a snapshot was not sent", {{"to", address_of(to)}, {"error", sent.error().message}});
        (void)co_await parts_.loop.sleep(milliseconds(500), group_.token());
    }
    streaming_[to] = false;
}

net::Task<> LogCore::on_snapshot(uint64_t from, std::string address, SnapshotHead head, net::Stream& stream,
                                 net::CancelToken cancel) {
    const auto newest = snapshots_->newest();
    if (receiving_ || installing_ || snapshotting_ || stopping_ || failed_) co_return;
    if (newest && newest->index >= head.index) {
        // It came before. The engine takes it if it would not have it then, and tells the leader either way, which else
        // would send it for ever.
        if (engine_ && !head.asked_for) {
            engine_->receive_snapshot(
                from, address, head.term,
                {newest->index, newest->term, newest->configuration_index, newest->configuration});
            settle();
        }
        co_return;
    }
    const bool healing = head.asked_for && !engine_ && healers_.contains(from);
    if (!healing && (!engine_ || head.asked_for)) co_return;
    if (!healing && head.term < engine_->term()) co_return;  // of a leader that is none any more
    receiving_ = true;
    auto received = co_await receive_snapshot(head, stream, cancel);
    receiving_ = false;
    if (!received) {
        if (!stopping_) log_.warn("a snapshot did not arrive", {{"error", received.error().message}});
        co_return;
    }
    log_.info("snapshot received", {{"index", received->index}, {"bytes", received->bytes}});
    if (healing) {
        // Others may have given the entries meanwhile.
        if (healers_.contains(from)) heal_by_snapshot(*received);
        co_return;
    }
    engine_->receive_snapshot(
        from, address, head.term,
        {received->index, received->term, received->configuration_index, received->configuration});
    settle();
}

net::Task<Result<SnapshotInfo>> LogCore::receive_snapshot(SnapshotHead head, net::Stream& stream,
                                                          net::CancelToken cancel) {
    auto opened = co_await net::run_blocking(parts_.loop, [this] { return snapshots_->receive(); });
    if (!opened) co_return fail(opened.error());
    const std::shared_ptr<SnapshotReceiver> receiver = std::move(*opened);
    uint64_t left = head.bytes;
    while (left > 0) {
        std::string piece(std::min<uint64_t>(left, kReceivePiece), '\0');
        size_t have = 0;
        while (have < piece.size()) {
            auto got = co_await stream.read_some({piece.data() + have, piece.size() - have},
                                                 {parts_.loop.in(kSnapshotStall), cancel});
            if (!got) co_return fail(got.error());
            if (*got == 0) co_return fail(Error::unavailable("the sender closed the connection"));
            have += *got;
        }
        left -= piece.size();
        auto wrote = co_await net::run_blocking(
            parts_.loop, [receiver, piece = std::move(piece)] { return receiver->write(piece); });
        if (!wrote) co_return fail(wrote.error());
    }
    co_return co_await net::run_blocking(parts_.loop, [receiver] { return receiver->commit(); });
}

void LogCore::install(const SnapshotPoint& point) {
    installing_ = point;
    truncate_from(0);
    window_first_ = point.index + 1;
    try_install();
}

// The state is replaced once nothing is being applied.
void LogCore::try_install() {
    if (applying_ || restoring_ || !installing_ || stopping_) return;
    restoring_ = true;
    const SnapshotPoint point = *installing_;
    auto restored = std::make_shared<Result<>>();
    disk_->task([this, point, restored] { *restored = entries_->reset(point.index + 1); },
                [this, point, restored] {
                    if (!*restored) return on_installed(point, *restored);
                    parts_.worker.run([this, point] {
                        Result<> result = restore_newest();
                        post([point, result](LogCore& core) { core.on_installed(point, result); });
                    });
                });
}

Result<> LogCore::restore_newest() {
    auto reader = snapshots_->reader();
    if (!reader) return fail(reader.error());
    SnapshotReader& in = **reader;
    return machine_.restore([&in](char* buffer, size_t size) { return in.read({buffer, size}); });
}

void LogCore::on_installed(const SnapshotPoint& point, Result<> restored) {
    restoring_ = false;
    if (!reading_) ahead_.reset();  // it is behind now
    if (!restored) return give_up("a snapshot cannot be restored", restored.error());
    installing_.reset();
    has_state_ = true;
    applied_ = point.index, applied_term_ = point.term;
    applied_bytes_ = 0;
    last_term_ = point.term;
    committed_configuration_ = point;
    committed_configuration_.index = point.configuration_index;
    log_.info("snapshot restored", {{"index", point.index}});
    engine_->snapshot_installed(point);
    settle();
}

}  // namespace drover::raft
