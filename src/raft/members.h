#pragma once
// The members of the cluster, over the serf port: a server tells others of itself, hears of others from them, and
// watches those of its region (docs/formats/members.md; the rules are in member_table.h). One loop, which outlives it;
// network, chance and store outlive it too. start() once, stop() before it is destroyed.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/rng.h"
#include "net/event_loop.h"
#include "net/signal.h"
#include "net/stream.h"
#include "raft/key_ring.h"
#include "raft/member_channel.h"
#include "raft/member_store.h"
#include "raft/member_table.h"
#include "raft/membership.h"

namespace drover::raft {

inline constexpr uint16_t kSerfPort = 4648;

struct MembersConfig {
    std::string id;         // this server's
    std::string node_name;  // without the region
    std::string region;
    net::Address listen;       // of the serf port
    std::string address = {};  // numeric, as others reach it; empty: as it listens
    uint16_t port = 0;         // 0: as it listens
    // As published, without region and drover_cluster, which are added here.
    std::map<std::string, std::string> tags = {};
    int64_t expect = 0;  // bootstrap_expect

    std::vector<std::string> retry_join = {};  // asked in rounds
    Duration retry_interval = seconds(30);
    int64_t retry_max = 0;  // rounds that nobody answers; 0: for ever

    KeyRing keys = {};  // empty: nothing is encrypted
    // Keeps a changed ring (data_dir/server/serf.keyring). None: changes are lost with the process.
    std::function<net::Task<Result<>>(KeyRing)> maybe_save_keys = nullptr;

    // This server cannot take part: its data folder was cloned, or retry_join gave up. On the loop; ends the agent.
    std::function<void(Error)> on_fatal = nullptr;
};

// What the other members answered to an operation on their keys.
struct KeyReport {
    std::map<std::string, std::string> messages;  // by member name: what went wrong
    std::map<std::string, size_t> keys;           // base64 -> how many hold it
    std::map<std::string, size_t> primary_keys;   // base64 -> whose primary it is
    size_t nodes = 0;                             // asked, this one included
    bool operator==(const KeyReport&) const = default;
};

// Where an operator says that a server is: "10.0.0.1", "nomad.example:4648", "[fd00::1]:4648", "fd00::1". Providers of
// clouds ("provider=aws ...") are refused by name.
Result<net::Address> parse_member_address(std::string_view text);

class Members final : public Membership {
public:
    Members(net::Network& network, Rng& rng, MemberStore& store, MembersConfig config);
    ~Members() override;

    // Remembers, takes a new incarnation, listens, and looks for the others. An error: the store or the port fails.
    net::Task<Result<>> start();
    // Without a word to the others, who will think it failed: leave() before, if it goes on purpose.
    net::Task<> stop();

    const Member& self() const override { return table_.self(); }
    std::vector<Member> members() const override { return table_.shown(); }
    net::Task<Result<size_t>> join(std::vector<std::string> addresses, net::Limit limit) override;
    net::Task<Result<>> force_leave(std::string name, bool prune, net::Limit limit) override;
    net::Task<> leave(net::Limit limit) override;
    void observe(std::function<void(const Member&)> observer) override;
    void set_tags(std::map<std::string, std::string> tags) override;

    // Operations on the keys of all alive members of all regions. An error of the whole: nothing is encrypted, the key
    // is none, or `use` and `remove` would cut members off. Failures of single members are in the report.
    net::Task<Result<KeyReport>> keys(KeyOperation operation, std::string key, net::Limit limit);

    // Which cluster this server belongs to: remembered, and told to the others. Once there is one it stays: an error
    // for another.
    net::Task<Result<>> set_cluster_id(std::string cluster_id);
    const std::string& cluster_id() const { return memory_.now().cluster_id; }
    // Of any region that was ever heard of; empty: none.
    std::string cluster_of(const std::string& region) const;
    uint64_t instance() const { return self().instance; }
    // Whether more than half of the region is out of reach, so that this server trusts its own eyes no longer.
    bool suspects_itself() const { return suspects_itself_; }
    // Whether retry_join has asked all its addresses at least once (or has none).
    bool asked_all() const { return asked_all_; }

    // For bootstrap (raft/bootstrap.h).
    net::Task<Result<BootAnswer>> ask_boot(Member member, BootAsk ask, net::Limit limit);
    void answer_boot(std::function<net::Task<BootAnswer>(BootAsk)> answer) { answer_boot_ = std::move(answer); }
    MemberMemory& memory() { return memory_; }

    // Limits and paces of the protocol.
    static constexpr size_t kMaxDials = 16, kMaxAccepted = 64, kMaxAcceptedOfAddress = 8;
    static constexpr Duration kFirstFrameTimeout = seconds(10), kIdleTimeout = seconds(60),
                              kAnswerTimeout = seconds(10);
    static constexpr Duration kPingEvery = seconds(1), kPingTimeout = milliseconds(500);
    static constexpr Duration kFarPingEvery = seconds(5), kFarPingTimeout = seconds(2), kExchangeEvery = seconds(30),
                              kRedialEvery = seconds(30);
    static constexpr size_t kFarPings = 2, kHelpers = 3, kMissesUntilFailed = 3;
    static constexpr size_t kMaxVerifying = kMaxMembers;

private:
    using Channel = std::unique_ptr<MemberChannel>;
    using Heard = MemberTable::Heard;
    using Verdict = MemberTable::Verdict;

    // What is kept of a member that is watched.
    struct Link {
        Channel channel;                              // null: none now
        bool busy = false;                            // a coroutine uses it
        size_t misses = 0;                            // in a row
        bool judged = false;                          // others are being asked
        Duration redial_at;                           // of one that failed
        std::map<std::string, MemberRecord> to_tell;  // by id, the newest of each
    };

    // members.cc: life, own record, spreading of news.
    Duration now() const { return loop_.now(); }
    net::Limit within(Duration d) const { return {loop_.in(d), group_.token()}; }
    net::Task<> keep_told();
    net::Task<> keep_incarnation();
    net::Task<> keep_members();
    // Asks for an incarnation of at least that, and for the edit with it. Told once it lasts.
    void raise_self(uint64_t at_least, std::function<void(Member&)> maybe_edit = nullptr);
    void changed(const std::string& id);
    void spread(const std::string& id, bool wide);
    void forget_links();
    net::Task<> tell(Member member, std::vector<MemberRecord> records);
    // Takes reports of others; `wide`: what is new is told to other regions as well.
    void hear(const std::vector<MemberRecord>& records, const std::string& from, bool wide);
    void hear_view(const MemberView& view);
    void log_refusal(const MemberRecord& report, const std::string& text);

    // members_dial.cc: connections to others, joining, exchange of lists.
    net::Task<Result<Channel>> connect(net::Address address, net::Limit limit);
    // Connects and is welcomed; the other is in the table then. `id`: who must be there; empty: anybody.
    net::Task<Result<Channel>> greet(net::Address address, std::string id, bool join, net::Limit limit);
    net::Task<Result<>> exchange(MemberChannel& channel, std::string with, net::Limit limit);
    net::Task<Result<>> send_list(MemberChannel& channel, net::Limit limit);
    net::Task<Result<std::vector<MemberRecord>>> receive_list(MemberChannel& channel, MemberList first,
                                                              net::Limit limit);
    // Judges what a member says of itself, asking who must be asked. Success: it may take part.
    // `vouched`: an operator or a member wants it here, so its region may be new.
    net::Task<Result<>> admit(MemberRecord report, bool vouched, net::Limit limit, Refusal& refusal);
    net::Task<bool> holds_its_place(Member holder, MemberRecord newcomer);
    net::Task<Result<Ack>> probe(net::Address address, net::Limit limit);
    net::Task<> join_one(std::string text, net::Limit limit, Result<>& result);
    net::Task<> verify(MemberRecord record);
    net::Task<> retry_join();
    bool settled() const;
    net::Task<> exchange_rounds();
    net::Task<> exchange_with(Member member);

    // members_serve.cc: connections of others.
    net::Task<> accept_all();
    net::Task<> serve(std::unique_ptr<net::Stream> stream);
    net::Task<Result<>> serve_member(MemberChannel& channel);
    net::Task<Result<>> welcome(MemberChannel& channel, Hail hail);
    net::Task<Result<>> answer(MemberChannel& channel, Message message, std::string from);
    net::Task<Result<>> answer_ping(MemberChannel& channel, Ping ping, std::string from);
    net::Task<KeyAnswer> answer_keys(KeyRequest request);
    Ack ack_for(const std::string& id) const;

    // members_watch.cc: failure detection.
    net::Task<> watch_region();
    net::Task<> watch_far();
    net::Task<> ping(std::string id);
    net::Task<Result<>> ping_once(Link& link, Member member);
    net::Task<> ping_far(Member member);
    net::Task<Result<>> ping_over(MemberChannel& channel, std::string id, net::Limit limit);
    void answered(const std::string& id);
    net::Task<> missed(std::string id);
    net::Task<> judge(std::string id);
    net::Task<> ask_helper(Member helper, Member target, size_t& answers, bool& reached);
    bool most_unreachable() const;
    bool hears_majority() const;
    net::Task<> redial(std::string id);

    // members_operate.cc: what operators want.
    const MemberTable::Entry* find_named(const std::string& name) const;
    net::Task<> tell_key(Member member, KeyRequest request, net::Limit limit, Result<KeyAnswer>& answer);
    net::Task<KeyReport> ask_keys(KeyRequest request, net::Limit limit);

    std::vector<Member> alive(bool near, std::string_view except = {}) const;
    std::vector<Member> alive_of(const std::string& region, std::string_view except = {}) const;
    std::vector<Member> some(std::vector<Member> from, size_t count);
    std::set<std::string> far_regions() const;

    net::Loop& loop_;
    net::Network& network_;
    Rng& rng_;
    MembersConfig config_;
    Logger log_{"members"};
    MemberMemory memory_;
    MemberTable table_;
    KeyRing keys_;

    net::TaskGroup group_;
    std::unique_ptr<net::Listener> listener_;
    std::map<std::string, Link> links_;  // of every member that is not self; entries stay where they are
    size_t dials_ = 0;
    net::Notify dialled_;
    size_t accepted_ = 0;
    std::map<std::string, size_t> accepted_of_;
    std::set<std::string> verifying_;
    std::set<std::string> refused_;  // what was logged already

    uint64_t wanted_incarnation_ = 0;
    std::vector<std::function<void(Member&)>> wanted_edits_;
    net::Notify raise_, remember_, changes_;
    std::deque<Member> changed_;
    std::vector<std::function<void(const Member&)>> observers_;
    std::function<net::Task<BootAnswer>(BootAsk)> answer_boot_;
    bool suspects_itself_ = false;
    bool asked_all_ = false;
};

}  // namespace drover::raft
