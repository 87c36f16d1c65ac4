#include "server/state_machine.h"

#include <deque>

#include "base/assert.h"
#include "state/snapshot.h"

namespace drover::server {

std::vector<raft::Outcome> StateMachine::apply(std::span<const raft::Entry> entries) {
    std::deque<state::Command> decoded;
    std::vector<state::IndexedCommand> commands;
    commands.reserve(entries.size());
    for (const raft::Entry& entry : entries) {
        if (entry.maybe_command) {
            // Whatever is proposed to this log is a StateCommand: LogCommitter is the only proposer, decode() makes no
            // other.
            commands.push_back({entry.index, &static_cast<const StateCommand*>(entry.maybe_command)->command});
            continue;
        }
        auto command = state::decode(entry.data);
        // A committed entry that cannot be read must stop this server: going on would part its state from the others'.
        assert_always(command.has_value());
        commands.push_back({entry.index, &decoded.emplace_back(std::move(*command))});
    }
    std::vector<raft::Outcome> outcomes;
    outcomes.reserve(entries.size());
    for (Result<state::Applied>& applied : store_.apply_batch(commands)) {
        if (applied) {
            outcomes.emplace_back(std::any(*applied));
        } else {
            outcomes.emplace_back(fail(applied.error()));
        }
    }
    return outcomes;
}

std::shared_ptr<const raft::Command> StateMachine::decode(std::string_view bytes) const {
    auto command = state::decode(bytes);
    if (!command) return nullptr;  // apply() meets it
    return std::make_shared<const StateCommand>(std::move(*command));
}

std::function<Result<>(const StateMachine::Sink&)> StateMachine::snapshot() {
    if (store_.restoring()) return nullptr;
    return [view = store_.view()](const Sink& sink) { return state::write_snapshot(view, sink); };
}

Result<> StateMachine::restore(const Source& source) {
    auto version = state::read_snapshot(source);
    if (!version) return fail(version.error());
    store_.replace(std::move(*version));
    return {};
}

}  // namespace drover::server
