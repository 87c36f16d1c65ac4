#include "raft/member_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <utility>
#include "net/stream.h"

#include "base/assert.h"

namespace drover::raft {
namespace {

using Judgement = MemberTable::Judgement;
using Verdict = MemberTable::Verdict;

std::string tag(const MemberRecord& record, std::string_view key) {
    const std::string* value = record.Tags.get(key);
    return value ? *value : std::string();
}

Judgement refuse(RefusalReason reason, std::string text) {
    Judgement judgement;
    judgement.verdict = Verdict::refused;
    judgement.reason = reason;
    judgement.text = std::move(text);
    return judgement;
}

Judgement plain(Verdict verdict) {
    Judgement judgement;
    judgement.verdict = verdict;
    return judgement;
}

Judgement ask(const Member& holder, RefusalReason reason, std::string text) {
    Judgement judgement;
    judgement.verdict = Verdict::ask;
    judgement.holder = holder;
    judgement.reason = reason;
    judgement.text = std::move(text);
    return judgement;
}

std::string place(const std::string& address, uint16_t port) {
    return net::to_string(net::Address::tcp(address, port));
}
std::string place(const Member& member) { return place(member.address, member.port); }

bool moved(const Member& member, const MemberRecord& report) {
    return member.address != report.Addr || member.port != report.Port;
}

}  // namespace

int precedence(MemberStatus status) {
    switch (status) {
        case MemberStatus::alive: return 0;
        case MemberStatus::leaving: return 1;
        case MemberStatus::failed: return 2;
        case MemberStatus::left: return 3;
    }
    return 0;
}

bool gone(MemberStatus status) { return status == MemberStatus::failed || status == MemberStatus::left; }

MemberTable::MemberTable(Member self) : self_(std::move(self)) {}

Judgement MemberTable::merge(const MemberRecord& report, Heard heard, Duration now, bool vouched, Holder holder) {
    if (report.ID == self_.id) return merge_self(report);
    if (tag(report, "role") != "nomad")
        return refuse(RefusalReason::other, "it is not a server: its role is not nomad");
    if (tag(report, "region").empty()) return refuse(RefusalReason::region, "it names no region");
    if (std::optional<Judgement> conflict = cluster_conflict(report)) return *conflict;
    auto known = entries_.find(report.ID);
    Judgement judgement = known == entries_.end() ? merge_new(report, heard, now, vouched, holder)
                                                  : merge_known(known->second, report, heard, now, holder);
    if (judgement.verdict == Verdict::changed || (judgement.verdict == Verdict::nothing && heard == Heard::directly))
        note_cluster(tag(report, "region"), tag(report, kClusterTag));
    return judgement;
}

// An own record of before a restart has a lower incarnation: those are raised at each start.
Judgement MemberTable::merge_self(const MemberRecord& report) const {
    const Member told = to_member(report);
    if (report.Incarnation < self_.incarnation) return plain(Verdict::nothing);
    const bool same = told.status == self_.status && told.tags == self_.tags && told.address == self_.address &&
                      told.port == self_.port && told.instance == self_.instance && told.name == self_.name;
    if (report.Incarnation == self_.incarnation && same) return plain(Verdict::nothing);
    Judgement judgement = plain(Verdict::refuted);
    judgement.incarnation = report.Incarnation + 1;
    return judgement;
}

std::optional<Judgement> MemberTable::cluster_conflict(const MemberRecord& report) const {
    const std::string region = tag(report, "region"), theirs = tag(report, kClusterTag);
    auto known = clusters_.find(region);
    if (theirs.empty() || known == clusters_.end() || known->second == theirs) return std::nullopt;
    return refuse(RefusalReason::cluster, "two clusters claim region " + region + ": " + report.Name + " at " +
                                              place(report.Addr, report.Port) + " belongs to " + theirs +
                                              ", known here (" + self_.name + " at " + place(self_) + ") is " +
                                              known->second + "; an emptied data folder is the only way over");
}

const MemberTable::Entry* MemberTable::holder_of_name(const MemberRecord& report) const {
    for (const auto& [id, entry] : entries_)
        if (id != report.ID && entry.member.name == report.Name && entry.member.status != MemberStatus::left)
            return &entry;
    return nullptr;
}

Judgement MemberTable::merge_new(const MemberRecord& report, Heard heard, Duration now, bool vouched, Holder holder) {
    const MemberStatus status = static_cast<MemberStatus>(report.Status);
    if (heard == Heard::from_others && gone(status) && report.Age > kForgetAfter) return plain(Verdict::nothing);
    if (heard == Heard::directly && !vouched && !knows_region(tag(report, "region")))
        return refuse(RefusalReason::region, "region " + tag(report, "region") + " has not joined here");
    if (report.Name == self_.name)
        return refuse(RefusalReason::name, "the name " + report.Name + " is that of the server at " + place(self_));
    if (entries_.size() + 1 >= kMaxMembers) return refuse(RefusalReason::full, "there are too many members");
    if (heard == Heard::from_others && !gone(status)) return plain(Verdict::verify);
    const Entry* maybe_namesake = gone(status) ? nullptr : holder_of_name(report);
    if (maybe_namesake && maybe_namesake->member.status != MemberStatus::failed) {
        if (holder == Holder::unasked)
            return ask(maybe_namesake->member, RefusalReason::name,
                       "the name " + report.Name + " is that of the server at " + place(maybe_namesake->member));
    }
    if (maybe_namesake) mark_left(maybe_namesake->member.id, false, now);
    return take(entries_[report.ID], report, now);
}

Judgement MemberTable::merge_known(Entry& entry, const MemberRecord& report, Heard heard, Duration now, Holder holder) {
    const MemberStatus theirs = static_cast<MemberStatus>(report.Status), ours = entry.member.status;
    const bool newer =
        report.Incarnation > entry.member.incarnation ||
        (entry.remembered && (heard == Heard::directly || report.Incarnation == entry.member.incarnation));
    const bool worse = report.Incarnation == entry.member.incarnation && precedence(theirs) > precedence(ours);
    if (!gone(theirs)) {
        if (moved(entry.member, report)) {
            if (!newer && heard == Heard::from_others) return plain(Verdict::nothing);
            if (heard == Heard::from_others) return plain(Verdict::verify);
            if (holder == Holder::unasked)
                return ask(entry.member, RefusalReason::cloned,
                           "data folder in use by " + place(entry.member) + ": cloned?");
        }
        if (newer && heard == Heard::from_others && gone(ours)) return plain(Verdict::verify);
        if (newer && gone(ours) && holder == Holder::unasked) {
            const Entry* maybe_namesake = holder_of_name(report);
            if (maybe_namesake && !gone(maybe_namesake->member.status))
                return ask(maybe_namesake->member, RefusalReason::name,
                           "the name " + report.Name + " is that of the server at " + place(maybe_namesake->member));
        }
    }
    if (!newer && !worse) {
        // Gone again, and to be shown no longer: that much travels at the same incarnation.
        if (report.Pruned && !entry.pruned && ours == MemberStatus::left && theirs == MemberStatus::left &&
            report.Incarnation == entry.member.incarnation) {
            entry.pruned = true;
            return plain(Verdict::changed);
        }
        return plain(Verdict::nothing);
    }
    return take(entry, report, now);
}

Judgement MemberTable::take(Entry& entry, const MemberRecord& report, Duration now) {
    const MemberStatus before = entry.member.status;
    const bool fresh = entry.member.id.empty() || entry.remembered;
    entry.member = to_member(report);
    entry.pruned = report.Pruned && entry.member.status == MemberStatus::left;
    entry.remembered = false;
    if (fresh || before != entry.member.status) entry.since = now - std::min(report.Age, kForgetAfter);
    return plain(Verdict::changed);
}

void MemberTable::remember(const std::vector<MemberRecord>& records, const std::map<std::string, std::string>& clusters,
                           Duration now) {
    for (const auto& [region, cluster] : clusters) note_cluster(region, cluster);
    for (const MemberRecord& record : records) {
        if (record.ID == self_.id || entries_.size() + 1 >= kMaxMembers) continue;
        Entry& entry = entries_[record.ID];
        entry.member = to_member(record);
        entry.pruned = record.Pruned;
        entry.since = now - std::min(record.Age, kForgetAfter);
        if (entry.member.status == MemberStatus::left) continue;
        if (!gone(entry.member.status)) entry.since = now;
        entry.member.status = MemberStatus::failed;
        entry.remembered = true;
    }
}

bool MemberTable::mark_failed(std::string_view id, Duration now) {
    auto found = entries_.find(id);
    if (found == entries_.end() || gone(found->second.member.status)) return false;
    Entry& entry = found->second;
    // Who was on its way out has gone.
    entry.member.status = entry.member.status == MemberStatus::leaving ? MemberStatus::left : MemberStatus::failed;
    entry.since = now;
    return true;
}

bool MemberTable::mark_left(std::string_view id, bool prune, Duration now) {
    auto found = entries_.find(id);
    if (found == entries_.end()) return false;
    Entry& entry = found->second;
    if (entry.member.status == MemberStatus::left && (entry.pruned || !prune)) return false;
    if (entry.member.status != MemberStatus::left) entry.since = now;
    entry.member.status = MemberStatus::left;
    entry.pruned |= prune;
    entry.remembered = false;
    return true;
}

size_t MemberTable::forget_old(Duration now) {
    return std::erase_if(entries_, [&](const auto& item) {
        return gone(item.second.member.status) && now - item.second.since >= kForgetAfter;
    });
}

const MemberTable::Entry* MemberTable::find(std::string_view id) const {
    auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second;
}

MemberView MemberTable::view_of(std::string_view id) const {
    const Entry* maybe_entry = find(id);
    if (!maybe_entry || maybe_entry->remembered) return {};
    return {maybe_entry->member.id, maybe_entry->member.incarnation, static_cast<uint8_t>(maybe_entry->member.status)};
}

std::vector<Member> MemberTable::shown() const {
    std::vector<Member> all{self_};
    for (const auto& [id, entry] : entries_)
        if (!entry.pruned) all.push_back(entry.member);
    std::sort(all.begin(), all.end(),
              [](const Member& a, const Member& b) { return std::tie(a.name, a.id) < std::tie(b.name, b.id); });
    return all;
}

std::optional<MemberRecord> MemberTable::told(std::string_view id, Duration now) const {
    if (id == self_.id) return to_record(self_, {});
    const Entry* maybe_entry = find(id);
    if (!maybe_entry || maybe_entry->remembered) return std::nullopt;
    MemberRecord record = to_record(maybe_entry->member, now - maybe_entry->since);
    record.Pruned = maybe_entry->pruned;
    return record;
}

std::vector<MemberRecord> MemberTable::told(Duration now) const {
    std::vector<MemberRecord> records{to_record(self_, {})};
    for (const auto& [id, entry] : entries_)
        if (std::optional<MemberRecord> record = told(id, now)) records.push_back(std::move(*record));
    return records;
}

std::vector<MemberRecord> MemberTable::to_remember(Duration now) const {
    std::vector<MemberRecord> records;
    for (const auto& [id, entry] : entries_) {
        records.push_back(to_record(entry.member, now - entry.since));
        records.back().Pruned = entry.pruned;
    }
    return records;
}

bool MemberTable::knows_region(const std::string& region) const {
    if (region == self_.region() || clusters_.contains(region)) return true;
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const auto& item) { return item.second.member.region() == region; });
}

void MemberTable::note_cluster(const std::string& region, const std::string& cluster) {
    if (!cluster.empty()) clusters_.emplace(region, cluster);
}

}  // namespace drover::raft
