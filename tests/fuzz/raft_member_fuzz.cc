// What members read from the network. The first byte chooses: a payload, a frame's header, a hello, or the bytes of a
// whole connection to a running member. Whatever comes is a message or an error, and what is a message is written back
// as one that reads the same; a member lives on and gives the connection back.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "net/memory_stream.h"
#include "net/virtual_loop.h"
#include "raft/members.h"

namespace {

using namespace drover;
using namespace drover::raft;

class NoStore final : public MemberStore {
public:
    net::Task<Result<Remembered>> load() override { co_return Remembered(); }
    net::Task<Result<>> save(Remembered) override { co_return Result<>(); }
};

void connect(std::string_view bytes) {
    net::VirtualLoop loop;
    SeededRng rng(1);
    net::MemoryWorld world(loop, &rng);
    std::unique_ptr<net::Network> here = world.host("10.0.0.1"), there = world.host("10.0.0.2");
    NoStore store;
    MembersConfig config;
    config.id = "a", config.node_name = "a", config.region = "global";
    config.listen = net::Address::tcp("10.0.0.1", kSerfPort);
    Members members(*here, rng, store, std::move(config));
    assert_always(net::run(loop, members.start()).has_value());
    auto stream = net::run(loop, there->dial(net::Address::tcp("10.0.0.1", kSerfPort), {}));
    assert_always(stream.has_value());
    while (!bytes.empty()) {
        Result<std::optional<size_t>> n = (*stream)->try_write(std::span(&bytes, 1));
        loop.settle();
        if (!n || !*n) break;
        bytes.remove_prefix(**n);
    }
    (*stream)->shutdown_write();
    loop.advance(seconds(2));
    net::run(loop, members.stop());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 4) {
        case 0:
            if (Result<Message> message = decode_message(bytes)) {
                const std::string written = encode_message(*message);
                Result<Message> again = decode_message(written);
                if (!again || encode_message(*again) != written) std::abort();
            }
            break;
        case 1: (void)decode_frame_header(bytes); break;
        case 2: (void)decode_hello(bytes); break;
        case 3: connect(bytes); break;
    }
    return 0;
}
