// The life of a member: its own record, its memory, and the spreading of news.
#include "raft/members.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/strings.h"

namespace drover::raft {

using net::Limit;
using net::Task;

namespace {

constexpr Duration kSaveMembersAfter = seconds(1);  // so that many changes are one save
constexpr Duration kSaveAgainAfter = seconds(1);
constexpr size_t kMaxRefusalsLogged = 1000;

Member own_record(const MembersConfig& config, uint64_t instance) {
    Member self;
    self.id = config.id;
    self.name = config.node_name + "." + config.region;
    self.tags = config.tags;
    self.tags["role"] = "nomad";
    self.tags["region"] = config.region;
    self.tags["id"] = config.id;
    if (config.expect > 0) self.tags["expect"] = std::to_string(config.expect);
    self.instance = instance;
    return self;
}

}  // namespace

Result<net::Address> parse_member_address(std::string_view text) {
    text = trim(text);
    if (const size_t at = text.find("provider="); at != std::string_view::npos) {
        std::string_view provider = text.substr(at + 9);
        provider = provider.substr(0, provider.find_first_of(" \t"));
        return fail(Error::bad_request("joining through a cloud's interface (provider " + quote(provider) +
                                       ") is not supported: name the servers' addresses"));
    }
    const Error bad = Error::bad_request("not an address of a server: " + quote(text));
    std::string_view host = text, port;
    if (!text.empty() && text[0] == '[') {
        const size_t end = text.find(']');
        if (end == std::string_view::npos) return fail(bad);
        host = text.substr(1, end - 1);
        const std::string_view rest = text.substr(end + 1);
        if (!rest.empty() && rest[0] != ':') return fail(bad);
        if (!rest.empty()) port = rest.substr(1);
        if (!rest.empty() && port.empty()) return fail(bad);
    } else if (const size_t colon = text.find(':'); colon != std::string_view::npos && colon == text.rfind(':')) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (port.empty()) return fail(bad);
    }
    std::optional<uint64_t> number = port.empty() ? kSerfPort : parse_uint(port);
    if (host.empty() || host.find_first_of(" \t/=") != std::string_view::npos || !number || *number == 0 ||
        *number > 65535)
        return fail(bad);
    return net::Address::tcp(std::string(host), static_cast<uint16_t>(*number));
}

Members::Members(net::Network& network, Rng& rng, MemberStore& store, MembersConfig config)
    : loop_(network.loop()),
      network_(network),
      rng_(rng),
      config_(std::move(config)),
      memory_(loop_, store),
      table_(own_record(config_, rng.next())),
      keys_(config_.keys),
      group_(loop_),
      dialled_(loop_),
      raise_(loop_),
      remember_(loop_),
      changes_(loop_) {}

Members::~Members() = default;

Task<Result<>> Members::start() {
    if (Result<> loaded = co_await memory_.load(); !loaded) co_return loaded;
    const uint64_t earlier = memory_.now().incarnation;
    wanted_incarnation_ = earlier + 1;
    const auto raise = [next = wanted_incarnation_](Remembered& r) { r.incarnation = next; };
    if (Result<> saved = co_await memory_.change(raise, Limit{}); !saved) {
        // Where a disk is full the server comes up as the one that it was, until there is room for the next number.
        if (earlier == 0 || saved.error().code != ErrorCode::too_large) co_return saved;
        log_.error("failed to remember this server's incarnation", {{"error", saved.error().message}});
    }
    Result<std::unique_ptr<net::Listener>> listener = network_.listen(config_.listen);
    if (!listener) co_return fail(listener.error());
    listener_ = std::move(*listener);

    Member& self = table_.mutable_self();
    self.incarnation = memory_.now().incarnation;
    self.address = config_.address.empty() ? listener_->local().host : config_.address;
    self.port = config_.port != 0 ? config_.port : listener_->local().port;
    const Remembered& before = memory_.now();
    if (!before.cluster_id.empty()) {
        self.tags[std::string(kClusterTag)] = before.cluster_id;
        table_.note_cluster(config_.region, before.cluster_id);
    }
    table_.remember(before.members, before.clusters, now());
    asked_all_ = config_.retry_join.empty();

    group_.spawn(keep_told());
    group_.spawn(keep_incarnation());
    if (wanted_incarnation_ > self.incarnation) raise_.notify();
    group_.spawn(keep_members());
    group_.spawn(accept_all());
    group_.spawn(watch_region());
    group_.spawn(watch_far());
    group_.spawn(exchange_rounds());
    if (!config_.retry_join.empty()) group_.spawn(retry_join());
    changed(self.id);
    co_return Result<>();
}

Task<> Members::stop() {
    group_.cancel(Error::canceled("the members are stopping"));
    if (listener_) listener_->close();
    co_await group_.join();
    links_.clear();
    listener_.reset();
}

void Members::observe(std::function<void(const Member&)> observer) { observers_.push_back(std::move(observer)); }

Task<> Members::keep_told() {
    const net::CancelToken cancel = group_.token();
    while (co_await changes_.wait(Limit{net::Deadline::never(), cancel})) {
        while (!changed_.empty()) {
            const Member member = std::move(changed_.front());
            changed_.pop_front();
            for (const auto& observer : observers_) observer(member);
        }
    }
}

void Members::set_tags(std::map<std::string, std::string> tags) {
    raise_self(0, [wanted = std::move(tags)](Member& self) {
        std::map<std::string, std::string> next = wanted;
        for (const std::string_view key : {std::string_view("role"), std::string_view("region"), std::string_view("id"),
                                           std::string_view("expect"), kClusterTag})
            if (auto own = self.tags.find(std::string(key)); own != self.tags.end()) next[own->first] = own->second;
        self.tags = std::move(next);
    });
}

Task<Result<>> Members::set_cluster_id(std::string cluster_id) {
    const std::string known = memory_.now().cluster_id;
    if (!known.empty() && known != cluster_id)
        co_return fail(Error::conflict("this server belongs to cluster " + known + " and cannot enter " + cluster_id));
    const std::string of_region = cluster_of(config_.region);
    if (!of_region.empty() && of_region != cluster_id)
        co_return fail(Error::conflict("region " + config_.region + " is known to be cluster " + of_region + ", not " +
                                       cluster_id));
    const std::string region = config_.region;
    const auto edit = [cluster_id, region](Remembered& r) {
        r.cluster_id = cluster_id;
        r.clusters[region] = cluster_id;
    };
    if (Result<> saved = co_await memory_.change(edit, Limit{}); !saved) co_return saved;
    table_.note_cluster(config_.region, cluster_id);
    if (self().tag(kClusterTag) != cluster_id)
        raise_self(0, [cluster_id](Member& self) { self.tags[std::string(kClusterTag)] = cluster_id; });
    co_return Result<>();
}

std::string Members::cluster_of(const std::string& region) const {
    auto found = table_.clusters().find(region);
    return found == table_.clusters().end() ? std::string() : found->second;
}

void Members::raise_self(uint64_t at_least, std::function<void(Member&)> maybe_edit) {
    wanted_incarnation_ = std::max({wanted_incarnation_, at_least, self().incarnation + 1});
    if (maybe_edit) wanted_edits_.push_back(std::move(maybe_edit));
    raise_.notify();
}

// A new incarnation lasts on the disk before anybody hears of it.
Task<> Members::keep_incarnation() {
    const net::CancelToken cancel = group_.token();
    while (co_await raise_.wait(Limit{net::Deadline::never(), cancel})) {
        while (wanted_incarnation_ > self().incarnation) {
            const uint64_t next = wanted_incarnation_;
            const auto edit = [next](Remembered& r) { r.incarnation = next; };
            Result<> saved = co_await memory_.change(edit, Limit{net::Deadline::never(), cancel});
            if (!saved) {
                log_.error("failed to remember this server's incarnation", {{"error", saved.error().message}});
                if (!co_await loop_.sleep(kSaveAgainAfter, cancel)) co_return;
                continue;
            }
            Member& self = table_.mutable_self();
            self.incarnation = next;
            for (const auto& apply : std::exchange(wanted_edits_, {})) apply(self);
            changed(self.id);
            spread(self.id, true);
        }
    }
}

Task<> Members::keep_members() {
    const net::CancelToken cancel = group_.token();
    while (co_await remember_.wait(Limit{net::Deadline::never(), cancel})) {
        if (!co_await loop_.sleep(kSaveMembersAfter, cancel)) co_return;
        const std::vector<MemberRecord> members = table_.to_remember(now());
        const std::map<std::string, std::string> clusters = table_.clusters();
        const auto edit = [&](Remembered& r) {
            r.members = members;
            for (const auto& [region, cluster] : clusters) r.clusters.emplace(region, cluster);
        };
        Result<> saved = co_await memory_.change(edit, Limit{net::Deadline::never(), cancel});
        if (!saved) log_.warn("failed to remember the other members", {{"error", saved.error().message}});
    }
}

void Members::changed(const std::string& id) {
    const MemberTable::Entry* maybe_entry = table_.find(id);
    if (id != self().id && !maybe_entry) return;
    changed_.push_back(maybe_entry ? maybe_entry->member : self());
    changes_.notify();
    remember_.notify();
    if (!maybe_entry) return;
    Link& link = links_[id];
    link.misses = 0;
    if (gone(maybe_entry->member.status)) {
        if (!link.busy) link.channel.reset();
        link.redial_at = now() + kRedialEvery;
    }
}

void Members::spread(const std::string& id, bool wide) {
    std::optional<MemberRecord> record = table_.told(id, now());
    if (!record) return;
    const bool alive_again = record->Status == static_cast<uint8_t>(MemberStatus::alive);
    for (const Member& near : alive(true)) {
        if (near.id == id && alive_again) continue;
        Link& link = links_[near.id];
        link.to_tell[id] = *record;
        if (!link.busy) group_.spawn(ping(near.id));
    }
    if (!wide) return;
    for (const std::string& region : far_regions()) {
        for (Member& far : some(alive_of(region, id), kFarPings)) group_.spawn(tell(std::move(far), {*record}));
    }
}

Task<> Members::tell(Member member, std::vector<MemberRecord> records) {
    const Limit limit = within(kAnswerTimeout);
    Result<Channel> channel = co_await greet(net::Address::tcp(member.address, member.port), member.id, false, limit);
    if (!channel) co_return;
    for (MemberList& part : split_list(std::move(records))) {
        Change change{std::move(part.Members)};
        if (!co_await (*channel)->send(std::move(change), limit)) co_return;
    }
}

void Members::hear(const std::vector<MemberRecord>& records, const std::string& from, bool wide) {
    for (const MemberRecord& record : records) {
        const Heard heard = record.ID == from ? Heard::directly : Heard::from_others;
        const MemberTable::Judgement judgement = table_.merge(record, heard, now());
        switch (judgement.verdict) {
            case Verdict::nothing: break;
            case Verdict::changed:
                changed(record.ID);
                spread(record.ID, wide);
                break;
            case Verdict::verify:
            case Verdict::ask:
                if (verifying_.size() < kMaxVerifying && verifying_.insert(record.ID).second)
                    group_.spawn(verify(record));
                break;
            case Verdict::refuted:
                if (judgement.incarnation <= kMaxIncarnation) raise_self(judgement.incarnation);
                break;
            case Verdict::refused: log_refusal(record, judgement.text); break;
        }
    }
}

// Somebody's view of this server is put right if it is as new as what this server says of itself, or newer.
void Members::hear_view(const MemberView& view) {
    if (view.ID != self().id || view.Incarnation < self().incarnation) return;
    const bool right = view.Incarnation == self().incarnation && view.Status == static_cast<uint8_t>(self().status);
    if (!right && view.Incarnation < kMaxIncarnation) raise_self(view.Incarnation + 1);
}

// Once for each: refused members are heard of again and again.
void Members::log_refusal(const MemberRecord& report, const std::string& text) {
    if (refused_.size() >= kMaxRefusalsLogged) refused_.clear();
    if (!refused_.insert(report.ID + " " + report.Addr + " " + text).second) return;
    log_.warn("refused a member", {{"id", report.ID},
                                   {"name", report.Name},
                                   {"address", report.Addr + ":" + std::to_string(report.Port)},
                                   {"reason", text}});
}

void Members::forget_links() {
    std::erase_if(links_, [&](const auto& item) {
        return !item.second.busy && !item.second.judged && table_.find(item.first) == nullptr;
    });
}

std::vector<Member> Members::alive(bool near, std::string_view except) const {
    std::vector<Member> found;
    for (const auto& [id, entry] : table_.entries()) {
        if (gone(entry.member.status) || id == except) continue;
        if ((entry.member.region() == config_.region) == near) found.push_back(entry.member);
    }
    return found;
}

std::vector<Member> Members::alive_of(const std::string& region, std::string_view except) const {
    std::vector<Member> found;
    for (const auto& [id, entry] : table_.entries()) {
        if (gone(entry.member.status) || id == except) continue;
        if (entry.member.region() == region) found.push_back(entry.member);
    }
    return found;
}

std::vector<Member> Members::some(std::vector<Member> from, size_t count) {
    for (size_t i = 0; i < from.size() && i < count; ++i) std::swap(from[i], from[i + rng_.below(from.size() - i)]);
    if (from.size() > count) from.resize(count);
    return from;
}

std::set<std::string> Members::far_regions() const {
    std::set<std::string> regions;
    for (const Member& member : alive(false)) regions.insert(member.region());
    return regions;
}

}  // namespace drover::raft
