// What operators do with members: leaving, declaring others left, and the keys of all.
#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "raft/members.h"

namespace drover::raft {

using net::Limit;
using net::Task;

// A name may be that of a server and of the one that it replaced: the one that has not left is meant.
const MemberTable::Entry* Members::find_named(const std::string& name) const {
    const MemberTable::Entry* maybe_found = nullptr;
    for (const auto& [id, entry] : table_.entries()) {
        const Member& member = entry.member;
        if (member.name != name && member.name != name + "." + config_.region && id != name) continue;
        if (!maybe_found || maybe_found->member.status == MemberStatus::left) maybe_found = &entry;
    }
    return maybe_found;
}

Task<Result<>> Members::force_leave(std::string name, bool prune, Limit limit) {
    if (name == self().name || name == config_.node_name)
        co_return fail(Error::conflict("member " + name + " is alive: it is this server"));
    const MemberTable::Entry* maybe_entry = find_named(name);
    if (!maybe_entry) co_return fail(Error::not_found("no member is named " + quote(name)));
    const Member member = maybe_entry->member;
    if (member.status != MemberStatus::left) {
        limit.deadline = std::min(limit.deadline, loop_.in(kPingTimeout));
        Result<Ack> ack = co_await probe(net::Address::tcp(member.address, member.port), limit);
        if (ack && ack->ID == member.id)
            co_return fail(Error::conflict("member " + name + " is alive: it would refute that it has left"));
    }
    if (table_.mark_left(member.id, prune, now())) {
        log_.info("a member was declared left", {{"id", member.id}, {"name", member.name}});
        changed(member.id);
        spread(member.id, true);
    }
    co_return Result<>();
}

namespace {

Task<> tell_left(Task<> telling) { co_await std::move(telling); }

}  // namespace

Task<> Members::leave(Limit limit) {
    if (self().status != MemberStatus::alive) co_return;
    Member& self = table_.mutable_self();
    self.status = MemberStatus::leaving;
    changed(self.id);
    const uint64_t next = std::max(wanted_incarnation_, self.incarnation) + 1;
    const auto edit = [next](Remembered& r) { r.incarnation = next; };
    if (Result<> saved = co_await memory_.change(edit, limit); !saved)
        log_.warn("failed to remember this server's incarnation", {{"error", saved.error().message}});
    self.incarnation = next;
    wanted_incarnation_ = std::max(wanted_incarnation_, next);
    self.status = MemberStatus::left;
    const MemberRecord record = to_record(self, {});
    net::TaskGroup telling(loop_, group_.token());
    for (const bool near : {true, false})
        for (Member& member : alive(near)) telling.spawn(tell_left(tell(std::move(member), {record})));
    co_await telling.join();
    changed(self.id);
}

Task<KeyAnswer> Members::answer_keys(KeyRequest request) {
    KeyAnswer answer;
    KeyRing next = keys_;
    Result<> done;
    switch (static_cast<KeyOperation>(request.Operation)) {
        case KeyOperation::list: break;
        case KeyOperation::install: done = next.install(request.Key); break;
        case KeyOperation::use: done = next.use(request.Key); break;
        case KeyOperation::remove: done = next.remove(request.Key); break;
    }
    if (keys_.empty()) done = fail(Error::bad_request("no keyring available: encryption is not enabled"));
    if (done && next.keys() != keys_.keys() && config_.maybe_save_keys) done = co_await config_.maybe_save_keys(next);
    if (done) {
        keys_ = std::move(next);
        for (const std::string& key : keys_.encoded()) answer.Keys.push_back(key);
    } else {
        answer.Error = done.error().message;
    }
    co_return answer;
}

Task<> Members::tell_key(Member member, KeyRequest request, Limit limit, Result<KeyAnswer>& answer) {
    Result<Channel> channel = co_await greet(net::Address::tcp(member.address, member.port), member.id, false, limit);
    if (!channel) {
        answer = fail(channel.error());
        co_return;
    }
    if (Result<> sent = co_await (*channel)->send(std::move(request), limit); !sent) {
        answer = fail(sent.error());
        co_return;
    }
    Result<Message> message = co_await (*channel)->receive(limit);
    if (!message) {
        answer = fail(message.error());
    } else if (KeyAnswer* maybe_answer = std::get_if<KeyAnswer>(&*message)) {
        answer = std::move(*maybe_answer);
    } else {
        answer = fail(Error::bad_request("an answer of another kind"));
    }
}

Task<KeyReport> Members::ask_keys(KeyRequest request, Limit limit) {
    std::vector<Member> asked = alive(true);
    for (Member& far : alive(false)) asked.push_back(std::move(far));
    std::vector<Result<KeyAnswer>> answers(asked.size());
    {
        net::TaskGroup asking(loop_, group_.token());
        for (size_t i = 0; i < asked.size(); ++i) asking.spawn(tell_key(asked[i], request, limit, answers[i]));
        co_await asking.join();
    }
    asked.push_back(self());
    answers.push_back(co_await answer_keys(request));
    KeyReport report;
    report.nodes = asked.size();
    for (size_t i = 0; i < asked.size(); ++i) {
        if (!answers[i]) {
            report.messages[asked[i].name] = answers[i].error().message;
        } else if (!answers[i]->Error.empty()) {
            report.messages[asked[i].name] = answers[i]->Error;
        } else {
            for (const std::string& key : answers[i]->Keys) ++report.keys[key];
            if (!answers[i]->Keys.empty()) ++report.primary_keys[answers[i]->Keys.front()];
        }
    }
    co_return report;
}

Task<Result<KeyReport>> Members::keys(KeyOperation operation, std::string key, Limit limit) {
    if (keys_.empty()) co_return fail(Error::bad_request("no keyring available: encryption is not enabled"));
    if (operation != KeyOperation::list)
        if (Result<std::string> raw = KeyRing::decode_key(key); !raw) co_return fail(raw.error());
    const KeyRequest listing{static_cast<uint8_t>(KeyOperation::list), {}};
    if (operation == KeyOperation::use || operation == KeyOperation::remove) {
        const KeyReport before = co_await ask_keys(listing, limit);
        const auto held = before.keys.find(key);
        const bool everywhere = held != before.keys.end() && held->second == before.nodes;
        if (operation == KeyOperation::use && !everywhere)
            co_return fail(Error::conflict("not every alive member has this key: install it first"));
        if (operation == KeyOperation::remove && before.primary_keys.contains(key))
            co_return fail(Error::conflict("this key is the primary of a member: use another one first"));
        if (operation == KeyOperation::remove && !before.messages.empty())
            co_return fail(Error::conflict("not every alive member says which key is its primary: " +
                                           before.messages.begin()->first + ": " + before.messages.begin()->second));
    }
    co_return co_await ask_keys(KeyRequest{static_cast<uint8_t>(operation), std::move(key)}, limit);
}

}  // namespace drover::raft
