// A yamux session fed with anything, in pieces of any size and in either role. The first byte chooses the pieces and
// the role. Streams are echoed, so that windows move. Whatever comes, the session ends with a reason and holds nothing.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "net/memory_stream.h"
#include "net/virtual_loop.h"
#include "net/yamux.h"

namespace {

using namespace drover;
using namespace drover::net;

Task<> echo(std::unique_ptr<Stream> stream) {
    char buffer[1000];
    for (;;) {
        Result<size_t> n = co_await stream->read_some(buffer, {});
        if (!n || *n == 0) co_return;
        Result<> written = co_await stream->write(std::string_view(buffer, *n), {});
        if (!written) co_return;
    }
}

Task<> accept_all(YamuxSession& session, TaskGroup& group) {
    for (;;) {
        auto stream = co_await session.accept({});
        if (!stream) co_return;
        group.spawn(echo(std::move(*stream)));
    }
}

Task<> open_one(YamuxSession& session) {
    auto stream = co_await session.open({});
    if (!stream) co_return;
    Result<> written = co_await (*stream)->write("hello", {});
    if (written) co_await echo(std::move(*stream));
}

Task<> run_session(YamuxSession& session, std::string& reason) { reason = (co_await session.run()).message; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const bool is_client = data[0] & 0x80;
    const size_t piece = (data[0] & 0x7f) == 0 ? size : data[0] & 0x7f;
    std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

    VirtualLoop loop;
    auto [ours, peer] = make_pipe(loop, 16 << 10);
    YamuxConfig config;
    config.window_bytes = 4096;
    config.accept_backlog = 4;
    config.max_streams = 16;
    config.max_unread_bytes = 16 << 10;
    YamuxSession session(std::move(ours), is_client ? YamuxSession::Role::client : YamuxSession::Role::server, config);
    TaskGroup group(loop);
    std::string reason;
    group.spawn(run_session(session, reason));
    group.spawn(accept_all(session, group));
    group.spawn(open_one(session));
    char buffer[4096];
    while (!bytes.empty() && session.alive()) {
        const std::string_view part = bytes.substr(0, piece);
        Result<std::optional<size_t>> n = peer->try_write(std::span(&part, 1));
        loop.settle();
        if (!n || !*n) break;
        bytes.remove_prefix(**n);
        while (peer->try_read(buffer).value_or(std::nullopt).value_or(0) > 0) loop.settle();
        assert_always(session.streams() <= 16 && session.unread_bytes() <= 16 << 10);
    }
    peer->close();
    loop.settle();
    assert_always(!session.alive() && !reason.empty());
    assert_always(session.streams() == 0);
    run(loop, group.join());
    assert_always(session.unread_bytes() == 0);
    return 0;
}
