#pragma once
// What tests of the HTTP server begin with: a server on a loop of its own, and clients that say exactly what they are
// told.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <string>
#include <thread>

#include "base/strings.h"
#include "net/http_server.h"
#include "net/signal.h"

namespace drover::net {

// A blocking socket of a client that says exactly what the test wants said.
class RawClient {
public:
    explicit RawClient(uint16_t port, const char* from = nullptr)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        if (from != nullptr) {
            ::inet_pton(AF_INET, from, &at.sin_addr);
            ::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at);
        }
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    }
    RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
    ~RawClient() { close(); }

    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    bool connected() const { return connected_; }
    void half_close() { ::shutdown(fd_, SHUT_WR); }
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<size_t>(n));
        }
        return true;
    }

    // What comes until the server closes, or until `enough` says so, or ten seconds have passed.
    template <class Enough>
    std::string receive_until(Enough enough) {
        while (!enough(got_)) {
            pollfd ask{fd_, POLLIN, 0};
            char buffer[65536];
            ssize_t n = 0;
            if (::poll(&ask, 1, 10'000) != 1 || (n = ::recv(fd_, buffer, sizeof buffer, 0)) <= 0) break;
            got_.append(buffer, static_cast<size_t>(n));
        }
        return std::exchange(got_, {});
    }
    std::string receive_all() {
        return receive_until([](const std::string&) { return false; });
    }
    std::string receive_text(std::string_view text) {
        return receive_until([text](const std::string& got) { return got.find(text) != std::string::npos; });
    }
    // One response with a Content-Length.
    std::string receive_response() {
        return receive_until([](const std::string& got) {
            const size_t end = got.find("\r\n\r\n");
            const size_t length = got.find("Content-Length: ");
            return end != std::string::npos && length != std::string::npos &&
                   got.size() >= end + 4 + std::stoul(got.substr(length + 16));
        });
    }
    std::string ask(std::string_view request) {
        send(request);
        return receive_response();
    }

private:
    int fd_;
    bool connected_ = false;
    std::string got_;
};

inline Task<Response> echo(Request request, CancelToken) {
    std::string text =
        request.method + " " + request.path + " [" + std::string(request.query.get("a")) + "] " + request.body;
    co_return Response::text(200, std::move(text));
}

// A server on a loop of its own thread, stopped when the test ends.
class TestServer {
public:
    explicit TestServer(HttpHandler handler, HttpServerConfig config = {}) : thread_(clock_, &pool_) {
        on_loop([&] {
            network_ = make_os_network(thread_.loop());
            server_ = std::make_unique<HttpServer>(thread_.loop(), config, std::move(handler));
            auto listener = network_->listen(Address::tcp("127.0.0.1", 0), {.backlog = 8192});
            port = (*listener)->local().port;
            server_->serve(std::move(*listener));
        });
    }
    ~TestServer() { stop(milliseconds(0)); }

    void stop(Duration grace) {
        if (!server_) return;
        std::atomic<bool> ended = false;
        std::unique_ptr<TaskGroup> group;
        on_loop([&] {
            group = std::make_unique<TaskGroup>(thread_.loop());
            group->spawn(stop_and_tell(*server_, grace, ended));
        });
        while (!ended) std::this_thread::yield();
        on_loop([&] {
            group.reset();
            server_.reset();
            network_.reset();
        });
    }
    size_t connections() {
        size_t n = 0;
        on_loop([&] { n = server_->connections(); });
        return n;
    }
    void await_connections(size_t n) {
        for (int i = 0; i < 1000 && connections() != n; ++i) ::usleep(10'000);
        EXPECT_EQ(connections(), n);
    }
    template <class F>
    void on_loop(F f) {
        std::atomic<bool> done = false;
        thread_.loop().post([&] {
            f();
            done = true;
        });
        while (!done) std::this_thread::yield();
    }
    IoLoop& loop() { return thread_.loop(); }

    uint16_t port = 0;

private:
    static Task<> stop_and_tell(HttpServer& server, Duration grace, std::atomic<bool>& ended) {
        co_await server.stop(grace);
        ended = true;
    }
    SystemClock clock_;
    BlockingPool pool_{2};
    LoopThread thread_;
    std::unique_ptr<Network> network_;
    std::unique_ptr<HttpServer> server_;
};

inline std::string get(std::string_view target, std::string_view more = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more) + "\r\n";
}

inline std::string body_of(const std::string& response) {
    const size_t end = response.find("\r\n\r\n");
    return end == std::string::npos ? "(no body)" : response.substr(end + 4);
}

// The data of a chunked body; "(malformed)" if it is not one.
inline std::string unchunk(std::string_view body) {
    std::string out;
    for (;;) {
        const size_t end = body.find("\r\n");
        if (end == std::string_view::npos) return "(malformed)";
        const size_t size = std::stoul(std::string(body.substr(0, end)), nullptr, 16);
        body.remove_prefix(end + 2);
        if (body.size() < size + 2 || body.substr(size, 2) != "\r\n") return "(malformed)";
        if (size == 0) return body.size() == 2 ? out : "(malformed)";
        out += body.substr(0, size);
        body.remove_prefix(size + 2);
    }
}

inline std::string inflate_all(std::string_view packed, int window_bits) {
    z_stream z{};
    inflateInit2(&z, window_bits);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    z.avail_in = static_cast<uInt>(packed.size());
    std::string out(1 << 20, '\0');
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    const int ended = inflate(&z, Z_FINISH);
    out.resize(out.size() - z.avail_out);
    inflateEnd(&z);
    return ended == Z_STREAM_END ? out : "(broken) " + out;
}

}  // namespace drover::net
