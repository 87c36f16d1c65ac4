#pragma once
// Autopilot: keeps the servers of a region fit to hold the log. What is healthy, who may go and who may vote are pure
// functions of what the leader knows; the class at the end looks every few seconds and acts, one change at a time.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "model/operator.h"
#include "net/loop.h"
#include "raft/log.h"
#include "raft/membership.h"

namespace drover::server {

// What holds until somebody sets another.
model::AutopilotConfig default_autopilot_config();

// What the leader knows at one moment.
struct AutopilotInput {
    raft::Configuration configuration;
    std::vector<raft::Member> members;  // of all regions
    std::vector<raft::PeerProgress> progress;
    raft::LogStats log;
    std::string leader_id;
    std::string region;
    model::AutopilotConfig config;
    Time now;         // for people
    Duration uptime;  // a monotonic clock's, by which waits are measured
};

// What is remembered of a server from one look to the next.
struct ServerTrack {
    bool healthy = false;
    Time since;            // when that became so
    Duration healthy_for;  // 0 while it is not
    Duration absent_for;   // no member of that id; 0 while there is one
    Duration silent_for;   // since the log heard of it, by its own word or since it is watched
    Duration seen_at;
};
using ServerTracks = std::map<std::string, ServerTrack, std::less<>>;

struct Assessment {
    model::OperatorHealthReply health;
    ServerTracks servers;  // of the log's configuration, by identifier
};

// A server is healthy when it is alive, answered within LastContactThreshold, and lacks at most MaxTrailingLogs
// entries. FailureTolerance is how many healthy voters may fail before a majority is lost.
Assessment assess(const AutopilotInput& input, const ServerTracks& before);

// The one server that should leave the log's configuration now, if any:
// - it left, and some voter remains;
// - it failed, is unknown for ServerStabilizationTime, or its name is now another server's: the log has not heard of it
//   for LastContactThreshold either, and the voters that remain are MinQuorum at least and a majority of the present.
//   Failed and unknown ones go only with CleanupDeadServers; one whose name was taken goes once its successor votes.
std::optional<std::string> server_to_remove(const AutopilotInput& input, const Assessment& assessment);

// The one server that the log should be kept on, too, without a vote at first; or one of its servers whose address has
// changed. It is alive, of this region, and of the same cluster as far as it says.
std::optional<raft::Peer> server_to_add(const AutopilotInput& input);

// The one server without a vote that should have one now, if any: alive, wanted as a voter, and healthy for
// ServerStabilizationTime.
std::optional<raft::Peer> server_to_promote(const AutopilotInput& input, const Assessment& assessment);

// Runs while its server leads. Lives on the server's loop; what the parts hold outlives it.
class Autopilot {
public:
    struct Parts {
        net::Loop& loop;
        raft::Log& log;
        std::function<std::vector<raft::Member>()> members;
        std::function<model::AutopilotConfig()> config;
        std::string region;
        // Calls a server back where it says that it is. None: it is believed.
        std::function<net::Task<Result<>>(raft::Member)> maybe_call_back = nullptr;
    };
    explicit Autopilot(Parts parts) : parts_(std::move(parts)), group_(parts_.loop), wake_(parts_.loop) {}

    void start();
    net::Task<> stop();  // for good
    // A server left: looks for changes now and not at the next round.
    void wake();
    // As it is now.
    model::OperatorHealthReply health();

private:
    net::Task<> run();
    net::Task<> make_changes();
    net::Task<bool> make_one_change();
    net::Task<bool> is_there(AutopilotInput input, std::string id);
    AutopilotInput look();

    const Parts parts_;
    net::TaskGroup group_;
    net::Notify wake_;
    ServerTracks tracks_;
    bool woken_ = false;
    Logger log_{"server.autopilot"};
};

}  // namespace drover::server
