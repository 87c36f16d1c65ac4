#pragma once
// Streams in memory, for tests and simulations: a pipe of two ends, and a network whose addresses exist only here. All
// on one loop. Bytes arrive at once and in order; what is written and not read is bounded as in a kernel's buffer.

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "net/stream.h"

namespace drover::net {

using StreamPair = std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>>;

// Two connected ends. `capacity`: bytes on their way in either direction.
StreamPair make_pipe(Loop& loop, size_t capacity = 64 << 10, Address first = Address::tcp("127.0.0.1", 1),
                     Address second = Address::tcp("127.0.0.1", 2));

// Who listens where. Hosts are made by host() and must not outlive their world.
class MemoryWorld {
public:
    explicit MemoryWorld(Loop& loop) : loop_(loop) {}

    // The network as seen from the machine with this address: listens on it (whatever host is asked for), dials from
    // it.
    std::unique_ptr<Network> host(std::string ip);

private:
    class Host;
    class ListenerEnd;
    struct Queue;

    Loop& loop_;
    std::map<std::string, std::shared_ptr<Queue>> listening_;  // by to_string(Address)
    uint16_t next_port_ = 32768;
};

}  // namespace drover::net
