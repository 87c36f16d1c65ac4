#pragma once
// What members must remember over a restart, and where it is kept: a small interface, so that simulations can lose
// power at any step. MemberMemory serialises the changes of one server.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/signal.h"
#include "net/task.h"
#include "raft/member_frames.h"

namespace drover::raft {

struct Remembered {
    uint64_t incarnation = 0;                     // the last that may have been told
    std::string cluster_id;                       // empty until the cluster was bootstrapped
    std::string promise;                          // to a proposal of a cluster; empty: none
    std::map<std::string, std::string> clusters;  // region -> cluster id
    std::vector<MemberRecord> members;            // to find the others again; may be old

    bool operator==(const Remembered&) const = default;
};

class MemberStore {
public:
    virtual ~MemberStore() = default;
    // Nothing was ever saved: an empty one.
    virtual net::Task<Result<Remembered>> load() = 0;
    // When it has ended without error, incarnation, cluster id, promise and clusters last, all or none of them; members
    // may get lost. Never called again before it has ended.
    virtual net::Task<Result<>> save(Remembered remembered) = 0;
};

// The memory of one server: changes are saved one after the other, and seen once they last. One loop.
class MemberMemory {
public:
    MemberMemory(net::Loop& loop, MemberStore& store) : store_(store), freed_(loop) {}

    net::Task<Result<>> load();
    const Remembered& now() const { return now_; }
    // The change is made on what was saved last. An error: nothing has changed that this server may tell of.
    net::Task<Result<>> change(std::function<void(Remembered&)> edit, net::Limit limit);

private:
    MemberStore& store_;
    net::Notify freed_;
    bool busy_ = false;
    Remembered now_;
};

}  // namespace drover::raft
