#include "server/relay.h"

#include "codec/any.h"
#include "codec/msgpack.h"
#include "net/loop.h"

namespace drover::server {
namespace {

constexpr Duration kTakeTimeout = minutes(5);  // for a side to take a piece
constexpr size_t kPiece = 64 << 10;

net::Task<> move_bytes(net::Stream& from, net::Stream& to, net::CancelSource& over) {
    std::string piece(kPiece, '\0');
    const net::CancelToken cancel = over.token();
    while (true) {
        auto got = co_await from.read_some(piece, {net::Deadline::never(), cancel});
        if (!got || *got == 0) break;
        auto sent = co_await to.write(std::string_view(piece).substr(0, *got), {to.loop().in(kTakeTimeout), cancel});
        if (!sent) break;
    }
    over.cancel();
}

}  // namespace

Result<std::string> marked_forwarded(const std::string& request) {
    auto read = codec::from_msgpack<codec::Any>(request);
    if (!read) return fail(read.error());
    if (codec::AnyMap* map = read->as<codec::AnyMap>()) (*map)["Forwarded"] = true;
    return codec::to_msgpack(*read);
}

net::Task<> relay(net::Stream& first, net::Stream& second, net::CancelToken cancel) {
    net::CancelSource over(cancel);
    net::TaskGroup moving(first.loop());
    moving.spawn(move_bytes(first, second, over));
    co_await move_bytes(second, first, over);
    co_await moving.join();
}

}  // namespace drover::server
