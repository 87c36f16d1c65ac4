#pragma once
// TLS over any stream. A context holds certificates and rules and may be shared by loops and threads once made.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/stream.h"

namespace drover::net {

struct TlsConfig {
    // Files in PEM, or the PEM text itself.
    std::string certificate = {};  // own, followed by its chain; required for servers
    std::string key = {};
    std::string ca = {};      // whom to trust; empty: the system's authorities for clients, nobody for servers
    bool verify_peer = true;  // servers: ask for a client's certificate and require it when `ca` is given
    std::string min_version = "tls12";   // tls12, tls13
    std::vector<std::string> alpn = {};  // what to offer or accept, in order; empty: none
};

class TlsContext {
public:
    static Result<std::shared_ptr<TlsContext>> server(const TlsConfig& config);
    static Result<std::shared_ptr<TlsContext>> client(const TlsConfig& config);

    ~TlsContext();
    struct Impl;
    Impl& impl() const { return *impl_; }

private:
    explicit TlsContext(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// The handshake; the stream is closed when it fails. A client checks the server's certificate against `server_name` (a
// DNS name or an address) unless it is empty.
Task<Result<std::unique_ptr<Stream>>> tls_accept(std::unique_ptr<Stream> stream, std::shared_ptr<TlsContext> context,
                                                 Limit limit);
Task<Result<std::unique_ptr<Stream>>> tls_connect(std::unique_ptr<Stream> stream, std::shared_ptr<TlsContext> context,
                                                  std::string server_name, Limit limit);

// The names in the peer's certificate: its common name, then its DNS names, as they are written there. Nothing when it
// showed none, or when this is no TLS stream. They were proven only if the context verifies.
std::vector<std::string> tls_peer_names(const Stream& stream);

}  // namespace drover::net
