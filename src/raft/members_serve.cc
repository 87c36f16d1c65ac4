// Connections that other members made.
#include <algorithm>
#include <utility>

#include "raft/members.h"

namespace drover::raft {

using net::Limit;
using net::Task;

namespace {

constexpr Duration kAcceptAgainAfter = seconds(1);

}  // namespace

Task<> Members::accept_all() {
    const net::CancelToken cancel = group_.token();
    for (;;) {
        Result<std::unique_ptr<net::Stream>> stream = co_await listener_->accept(Limit{net::Deadline::never(), cancel});
        if (cancel.cancelled()) co_return;
        if (!stream) {
            if (stream.error().code == ErrorCode::canceled) co_return;
            log_.warn("failed to accept a connection of a member", {{"error", stream.error().message}});
            if (!co_await loop_.sleep(kAcceptAgainAfter, cancel)) co_return;
            continue;
        }
        const auto of_address = accepted_of_.find((*stream)->peer().host);
        const bool crowded = of_address != accepted_of_.end() && of_address->second >= kMaxAcceptedOfAddress;
        if (accepted_ >= kMaxAccepted || crowded) continue;  // closed by leaving it
        group_.spawn(serve(std::move(*stream)));
    }
}

Task<> Members::serve(std::unique_ptr<net::Stream> stream) {
    const std::string host = stream->peer().host;
    ++accepted_;
    ++accepted_of_[host];
    Result<Channel> channel =
        co_await MemberChannel::accepted(std::move(stream), keys_, hello_random(rng_), within(kFirstFrameTimeout));
    Result<> served = channel ? co_await serve_member(**channel) : Result<>(fail(channel.error()));
    if (!served && served.error().code == ErrorCode::bad_request)
        log_.warn("closed the connection of a member", {{"address", host}, {"error", served.error().message}});
    if (channel) channel->reset();
    --accepted_;
    if (--accepted_of_[host] == 0) accepted_of_.erase(host);
}

Task<Result<>> Members::serve_member(MemberChannel& channel) {
    Result<Message> message = co_await channel.receive(within(kFirstFrameTimeout));
    if (!message) co_return fail(message.error());
    if (std::holds_alternative<MemberProbe>(*message))
        co_return co_await channel.send(ack_for({}), within(kAnswerTimeout));
    Hail* maybe_hail = std::get_if<Hail>(&*message);
    if (!maybe_hail) co_return fail(Error::bad_request("a connection that begins with neither hail nor probe"));
    const std::string from = maybe_hail->Self.ID;
    if (Result<> welcomed = co_await welcome(channel, std::move(*maybe_hail)); !welcomed) co_return welcomed;
    for (;;) {
        message = co_await channel.receive(within(kIdleTimeout));
        if (!message) co_return fail(message.error());
        if (Result<> answered = co_await answer(channel, std::move(*message), from); !answered) co_return answered;
    }
}

Task<Result<>> Members::welcome(MemberChannel& channel, Hail hail) {
    Refusal refusal;
    Result<> admitted;
    if (hail.Self.ID == self().id) {
        const bool itself = hail.Self.Instance == self().instance;
        refusal.Reason = static_cast<uint8_t>(itself ? RefusalReason::self : RefusalReason::cloned);
        refusal.ID = self().id;
        const std::string here = net::to_string(net::Address::tcp(self().address, self().port));
        refusal.Text = itself ? "this is yourself" : "data folder in use by " + here + ": cloned?";
        admitted = fail(Error::conflict(refusal.Text));
        if (!itself) log_refusal(hail.Self, refusal.Text);
    } else {
        admitted = co_await admit(hail.Self, hail.Join, within(kAnswerTimeout), refusal);
    }
    if (!admitted) {
        if (Result<> sent = co_await channel.send(std::move(refusal), within(kAnswerTimeout)); !sent) co_return sent;
        co_return admitted;
    }
    hear_view(hail.You);
    Welcome answer{to_record(self(), {}), table_.view_of(hail.Self.ID)};
    co_return co_await channel.send(std::move(answer), within(kAnswerTimeout));
}

Ack Members::ack_for(const std::string& id) const {
    Ack ack;
    ack.ID = self().id;
    ack.Instance = self().instance;
    ack.Incarnation = self().incarnation;
    ack.You = table_.view_of(id);
    return ack;
}

Task<Result<>> Members::answer_ping(MemberChannel& channel, Ping ping, std::string from) {
    hear_view(ping.You);
    Ack ack = ack_for(from);
    const MemberView right{self().id, self().incarnation, static_cast<uint8_t>(self().status)};
    if (ping.You != right) ack.Self = to_record(self(), {});
    co_return co_await channel.send(std::move(ack), within(kPingTimeout));
}

Task<Result<>> Members::answer(MemberChannel& channel, Message message, std::string from) {
    const Limit limit = within(kAnswerTimeout);
    if (Ping* maybe_ping = std::get_if<Ping>(&message)) {
        co_return co_await answer_ping(channel, std::move(*maybe_ping), std::move(from));
    }
    if (Change* maybe_change = std::get_if<Change>(&message)) {
        hear(maybe_change->Members, from, false);
        co_return Result<>();
    }
    if (MemberList* maybe_list = std::get_if<MemberList>(&message)) {
        Result<std::vector<MemberRecord>> records = co_await receive_list(channel, std::move(*maybe_list), limit);
        if (!records) co_return fail(records.error());
        hear(*records, from, false);
        co_return co_await send_list(channel, limit);
    }
    if (const Reach* maybe_reach = std::get_if<Reach>(&message)) {
        // Only members are dialled at somebody's word.
        const std::string id = maybe_reach->ID;
        const MemberTable::Entry* maybe_entry = table_.find(id);
        const bool known = maybe_entry && maybe_entry->member.address == maybe_reach->Addr &&
                           maybe_entry->member.port == maybe_reach->Port;
        Result<Ack> ack = fail(Error::not_found("unknown member"));
        if (known) ack = co_await probe(net::Address::tcp(maybe_reach->Addr, maybe_reach->Port), within(kPingTimeout));
        co_return co_await channel.send(Reached{ack && ack->ID == id}, limit);
    }
    if (KeyRequest* maybe_request = std::get_if<KeyRequest>(&message)) {
        KeyAnswer answer = co_await answer_keys(std::move(*maybe_request));
        co_return co_await channel.send(std::move(answer), limit);
    }
    if (BootAsk* maybe_ask = std::get_if<BootAsk>(&message)) {
        BootAnswer answer;
        answer.Error = "this server does not bootstrap";
        answer.Stage = static_cast<uint8_t>(BootStage::deciding);  // it cannot tell
        answer.Cluster = cluster_id();
        if (answer_boot_) answer = co_await answer_boot_(std::move(*maybe_ask));
        co_return co_await channel.send(std::move(answer), limit);
    }
    co_return fail(Error::bad_request("a message that is no question"));
}

}  // namespace drover::raft
