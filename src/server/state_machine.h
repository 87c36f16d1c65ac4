#pragma once
// The store behind the log: takes committed entries on the apply thread and hands them to the store, as one batch.

#include "raft/log.h"
#include "state/store.h"

namespace drover::server {

// A command on its way through the log.
class StateCommand final : public raft::Command {
public:
    explicit StateCommand(state::Command c) : command(std::move(c)) {}
    std::string encode() const override { return state::encode(command); }

    const state::Command command;
};

class StateMachine final : public raft::StateMachine {
public:
    explicit StateMachine(state::Store& store) : store_(store) {}

    std::vector<raft::Outcome> apply(std::span<const raft::Entry> entries) override;
    std::shared_ptr<const raft::Command> decode(std::string_view bytes) const override;
    // None while an archive is being restored: what has arrived of it is in no version.
    std::function<Result<>(const Sink&)> snapshot() override;
    Result<> restore(const Source& source) override;

private:
    state::Store& store_;
};

}  // namespace drover::server
