#pragma once
// Streams in memory, for tests and simulations: a pipe of two ends, and a network whose addresses exist only here. All
// on one loop. Bytes arrive in order, and at once unless the world's weather is bad; what is written and not read is
// bounded as in a kernel's buffer.

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/rng.h"
#include "net/stream.h"

namespace drover::net {

using StreamPair = std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>>;

// Two connected ends. `capacity`: bytes on their way in either direction.
StreamPair make_pipe(Loop& loop, size_t capacity = 64 << 10, Address first = Address::tcp("127.0.0.1", 1),
                     Address second = Address::tcp("127.0.0.1", 2));

// What happens on the way from one host to another. Chances are drawn from the Rng that the world was given.
struct Weather {
    Duration delay_min, delay_max;  // how long a piece is on its way
    uint32_t loss_percent = 0;      // of pieces that must be sent again: a stream loses time, never bytes
    Duration resend = milliseconds(200);
};

// Who listens where. Hosts are made by host() and must not outlive their world.
class MemoryWorld {
public:
    explicit MemoryWorld(Loop& loop) : MemoryWorld(loop, nullptr) {}
    // With chance, weather can be bad. The Rng must outlive the world's streams.
    MemoryWorld(Loop& loop, Rng* maybe_rng);
    ~MemoryWorld();

    // The network as seen from the machine with this address: listens on it (whatever host is asked for), dials from
    // it.
    std::unique_ptr<Network> host(std::string ip);

    // Of everything that is sent from now on. Needs an Rng.
    void set_weather(Weather weather);
    // Nothing gets from one host to the other, the ends of streams included, until it is healed; then what waited goes
    // on. A dial needs both ways. An empty address is any host.
    void cut(const std::string& from, const std::string& to);
    void heal(const std::string& from, const std::string& to);  // the same pair as was cut
    void heal();                                                // all
    // Nobody hears of what this host had open: its streams neither end nor fail for their peers, as when the power
    // goes. Its listeners are gone.
    void vanish(const std::string& ip);

    class Sky;

private:
    class Host;
    class ListenerEnd;
    struct Queue;

    Loop& loop_;
    std::shared_ptr<Sky> sky_;
    std::map<std::string, std::shared_ptr<Queue>> listening_;  // by to_string(Address)
    uint16_t next_port_ = 32768;
};

}  // namespace drover::net
