#pragma once
// Yamux: many streams over one. A session takes a connected stream and one of the two roles; each of its streams is a
// net::Stream, so that whatever works on a connection works on them. Session and streams live on the loop of the
// stream below. Streams may outlive the session: they then fail with the reason of its end.
//
// Whatever the peer does costs a bounded number of bytes (see YamuxConfig) and ends the session with an error that says
// what was wrong. An idle session holds no buffer and one timer.

#include <cstdint>
#include <memory>

#include "net/stream.h"

namespace drover::net {

struct YamuxConfig {
    uint32_t window_bytes = 256 << 10;                // what a stream may send unasked, as the peer counts it too
    uint32_t accept_backlog = 256;                    // streams opened and not yet accepted, of either side
    size_t max_streams = 4096;                        // that exist at a time; a peer that wants more ends the session
    size_t max_unread_bytes = 32 << 20;               // received by all streams and not read
    Duration keepalive_interval = seconds(30);        // between pings; zero: none are sent
    Duration connection_write_timeout = seconds(10);  // for a ping to be answered, and for the peer to take any byte
    Duration stream_open_timeout = seconds(75);       // for the peer to accept a stream; the session ends after it
    Duration stream_close_timeout = minutes(5);  // for the peer to close its half after ours; then the stream is cut
};

class YamuxSession {
public:
    enum class Role { client, server };  // the dialler is the client

    YamuxSession(std::unique_ptr<Stream> below, Role role, YamuxConfig config = {});
    // After run() has returned, or was never called.
    ~YamuxSession();

    // Moves the bytes until the session ends, and answers why. "EOF": the peer closed the connection. Once.
    Task<Error> run();
    // Ends the session; what was written is sent as far as the connection takes it at once. The first reason counts.
    void close(Error reason);
    bool alive() const;
    // Why it ended; only when not alive.
    const Error& reason() const;

    // A new stream; waits while too many are not yet accepted. The peer is told with the first bytes.
    Task<Result<std::unique_ptr<Stream>>> open(Limit limit);
    // The next stream that the peer has opened.
    Task<Result<std::unique_ptr<Stream>>> accept(Limit limit);

    // How many streams there are, those that wait for the peer's end included.
    size_t streams() const;
    // Bytes received and not read, of all streams.
    size_t unread_bytes() const;
    Loop& loop() const;
    Address peer() const;

    class State;

private:
    std::shared_ptr<State> state_;
};

}  // namespace drover::net
