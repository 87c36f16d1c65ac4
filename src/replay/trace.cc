#include "replay/trace.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "codec/describe.h"
#include "model/status.h"
#include "replay/behaviour.h"
#include "replay/records.h"
#include "replay/short_job.h"

namespace drover::replay {

DESCRIBE(TraceRow, FIELD(At), FIELD(Event), FIELD(ID), FIELD(Namespace), FIELD(Job), FIELD(File), FIELD(Type),
         FIELD(Count), FIELD(CPU), FIELD(Memory), FIELD(Disk), FIELD(Devices), FIELD(Priority), FIELD(RunFor),
         FIELD(FailPercent), FIELD(FailAfter), FIELD(Datacenter), FIELD(Pool), FIELD(Class), FIELD(Driver),
         FIELD(Group), FIELD(Node), FIELD(Deadline));

namespace {

using Kind = Event::Kind;

constexpr Duration kDrainDeadline = hours(1);

const std::map<std::string_view, Kind>& kinds() {
    static const std::map<std::string_view, Kind> kinds = {
        {"register", Kind::register_job}, {"stop", Kind::stop_job},      {"scale", Kind::scale_job},
        {"fail", Kind::fail_node},        {"return", Kind::return_node}, {"drain", Kind::drain_node},
        {"undrain", Kind::undrain_node},
    };
    return kinds;
}

Result<Duration> time_of(std::string_view field, const std::string& text) {
    Result<Duration> time = parse_duration(text);
    if (const auto number = parse_float(text); number && *number >= 0 && *number <= kLongest.seconds())
        time = nanoseconds(static_cast<int64_t>(*number * 1e9));
    if (!time || time->ns < 0 || *time > kLongest)
        return fail(wrong_field(field, quote(text) + " is no time: seconds, or \"1h30m\""));
    return time;
}

class Reader {
public:
    Reader(std::string_view name, const ReadFile& read_file) : name_(name), read_file_(read_file) {}

    Result<std::vector<Event>> read(std::string_view text) {
        auto rows = read_rows<TraceRow>(name_, text);
        if (!rows) return fail(rows.error());
        for (const auto& [line, row] : *rows) {
            if (auto added = add(line, row); !added) return fail(error_at(name_, line, added.error()));
            if (events_.size() > kMostEvents)
                return fail(error_at(name_, line, Error::bad_request("too many events in all")));
        }
        std::sort(events_.begin(), events_.end(),
                  [](const Event& a, const Event& b) { return a.at != b.at ? a.at < b.at : a.order < b.order; });
        return std::move(events_);
    }

private:
    Result<> add(size_t line, const TraceRow& row) {
        if (row.At.empty()) return fail(wrong_field("At", "missing"));
        const auto at = time_of("At", row.At);
        if (!at) return fail(at.error());
        const auto kind = kinds().find(row.Event);
        if (kind == kinds().end())
            return fail(wrong_field(
                "Event", quote(row.Event) + " is none of register, stop, scale, fail, return, drain, undrain"));
        Event event;
        event.at = *at, event.line = line, event.kind = kind->second;
        event.ns = row.Namespace.value_or(std::string(kUsualNamespace)), event.job_id = row.ID, event.group = row.Group,
        event.nodes = row.Node;
        if (event.kind == Kind::register_job) return add_registration(std::move(event), row);
        if (event.kind == Kind::stop_job || event.kind == Kind::scale_job) {
            if (row.ID.empty()) return fail(wrong_field("ID", "missing"));
            if (event.kind == Kind::scale_job && !row.Count) return fail(wrong_field("Count", "missing"));
            event.count = row.Count.value_or(0);
        } else {
            if (row.Node.empty()) return fail(wrong_field("Node", "missing"));
            const auto deadline =
                row.Deadline.empty() ? Result<Duration>(kDrainDeadline) : time_of("Deadline", row.Deadline);
            if (!deadline) return fail(deadline.error());
            event.deadline = *deadline;
        }
        keep(std::move(event));
        return {};
    }

    void keep(Event event) {
        event.order = events_.size();
        events_.push_back(std::move(event));
    }

    // What runs until it is stopped gets the event that stops it.
    Result<> add_registration(Event event, TraceRow row) {
        for (const auto& [field, text] : {std::pair{"RunFor", &row.RunFor}, std::pair{"FailAfter", &row.FailAfter}}) {
            if (text->empty()) continue;
            const auto time = time_of(field, *text);
            if (!time) return fail(time.error());
            *text = to_string(*time);
        }
        auto job = job_of(row, read_file_);
        if (!job) return fail(job.error());
        event.job = std::move(*job);
        event.any_driver = !row.Job && row.File.empty() && row.Driver.empty();
        event.ns = event.job->Namespace, event.job_id = event.job->ID;
        const bool stays = event.job->Type == model::kJobTypeService || event.job->Type == model::kJobTypeSystem;
        Event stop;
        stop.line = event.line, stop.kind = Kind::stop_job;
        stop.ns = event.ns, stop.job_id = event.job_id;
        if (stays && !row.RunFor.empty()) stop.at = event.at + *parse_duration(row.RunFor);
        keep(std::move(event));
        if (stays && !row.RunFor.empty()) keep(std::move(stop));
        return {};
    }

    const std::string_view name_;
    const ReadFile& read_file_;
    std::vector<Event> events_;
};

}  // namespace

Result<std::vector<Event>> read_trace(std::string_view name, std::string_view text, const ReadFile& read_file) {
    return Reader(name, read_file).read(text);
}

}  // namespace drover::replay
