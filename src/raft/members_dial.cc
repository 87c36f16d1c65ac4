// Connections to other members: greeting, joining, exchanging what is known.
#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "raft/members.h"

namespace drover::raft {

using net::Limit;
using net::Task;

namespace {

constexpr Duration kProbeTimeout = milliseconds(500);
// What greet() says of an address where this server itself answers.
constexpr std::string_view kItself = "this server itself answers there";

// Gives a place among the dials back.
class Turn {
public:
    Turn(size_t& taken, const net::Notify& freed) : taken_(taken), freed_(freed) { ++taken_; }
    ~Turn() {
        --taken_;
        freed_.notify();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    size_t& taken_;
    const net::Notify& freed_;
};

Limit at_most(net::Loop& loop, Limit limit, Duration d) {
    limit.deadline = std::min(limit.deadline, loop.in(d));
    return limit;
}

}  // namespace

Task<Result<Members::Channel>> Members::connect(net::Address address, Limit limit) {
    while (dials_ >= kMaxDials) {
        if (Result<> waited = co_await dialled_.wait(limit); !waited) co_return fail(waited.error());
    }
    const Turn turn(dials_, dialled_);
    Result<std::unique_ptr<net::Stream>> stream = co_await network_.dial(address, limit);
    if (!stream) co_return fail(stream.error());
    co_return co_await MemberChannel::dialled(std::move(*stream), keys_, hello_random(rng_), limit);
}

Task<Result<Members::Channel>> Members::greet(net::Address address, std::string id, bool join, Limit limit) {
    Result<Channel> channel = co_await connect(std::move(address), limit);
    if (!channel) co_return channel;
    Hail hail{to_record(self(), {}), join, table_.view_of(id)};
    if (Result<> sent = co_await (*channel)->send(std::move(hail), limit); !sent) co_return fail(sent.error());
    Result<Message> message = co_await (*channel)->receive(at_most(loop_, limit, kAnswerTimeout));
    if (!message) co_return fail(message.error());
    if (const Refusal* maybe_refusal = std::get_if<Refusal>(&*message)) {
        const RefusalReason reason = static_cast<RefusalReason>(maybe_refusal->Reason);
        if (reason == RefusalReason::self) co_return fail(Error::conflict(std::string(kItself)));
        const Error refused = Error::conflict("refused: " + maybe_refusal->Text);
        log_.error(
            "a member refuses this server",
            {{"by", maybe_refusal->ID}, {"its_cluster", maybe_refusal->Cluster}, {"reason", maybe_refusal->Text}});
        if (reason == RefusalReason::cloned && config_.on_fatal) config_.on_fatal(Error::conflict(maybe_refusal->Text));
        co_return fail(refused);
    }
    const Welcome* maybe_welcome = std::get_if<Welcome>(&*message);
    if (!maybe_welcome) co_return fail(Error::bad_request("an answer of another kind"));
    const Welcome welcome = *maybe_welcome;
    if (!id.empty() && welcome.Self.ID != id)
        co_return fail(Error::conflict("another server answers there: " + welcome.Self.ID));
    Refusal refusal;
    if (Result<> admitted = co_await admit(welcome.Self, join || !id.empty(), limit, refusal); !admitted)
        co_return fail(admitted.error());
    hear_view(welcome.You);
    co_return channel;
}

Task<Result<>> Members::admit(MemberRecord report, bool vouched, Limit limit, Refusal& refusal) {
    MemberTable::Judgement judgement = table_.merge(report, Heard::directly, now(), vouched);
    if (judgement.verdict == Verdict::ask) {
        const bool holds = co_await holds_its_place(judgement.holder, report);
        if (limit.cancel.cancelled()) co_return fail(limit.cancel.reason());
        if (holds) {
            judgement.verdict = Verdict::refused;
        } else {
            judgement = table_.merge(report, Heard::directly, now(), vouched, MemberTable::Holder::silent);
        }
    }
    if (judgement.verdict == Verdict::changed) {
        changed(report.ID);
        const std::string* region = report.Tags.get("region");
        spread(report.ID, region && *region == config_.region);
    }
    if (judgement.verdict != Verdict::refused) co_return Result<>();
    log_refusal(report, judgement.text);
    refusal.Reason = static_cast<uint8_t>(judgement.reason);
    refusal.Text = judgement.text;
    refusal.ID = self().id;
    refusal.Cluster = cluster_of(config_.region);
    co_return fail(Error::conflict(judgement.text));
}

// Whether a known member answers at its address, as another process than the newcomer. As long as it takes to find a
// member failed, if it was alive.
Task<bool> Members::holds_its_place(Member holder, MemberRecord newcomer) {
    const size_t attempts = gone(holder.status) ? 1 : kMissesUntilFailed;
    for (size_t i = 0; i < attempts; ++i) {
        const net::Deadline next = loop_.in(kPingEvery);
        Result<Ack> ack = co_await probe(net::Address::tcp(holder.address, holder.port), within(kProbeTimeout));
        if (ack) co_return ack->ID == holder.id && (holder.id != newcomer.ID || ack->Instance != newcomer.Instance);
        if (i + 1 == attempts || next.at <= now()) continue;
        if (!co_await loop_.sleep(next.at - now(), group_.token())) co_return true;
    }
    co_return false;
}

Task<Result<Ack>> Members::probe(net::Address address, Limit limit) {
    Result<Channel> channel = co_await connect(std::move(address), limit);
    if (!channel) co_return fail(channel.error());
    if (Result<> sent = co_await (*channel)->send(MemberProbe{self().instance}, limit); !sent)
        co_return fail(sent.error());
    Result<Message> message = co_await (*channel)->receive(limit);
    if (!message) co_return fail(message.error());
    Ack* maybe_ack = std::get_if<Ack>(&*message);
    if (!maybe_ack) co_return fail(Error::bad_request("an answer of another kind"));
    co_return std::move(*maybe_ack);
}

Task<Result<>> Members::exchange(MemberChannel& channel, std::string with, Limit limit) {
    if (Result<> sent = co_await send_list(channel, limit); !sent) co_return sent;
    Result<Message> message = co_await channel.receive(limit);
    if (!message) co_return fail(message.error());
    MemberList* maybe_list = std::get_if<MemberList>(&*message);
    if (!maybe_list) co_return fail(Error::bad_request("an answer of another kind"));
    Result<std::vector<MemberRecord>> records = co_await receive_list(channel, std::move(*maybe_list), limit);
    if (!records) co_return fail(records.error());
    hear(*records, with, false);
    co_return Result<>();
}

Task<Result<>> Members::send_list(MemberChannel& channel, Limit limit) {
    for (MemberList& part : split_list(table_.told(now()))) {
        if (Result<> sent = co_await channel.send(std::move(part), limit); !sent) co_return sent;
    }
    co_return Result<>();
}

// All parts or nothing.
Task<Result<std::vector<MemberRecord>>> Members::receive_list(MemberChannel& channel, MemberList first, Limit limit) {
    std::vector<MemberRecord> records;
    MemberList part = std::move(first);
    for (;;) {
        if (records.size() + part.Members.size() > kMaxMembers || (part.Members.empty() && !part.Last))
            co_return fail(Error::bad_request("a list of too many members"));
        std::move(part.Members.begin(), part.Members.end(), std::back_inserter(records));
        if (part.Last) co_return records;
        Result<Message> message = co_await channel.receive(limit);
        if (!message) co_return fail(message.error());
        MemberList* maybe_next = std::get_if<MemberList>(&*message);
        if (!maybe_next) co_return fail(Error::bad_request("a list without an end"));
        part = std::move(*maybe_next);
    }
}

// The others learn of this server from the one that was joined, and from this server itself when it verifies them.
Task<Result<size_t>> Members::join(std::vector<std::string> addresses, Limit limit) {
    std::vector<Result<>> results(addresses.size());
    net::TaskGroup asking(loop_, group_.token());
    for (size_t i = 0; i < addresses.size(); ++i) asking.spawn(join_one(addresses[i], limit, results[i]));
    co_await asking.join();
    size_t joined = 0;
    std::vector<std::string> reasons;
    for (size_t i = 0; i < addresses.size(); ++i) {
        if (results[i]) {
            ++joined;
        } else {
            reasons.push_back(addresses[i] + ": " + results[i].error().message);
        }
    }
    if (joined == 0)
        co_return fail(Error::unavailable(reasons.empty() ? "no address to join" : drover::join(reasons, "; ")));
    co_return joined;
}

Task<> Members::join_one(std::string text, Limit limit, Result<>& result) {
    Result<net::Address> address = parse_member_address(text);
    if (!address) {
        result = fail(address.error());
        co_return;
    }
    limit = at_most(loop_, limit, kAnswerTimeout + kHelloTimeout);
    Result<Channel> channel = co_await greet(*address, {}, true, limit);
    if (!channel) {
        // Lists of servers usually name the one that reads them, too.
        if (channel.error().message != kItself) result = fail(channel.error());
        co_return;
    }
    result = co_await exchange(**channel, {}, limit);
}

// Hears a member that others told of, itself.
Task<> Members::verify(MemberRecord record) {
    const Limit limit = within(kAnswerTimeout);
    Result<Channel> channel = co_await greet(net::Address::tcp(record.Addr, record.Port), record.ID, false, limit);
    if (channel) {
        if (Result<> exchanged = co_await exchange(**channel, record.ID, limit); !exchanged)
            log_.debug("an exchange failed", {{"id", record.ID}, {"error", exchanged.error().message}});
    }
    verifying_.erase(record.ID);
}

bool Members::settled() const {
    if (!cluster_of(config_.region).empty()) return true;
    if (config_.expect <= 0) return false;
    int64_t ready = 1;
    for (const Member& member : alive(true)) ready += member.tag("expect") == std::to_string(config_.expect) ? 1 : 0;
    return ready >= config_.expect;
}

Task<> Members::retry_join() {
    const net::CancelToken cancel = group_.token();
    int64_t unanswered = 0;
    for (;;) {
        Result<size_t> joined =
            co_await join(config_.retry_join, within(std::max(config_.retry_interval, kAnswerTimeout)));
        if (cancel.cancelled()) co_return;
        asked_all_ = true;
        if (joined && settled()) co_return;
        if (!joined) {
            log_.warn("no server answers to retry_join", {{"error", joined.error().message}});
            if (++unanswered == config_.retry_max) {
                log_.error("retry_join gives up", {{"rounds", unanswered}});
                if (config_.on_fatal) config_.on_fatal(Error::unavailable("max join retry exhausted, exiting"));
                co_return;
            }
        }
        if (!co_await loop_.sleep(config_.retry_interval, cancel)) co_return;
    }
}

// Repairs what was lost on the way.
Task<> Members::exchange_rounds() {
    const net::CancelToken cancel = group_.token();
    // Not all servers at the same instant.
    Duration pause = nanoseconds(static_cast<int64_t>(rng_.below(static_cast<uint64_t>(kExchangeEvery.ns))));
    while (co_await loop_.sleep(pause, cancel)) {
        pause = kExchangeEvery;
        if (gone(self().status)) continue;
        for (const bool near : {true, false})
            for (Member& member : some(alive(near), 1)) group_.spawn(exchange_with(std::move(member)));
    }
}

Task<> Members::exchange_with(Member member) {
    const Limit limit = within(kAnswerTimeout);
    Result<Channel> channel = co_await greet(net::Address::tcp(member.address, member.port), member.id, false, limit);
    if (!channel) co_return;
    if (Result<> exchanged = co_await exchange(**channel, member.id, limit); !exchanged)
        log_.debug("an exchange failed", {{"id", member.id}, {"error", exchanged.error().message}});
}

Task<Result<BootAnswer>> Members::ask_boot(Member member, BootAsk ask, Limit limit) {
    Result<Channel> channel = co_await greet(net::Address::tcp(member.address, member.port), member.id, false, limit);
    if (!channel) co_return fail(channel.error());
    if (Result<> sent = co_await (*channel)->send(std::move(ask), limit); !sent) co_return fail(sent.error());
    Result<Message> message = co_await (*channel)->receive(limit);
    if (!message) co_return fail(message.error());
    BootAnswer* maybe_answer = std::get_if<BootAnswer>(&*message);
    if (!maybe_answer) co_return fail(Error::bad_request("an answer of another kind"));
    co_return std::move(*maybe_answer);
}

}  // namespace drover::raft
