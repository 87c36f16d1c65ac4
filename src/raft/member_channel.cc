#include "raft/member_channel.h"

#include <algorithm>
#include <vector>

namespace drover::raft {

using net::Limit;
using net::Task;

std::string hello_random(Rng& rng) {
    std::string random(kHelloRandomBytes, '\0');
    rng.fill({reinterpret_cast<uint8_t*>(random.data()), random.size()});
    return random;
}

MemberChannel::Seals MemberChannel::seals_of(const std::string& key, const std::string& randoms, bool dialled) {
    std::string forth = net::derive_key(key, randoms, "drover members, from who dialled");
    std::string back = net::derive_key(key, randoms, "drover members, to who dialled");
    if (!dialled) std::swap(forth, back);
    return {net::FrameSeal(std::move(forth)), net::FrameSeal(std::move(back))};
}

Task<Result<>> MemberChannel::greet(std::string random, bool dialled, Limit limit) {
    limit.deadline = std::min(limit.deadline, stream_->loop().in(kHelloTimeout));
    const std::string hello = encode_hello(random);
    if (Result<> sent = co_await stream_->write(std::string_view(hello), limit); !sent) co_return sent;
    // Who does not encrypt begins with a frame, whose magic says so before all of a hello is there.
    Result<std::string> theirs = co_await read_exactly(kFrameHeaderBytes, limit);
    if (!theirs) co_return fail(theirs.error());
    if (!theirs->starts_with(hello.substr(0, 4))) co_return fail(decode_hello(*theirs).error());
    Result<std::string> rest = co_await read_exactly(kHelloBytes - kFrameHeaderBytes, limit);
    if (!rest) co_return fail(rest.error());
    Result<std::string> their_random = decode_hello(*theirs + *rest);
    if (!their_random) co_return fail(their_random.error());
    randoms_ = dialled ? random + *their_random : *their_random + random;
    co_return Result<>();
}

Task<Result<std::unique_ptr<MemberChannel>>> MemberChannel::dialled(std::unique_ptr<net::Stream> stream, KeyRing ring,
                                                                    std::string random, Limit limit) {
    std::unique_ptr<MemberChannel> channel(new MemberChannel(std::move(stream), std::move(ring)));
    if (channel->ring_.empty()) co_return channel;
    if (Result<> greeted = co_await channel->greet(std::move(random), true, limit); !greeted)
        co_return fail(greeted.error());
    channel->seals_ = seals_of(channel->ring_.keys().front(), channel->randoms_, true);
    co_return channel;
}

Task<Result<std::unique_ptr<MemberChannel>>> MemberChannel::accepted(std::unique_ptr<net::Stream> stream, KeyRing ring,
                                                                     std::string random, Limit limit) {
    std::unique_ptr<MemberChannel> channel(new MemberChannel(std::move(stream), std::move(ring)));
    if (channel->ring_.empty()) co_return channel;
    if (Result<> greeted = co_await channel->greet(std::move(random), false, limit); !greeted)
        co_return fail(greeted.error());
    co_return channel;
}

Task<Result<>> MemberChannel::send(Message message, Limit limit) {
    std::string payload = encode_message(message);
    const size_t sealed_bytes = payload.size() + (ring_.empty() ? 0 : net::kSealTagBytes);
    if (sealed_bytes > kMaxFrameBytes) co_return fail(Error::internal("a member message is too large"));
    const std::string header = encode_frame_header(sealed_bytes);
    if (!ring_.empty()) {
        if (!seals_) co_return fail(Error::internal("who accepted a connection waits for the first frame"));
        payload = seals_->out.seal(header, payload);
    }
    std::vector<std::string_view> parts;
    parts.push_back(header);
    parts.push_back(payload);
    co_return co_await stream_->write(std::move(parts), limit);
}

Task<Result<Message>> MemberChannel::receive(Limit limit) {
    Result<std::string> header = co_await read_exactly(kFrameHeaderBytes, limit);
    if (!header) co_return fail(header.error());
    Result<size_t> length = decode_frame_header(*header);
    if (!length) co_return fail(length.error());
    Result<std::string> payload = co_await read_exactly(*length, limit);
    if (!payload) co_return fail(payload.error());
    if (!ring_.empty()) {
        payload = open(*header, *payload);
        if (!payload) co_return fail(payload.error());
    }
    co_return decode_message(*payload);
}

Result<std::string> MemberChannel::open(std::string_view header, std::string_view payload) {
    if (seals_) return seals_->in.open(header, payload);
    for (const std::string& key : ring_.keys()) {
        Seals tried = seals_of(key, randoms_, false);
        Result<std::string> plain = tried.in.open(header, payload);
        if (!plain) continue;
        seals_ = std::move(tried);
        return plain;
    }
    return fail(Error::bad_request("none of this side's keys opens what the other side sent"));
}

// Reads in pieces, so that a length that lies costs its sender as much as it costs us.
Task<Result<std::string>> MemberChannel::read_exactly(size_t size, Limit limit) {
    constexpr size_t kPiece = 16 << 10;
    std::string bytes;
    while (bytes.size() < size) {
        const size_t before = bytes.size();
        bytes.resize(before + std::min(kPiece, size - before));
        Result<size_t> n = co_await stream_->read_some({bytes.data() + before, bytes.size() - before}, limit);
        if (!n) co_return fail(n.error());
        if (*n == 0) co_return fail(Error::unavailable("the other side closed the connection"));
        bytes.resize(before + *n);
    }
    co_return bytes;
}

}  // namespace drover::raft
