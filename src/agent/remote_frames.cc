#include "agent/remote_frames.h"

#include "codec/json.h"
#include "model/stream_error.h"
#include "net/rpc.h"

namespace drover::agent {
namespace {

using Frame = std::optional<client::StreamFrame>;

constexpr net::RpcLimits kLimits{.body_bytes = 1 << 20, .pending_bytes = 1 << 20};

class RemoteFrames final : public client::FrameSource {
public:
    explicit RemoteFrames(std::unique_ptr<net::Stream> stream)
        : stream_(std::move(stream)), reader_(*stream_, kLimits, pending_) {}

    net::Task<Result<Frame>> next(net::CancelToken cancel) override {
        if (first_) co_return *std::exchange(first_, std::nullopt);
        auto value = co_await reader_.value({net::Deadline::never(), std::move(cancel)});
        // The end of the stream is the end of what there is.
        if (!value && value.error().code == ErrorCode::unavailable) co_return Frame();
        if (!value) co_return fail(value.error());
        auto payload = model::payload_of(*value);
        if (!payload) co_return fail(payload.error());
        if (payload->empty()) co_return client::StreamFrame();
        auto frame = codec::from_json<client::StreamFrame>(*payload);
        if (!frame) co_return fail(frame.error());
        co_return std::move(*frame);
    }
    void keep_first(Result<Frame> frame) { first_.emplace(std::move(frame)); }

private:
    std::unique_ptr<net::Stream> stream_;
    net::PendingBytes pending_;
    net::RpcReader reader_;
    std::optional<Result<Frame>> first_;  // read already
};

}  // namespace

net::Task<Result<std::unique_ptr<client::FrameSource>>> remote_frames(std::unique_ptr<net::Stream> stream,
                                                                      net::CancelToken cancel) {
    auto frames = std::make_unique<RemoteFrames>(std::move(stream));
    Result<Frame> first = co_await frames->next(std::move(cancel));
    if (!first) co_return fail(first.error());
    frames->keep_first(std::move(first));
    co_return frames;
}

}  // namespace drover::agent
