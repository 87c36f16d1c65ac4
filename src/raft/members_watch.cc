// Failure detection: pings, the eyes of others, and doubt in one's own.
#include <algorithm>
#include <utility>

#include "raft/members.h"

namespace drover::raft {

using net::Limit;
using net::Task;

namespace {

constexpr Duration kHelperTimeout = seconds(1);
constexpr size_t kPingsInARow = 3;

}  // namespace

Task<> Members::watch_region() {
    const net::CancelToken cancel = group_.token();
    do {
        if (gone(self().status)) continue;
        std::vector<std::string> to_ping, to_redial;
        for (const auto& [id, entry] : table_.entries()) {
            const Link& link = links_[id];
            if (link.busy) continue;
            if (entry.member.status == MemberStatus::failed) {
                if (now() >= link.redial_at) to_redial.push_back(id);
            } else if (!gone(entry.member.status) && entry.member.region() == config_.region) {
                to_ping.push_back(id);
            }
        }
        for (std::string& id : to_ping) group_.spawn(ping(std::move(id)));
        for (std::string& id : to_redial) group_.spawn(redial(std::move(id)));
        if (suspects_itself_ && hears_majority()) {
            suspects_itself_ = false;
            log_.info("a majority of the region is in reach again");
        }
        if (table_.forget_old(now()) > 0) remember_.notify();
        forget_links();
    } while (co_await loop_.sleep(kPingEvery, cancel));
}

Task<> Members::watch_far() {
    const net::CancelToken cancel = group_.token();
    while (co_await loop_.sleep(kFarPingEvery, cancel)) {
        if (gone(self().status)) continue;
        for (const std::string& region : far_regions())
            for (Member& member : some(alive_of(region), kFarPings)) group_.spawn(ping_far(std::move(member)));
    }
}

Task<> Members::ping(std::string id) {
    Link& link = links_[id];
    if (link.busy) co_return;
    link.busy = true;
    Result<> answered_it;
    // Again while there is news, but not for ever: the next round comes soon.
    for (size_t i = 0; i < kPingsInARow && answered_it && (i == 0 || !link.to_tell.empty()); ++i) {
        const MemberTable::Entry* maybe_entry = table_.find(id);
        if (!maybe_entry || gone(maybe_entry->member.status)) break;
        answered_it = co_await ping_once(link, maybe_entry->member);
    }
    const MemberTable::Entry* maybe_entry = table_.find(id);
    if (!answered_it || !maybe_entry || gone(maybe_entry->member.status)) link.channel.reset();
    link.busy = false;
    if (group_.token().cancelled()) co_return;
    if (answered_it) {
        link.misses = 0;
    } else {
        log_.debug("a ping failed", {{"id", id}, {"error", answered_it.error().message}});
        co_await missed(std::move(id));
    }
}

Task<Result<>> Members::ping_once(Link& link, Member member) {
    const Limit limit = within(kPingTimeout);
    if (!link.channel) {
        const net::Address address = net::Address::tcp(member.address, member.port);
        Result<Channel> channel = co_await greet(address, member.id, false, limit);
        if (!channel) co_return fail(channel.error());
        link.channel = std::move(*channel);
    }
    if (!link.to_tell.empty()) {
        std::vector<MemberRecord> records;
        for (const auto& [id, record] : link.to_tell) records.push_back(record);
        for (MemberList& part : split_list(records)) {
            Change change{std::move(part.Members)};
            if (Result<> sent = co_await link.channel->send(std::move(change), limit); !sent) co_return sent;
        }
        // What became newer meanwhile is told next time.
        for (const MemberRecord& record : records) {
            auto told = link.to_tell.find(record.ID);
            if (told != link.to_tell.end() && told->second == record) link.to_tell.erase(told);
        }
    }
    co_return co_await ping_over(*link.channel, std::move(member.id), limit);
}

Task<Result<>> Members::ping_over(MemberChannel& channel, std::string id, Limit limit) {
    if (Result<> sent = co_await channel.send(Ping{self().incarnation, table_.view_of(id)}, limit); !sent)
        co_return sent;
    Result<Message> message = co_await channel.receive(limit);
    if (!message) co_return fail(message.error());
    Ack* maybe_ack = std::get_if<Ack>(&*message);
    if (!maybe_ack || maybe_ack->ID != id) co_return fail(Error::bad_request("an answer of another kind"));
    if (maybe_ack->Self && maybe_ack->Self->ID == id) {
        std::vector<MemberRecord> itself{*maybe_ack->Self};
        hear(itself, id, true);
    }
    hear_view(maybe_ack->You);
    if (maybe_ack->You.ID != self().id || maybe_ack->You.Incarnation < self().incarnation)
        links_[id].to_tell[self().id] = to_record(self(), {});
    co_return Result<>();
}

Task<> Members::ping_far(Member member) {
    const Limit limit = within(kFarPingTimeout);
    Result<> answered_it;
    {
        const net::Address address = net::Address::tcp(member.address, member.port);
        Result<Channel> channel = co_await greet(address, member.id, false, limit);
        answered_it = channel ? co_await ping_over(**channel, member.id, limit) : Result<>(fail(channel.error()));
    }
    if (group_.token().cancelled()) co_return;
    if (answered_it) {
        links_[member.id].misses = 0;
        links_[member.id].to_tell.clear();
    } else {
        co_await missed(member.id);
    }
}

Task<> Members::missed(std::string id) {
    Link& link = links_[id];
    const MemberTable::Entry* maybe_entry = table_.find(id);
    if (!maybe_entry || gone(maybe_entry->member.status)) co_return;
    if (++link.misses < kMissesUntilFailed || link.judged) co_return;
    link.judged = true;
    co_await judge(id);
    links_[id].judged = false;
}

// Asks others of its region whether they reach it, and decides.
Task<> Members::judge(std::string id) {
    const Member target = table_.find(id)->member;
    size_t answers = 0;
    bool reached = false;
    {
        net::TaskGroup asking(loop_, group_.token());
        for (Member& helper : some(alive_of(target.region(), id), kHelpers))
            asking.spawn(ask_helper(std::move(helper), target, answers, reached));
        co_await asking.join();
    }
    Link& link = links_[id];
    if (group_.token().cancelled() || link.misses < kMissesUntilFailed) co_return;
    if (reached) {
        link.misses = 0;
        co_return;
    }
    if (target.region() == config_.region) {
        if (answers == 0 && most_unreachable() && !suspects_itself_) {
            suspects_itself_ = true;
            log_.warn("most of the region is out of reach: this server no longer judges the others");
        }
        if (suspects_itself_ && !hears_majority()) co_return;
    }
    const MemberTable::Entry* maybe_entry = table_.find(id);
    if (!maybe_entry || maybe_entry->member.incarnation != target.incarnation || !table_.mark_failed(id, now()))
        co_return;
    log_.info("a member failed", {{"id", id}, {"name", target.name}});
    changed(id);
    spread(id, true);
}

Task<> Members::ask_helper(Member helper, Member target, size_t& answers, bool& reached) {
    const Limit limit = within(kHelperTimeout);
    const net::Address address = net::Address::tcp(helper.address, helper.port);
    Result<Channel> channel = co_await greet(address, helper.id, false, limit);
    if (!channel) co_return;
    Reach question{target.id, target.address, target.port};
    if (!co_await (*channel)->send(std::move(question), limit)) co_return;
    Result<Message> message = co_await (*channel)->receive(limit);
    if (!message) co_return;
    const Reached* maybe_answer = std::get_if<Reached>(&*message);
    if (!maybe_answer) co_return;
    ++answers;
    reached |= maybe_answer->Answered;
}

bool Members::most_unreachable() const {
    size_t all = 1, unreachable = 0;
    for (const auto& [id, entry] : table_.entries()) {
        if (entry.member.region() != config_.region || entry.member.status == MemberStatus::left) continue;
        ++all;
        const auto link = links_.find(id);
        const bool silent = link != links_.end() && link->second.misses >= kMissesUntilFailed;
        if (silent || entry.member.status == MemberStatus::failed) ++unreachable;
    }
    return unreachable * 2 > all;
}

bool Members::hears_majority() const {
    size_t all = 1, heard = 1;
    for (const auto& [id, entry] : table_.entries()) {
        if (entry.member.region() != config_.region || entry.member.status == MemberStatus::left) continue;
        ++all;
        const auto link = links_.find(id);
        if (!gone(entry.member.status) && link != links_.end() && link->second.misses == 0) ++heard;
    }
    return heard * 2 > all;
}

// A member that failed may be back, or may not know what is said of it.
Task<> Members::redial(std::string id) {
    const MemberTable::Entry* maybe_entry = table_.find(id);
    Link& link = links_[id];
    if (!maybe_entry || link.busy) co_return;
    link.busy = true;
    link.redial_at = now() + kRedialEvery;
    const Limit limit = within(kAnswerTimeout);
    const net::Address address = net::Address::tcp(maybe_entry->member.address, maybe_entry->member.port);
    Result<Channel> channel = co_await greet(address, id, false, limit);
    if (channel && !group_.token().cancelled()) {
        if (Result<> exchanged = co_await exchange(**channel, id, limit); !exchanged)
            log_.debug("an exchange failed", {{"id", id}, {"error", exchanged.error().message}});
    }
    links_[id].busy = false;
}

}  // namespace drover::raft
