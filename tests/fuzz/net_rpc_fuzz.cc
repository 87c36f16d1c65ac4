// The RPC port fed with anything: the first byte chooses the size of the pieces, the rest is a connection from its
// first byte on. With 0x80 in the first byte the rest is the answer to a call of ours instead. Whatever comes, the
// connection ends, nothing is left of it, and a handler sees well-formed bodies only.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "net/memory_stream.h"
#include "net/rpc_listener.h"
#include "net/virtual_loop.h"

namespace {

using namespace drover;
using namespace drover::net;

Task<Result<std::string>> answer(RpcCall call) {
    auto length = codec::msgpack_length(call.body);
    assert_always(length && *length && **length == call.body.size());
    if (call.method.size() % 2 == 1) co_return fail(Error::not_found("rpc: can't find method " + call.method));
    co_return call.body;
}

Task<> answer_stream(RpcStreamCall call) { (void)co_await call.stream->write(call.request, {{}, call.cancel}); }

// Writes the bytes in pieces and reads away what comes back.
void feed(VirtualLoop& loop, Stream& peer, std::string_view bytes, size_t piece) {
    char buffer[4096];
    while (!bytes.empty()) {
        const std::string_view part = bytes.substr(0, piece);
        Result<std::optional<size_t>> n = peer.try_write(std::span(&part, 1));
        loop.settle();
        while (peer.try_read(buffer).value_or(std::nullopt).value_or(0) > 0) loop.settle();
        if (!n || !*n) break;
        bytes.remove_prefix(**n);
    }
}

Task<> call(Stream& stream, RpcReader& reader, bool& done) {
    Result<std::string> result = co_await rpc_call(stream, reader, "\x01", 1, "Status.Ping", "\x80", {});
    assert_always(result || !result.error().message.empty());
    done = true;
}

void fuzz_caller(std::string_view bytes, size_t piece) {
    VirtualLoop loop;
    auto [ours, peer] = make_pipe(loop);
    PendingBytes pending;
    const RpcLimits limits{.body_bytes = 4096, .pending_bytes = 64 << 10};
    RpcReader reader(*ours, limits, pending);
    TaskGroup group(loop);
    bool done = false;
    group.spawn(call(*ours, reader, done));
    feed(loop, *peer, bytes, piece);
    peer->close();
    loop.settle();
    assert_always(done && group.size() == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const size_t piece = (data[0] & 0x7f) == 0 ? size : data[0] & 0x7f;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] & 0x80) return fuzz_caller(bytes, piece), 0;

    VirtualLoop loop;
    RpcListenerConfig config;
    config.session.limits = {.body_bytes = 4096, .pending_bytes = 64 << 10};
    config.service.call = answer;
    config.service.find_stream = [](std::string_view method) -> Result<> {
        if (method.empty()) return fail(Error::not_found("Unknown rpc method: \"\""));
        return {};
    };
    config.service.stream = answer_stream;
    RpcListener listener(loop, config);
    auto [ours, peer] = make_pipe(loop);
    listener.serve(std::move(ours));
    feed(loop, *peer, bytes, piece);
    peer->close();
    loop.settle();
    loop.advance(minutes(2));
    assert_always(listener.connections() == 0);
    run(loop, listener.stop());
    return 0;
}
