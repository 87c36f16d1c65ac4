#pragma once
// A connection between two members: whole messages in frames, encrypted if there are keys. Belongs to one loop; one
// coroutine sends and one receives. After an error it is useless; destroy it.

#include <memory>
#include <optional>
#include <string>

#include "base/rng.h"
#include "net/sealed.h"
#include "net/stream.h"
#include "raft/key_ring.h"
#include "raft/member_frames.h"

namespace drover::raft {

inline constexpr Duration kHelloTimeout = seconds(5);

class MemberChannel {
public:
    // The side that dialled: seals with the primary key. The ring may be empty: nothing is sealed.
    static net::Task<Result<std::unique_ptr<MemberChannel>>> dialled(std::unique_ptr<net::Stream> stream, KeyRing ring,
                                                                     std::string random, net::Limit limit);
    // The other side: finds the key with the first frame.
    static net::Task<Result<std::unique_ptr<MemberChannel>>> accepted(std::unique_ptr<net::Stream> stream, KeyRing ring,
                                                                      std::string random, net::Limit limit);

    net::Task<Result<>> send(Message message, net::Limit limit);
    net::Task<Result<Message>> receive(net::Limit limit);

    net::Address peer() const { return stream_->peer(); }

private:
    MemberChannel(std::unique_ptr<net::Stream> stream, KeyRing ring)
        : stream_(std::move(stream)), ring_(std::move(ring)) {}

    struct Seals {
        net::FrameSeal out, in;
    };
    static Seals seals_of(const std::string& key, const std::string& randoms, bool dialled);
    net::Task<Result<>> greet(std::string random, bool dialled, net::Limit limit);
    net::Task<Result<std::string>> read_exactly(size_t size, net::Limit limit);
    Result<std::string> open(std::string_view header, std::string_view payload);

    std::unique_ptr<net::Stream> stream_;
    KeyRing ring_;
    std::string randoms_;  // of both sides, until the key is known
    std::optional<Seals> seals_;
};

// Bytes for a hello.
std::string hello_random(Rng& rng);

}  // namespace drover::raft
