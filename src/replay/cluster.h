#pragma once
// One server on virtual time: its log applies at once, and the loop's owner does the scheduler's work. The same calls
// in the same order lead to the same state. One thread.

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/rng.h"
#include "net/memory_stream.h"
#include "replay/figures.h"
#include "replay/timeline.h"
#include "server/server.h"

namespace drover::replay {

class Cluster {
public:
    // `config`: what differs from a server's defaults; identity and threads are the cluster's own affair. `real_clock`
    // measures what evaluations take.
    Cluster(server::ServerConfig config, uint64_t seed, Time start, const Clock& real_clock);
    ~Cluster();
    Cluster(const Cluster&) = delete;

    Result<> start();

    Timeline& loop() { return timeline_; }
    Rng& rng() { return rng_; }
    server::Server& server() { return *server_; }
    state::View view() const { return server_->store().view(); }
    Time now() const { return timeline_.clock().now(); }

    // From outside of the loop: calls the endpoint, waits for its answer, and lets everything happen that follows from
    // it at this instant.
    template <class Response, class Request>
    Result<Response> call(std::string_view name, Request request) {
        auto answer = net::run(timeline_, server_->call<Response>(name, std::move(request), {}));
        timeline_.rest();
        return answer;
    }

    const Distribution& evaluation_ns() const { return evaluation_ns_; }  // real time

private:
    bool evaluate_next();

    const Clock& real_clock_;
    SeededRng rng_;
    Timeline timeline_;
    net::MemoryWorld world_;
    std::unique_ptr<net::Network> network_;
    std::unique_ptr<server::Server> server_;
    Distribution evaluation_ns_;
};

}  // namespace drover::replay
