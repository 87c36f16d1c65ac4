#pragma once
// ApplyWorker: where the state machine runs: a thread of its own, or in simulations the loop. Work is done in the order
// of run(), one at a time.

#include <functional>
#include <memory>

#include "net/event_loop.h"

namespace drover::raft {

class ApplyWorker {
public:
    virtual ~ApplyWorker() = default;                  // finishes what was given
    virtual void run(std::function<void()> work) = 0;  // any thread
};

std::unique_ptr<ApplyWorker> make_apply_thread();
std::unique_ptr<ApplyWorker> make_apply_on(net::Loop& loop);

}  // namespace drover::raft
