#pragma once
// Committer: how threads of the server that are no coroutines bring commands into the log. Any thread.

#include <functional>
#include <memory>

#include "base/result.h"
#include "state/commands.h"
#include "state/store.h"

namespace drover::server {

class Committer {
public:
    virtual ~Committer() = default;

    // `done` is called once, from any thread, after the command was applied here; it must return at once.
    virtual void propose(state::Command command, std::function<void(Result<state::Applied>)> done) = 0;

    // Waits for it. Not on the thread that applies.
    Result<state::Applied> commit(state::Command command) { return begin(std::move(command)).wait(); }

    // The same in two steps.
    class Pending {
    public:
        Result<state::Applied> wait();  // once

    private:
        friend class Committer;
        struct State;
        explicit Pending(std::shared_ptr<State> state) : state_(std::move(state)) {}
        std::shared_ptr<State> state_;
    };
    Pending begin(state::Command command);
};

}  // namespace drover::server
