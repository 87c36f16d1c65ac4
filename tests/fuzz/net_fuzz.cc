// An HTTP server fed with anything, in pieces of any size, over a stream in memory and in virtual time. The first byte
// chooses the pieces. Whatever comes, the connection ends, and what was answered is HTTP.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/strings.h"
#include "net/http_server.h"
#include "net/memory_stream.h"
#include "net/virtual_loop.h"

namespace {

using namespace drover;
using namespace drover::net;

Task<Response> echo(Request request, CancelToken) {
    std::string out = request.method + request.path + request.query.encode() + request.body;
    for (const auto& [name, value] : request.headers) out += canonical_header_name(name) + value;
    co_return Response::text(200, std::move(out));
}

void drain(Stream& stream, std::string& into) {
    char buffer[4096];
    for (;;) {
        Result<std::optional<size_t>> n = stream.try_read(buffer);
        if (!n || !*n || **n == 0) return;
        into.append(buffer, **n);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const size_t piece = data[0] == 0 ? size : data[0];
    std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

    VirtualLoop loop;
    HttpServerConfig config;
    config.max_header_bytes = 4096;
    config.max_body_bytes = 16384;
    HttpServer server(loop, config, echo);
    auto [client, served] = make_pipe(loop);
    server.serve(std::move(served));

    std::string answers;
    while (!bytes.empty()) {
        const std::string_view part = bytes.substr(0, piece);
        Result<std::optional<size_t>> n = client->try_write(std::span(&part, 1));
        loop.settle();
        drain(*client, answers);
        if (!n) break;
        if (*n) bytes.remove_prefix(**n);
        if (!*n) break;
    }
    client->shutdown_write();
    loop.settle();
    drain(*client, answers);
    loop.advance(seconds(1));
    assert_always(server.connections() == 0);
    assert_always(answers.empty() || has_prefix(answers, "HTTP/1."));
    run(loop, server.stop(seconds(0)));
    return 0;
}
