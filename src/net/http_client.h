#pragma once
// HTTP/1.1 client over tcp, unix sockets and TLS. Keeps connections for reuse. Lives on one loop; a client must outlive
// the responses that it gave.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http.h"
#include "net/stream.h"
#include "net/tls.h"

namespace drover::net {

struct ClientRequest {
    std::string method = "GET";
    std::string target = "/";  // path and query, escaped already
    Headers headers = {};      // Host, User-Agent and Content-Length are added when missing
    std::string body = {};
    // Instead of a body: its size, and the next piece of it, which is not empty. Such a request is not sent twice.
    uint64_t source_bytes = 0;
    std::function<Result<std::string>()> source = {};
};

// The head of an answer and its body, which is read as it comes. Reading to the end gives the connection back;
// destroying it before cuts the connection.
class ClientResponse {
public:
    ClientResponse();
    ClientResponse(ClientResponse&&) noexcept;
    ClientResponse& operator=(ClientResponse&&) noexcept;
    ~ClientResponse();

    int status = 0;
    Headers headers;

    // The next piece as it arrives; nothing at the end. A body that is cut short is an error (unavailable).
    Task<Result<std::optional<std::string>>> read(Limit limit);
    // The rest, of at most `max_bytes` (too_large above).
    Task<Result<std::string>> read_all(Limit limit, size_t max_bytes = 256 << 20);
    // After status 101: the connection itself.
    Takeover take_over();

private:
    friend class HttpClient;
    struct Body;
    std::unique_ptr<Body> body_;
};

struct HttpClientConfig {
    Address address;                            // where to connect
    std::string host = {};                      // for the Host header; empty: from the address
    std::shared_ptr<TlsContext> tls = nullptr;  // null: plain
    std::string tls_server_name = {};           // what the certificate must name; empty: not checked
    Duration dial_timeout = seconds(10);
    Duration idle_timeout = seconds(90);  // how long an unused connection is kept
    size_t max_idle = 8;
};

class HttpClient {
public:
    HttpClient(Network& network, HttpClientConfig config);
    ~HttpClient();

    // Sends and waits for the head of the answer. A kept connection that turns out to be closed is replaced by a new
    // one, silently, if nothing of an answer had come.
    Task<Result<ClientResponse>> send(ClientRequest request, Limit limit);

    struct State;

private:
    std::shared_ptr<State> state_;
};

}  // namespace drover::net
