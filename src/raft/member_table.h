#pragma once
// The table of members and the rules by which reports change it. Pure: no time, no chance, no network; whoever holds
// one passes the instant of a monotonic clock. Not thread-safe.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "raft/member_frames.h"
#include "raft/membership.h"

namespace drover::raft {

inline constexpr Duration kForgetAfter = hours(24);  // of members that failed or left
inline constexpr std::string_view kClusterTag = "drover_cluster";

class MemberTable {
public:
    enum class Heard {
        directly,     // the member said so itself, on a connection at its address or to ours
        from_others,  // somebody told of it
    };

    enum class Verdict {
        nothing,  // known, or older than what is known
        changed,  // taken: worth telling others
        verify,   // may be so: ask the member itself, at the address of the report
        ask,      // whoever is `holder` decides: ask at its address, then judge again
        refuted,  // of this server, and wrong: its incarnation must become `incarnation`
        refused,  // against the rules: neither taken nor told
    };

    struct Judgement {
        Verdict verdict = Verdict::nothing;
        Member holder;             // ask
        uint64_t incarnation = 0;  // refuted
        RefusalReason reason = RefusalReason::other;
        std::string text;
    };

    // What asking a holder has shown.
    enum class Holder { unasked, silent };

    struct Entry {
        Member member;
        Duration since;           // when it got its status
        bool pruned = false;      // left, and not shown
        bool remembered = false;  // from before this server's start: shown as failed, told to nobody
    };

    explicit MemberTable(Member self);

    const Member& self() const { return self_; }
    // This server's own changes. The caller raises the incarnation.
    Member& mutable_self() { return self_; }

    // Takes, or says why not. `vouched`: an operator or a member wants it here, so its region may be new.
    Judgement merge(const MemberRecord& report, Heard heard, Duration now, bool vouched = false,
                    Holder holder = Holder::unasked);
    // Members of before, with the clusters of regions.
    void remember(const std::vector<MemberRecord>& records, const std::map<std::string, std::string>& clusters,
                  Duration now);

    // What this server found itself. False: there is nothing to change.
    bool mark_failed(std::string_view id, Duration now);
    bool mark_left(std::string_view id, bool prune, Duration now);
    // Of members that failed or left long ago. How many.
    size_t forget_old(Duration now);

    const Entry* find(std::string_view id) const;  // or null; never this server
    const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }
    // What is held of a member, to tell it. Empty: nothing, or only remembered.
    MemberView view_of(std::string_view id) const;
    // Self included; what is pruned is not.
    std::vector<Member> shown() const;
    // What is told to others, self included, with ages.
    std::vector<MemberRecord> told(Duration now) const;
    std::optional<MemberRecord> told(std::string_view id, Duration now) const;
    // What this server should find again after a restart.
    std::vector<MemberRecord> to_remember(Duration now) const;

    // Region -> cluster id, of all regions of which one was ever told.
    const std::map<std::string, std::string>& clusters() const { return clusters_; }
    bool knows_region(const std::string& region) const;
    void note_cluster(const std::string& region, const std::string& cluster);

private:
    Judgement merge_self(const MemberRecord& report) const;
    Judgement merge_known(Entry& entry, const MemberRecord& report, Heard heard, Duration now, Holder holder);
    Judgement merge_new(const MemberRecord& report, Heard heard, Duration now, bool vouched, Holder holder);
    std::optional<Judgement> cluster_conflict(const MemberRecord& report) const;
    const Entry* holder_of_name(const MemberRecord& report) const;
    Judgement take(Entry& entry, const MemberRecord& report, Duration now);

    Member self_;
    std::map<std::string, Entry, std::less<>> entries_;
    std::map<std::string, std::string> clusters_;
};

// left > failed > leaving > alive, at one incarnation.
int precedence(MemberStatus status);
bool gone(MemberStatus status);  // failed or left

}  // namespace drover::raft
