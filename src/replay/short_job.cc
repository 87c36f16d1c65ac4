#include "replay/short_job.h"

#include <utility>

#include "base/strings.h"
#include "codec/json.h"
#include "model/canonicalize.h"
#include "model/jobspec.h"
#include "model/validate.h"
#include "replay/behaviour.h"
#include "replay/records.h"

namespace drover::replay {
namespace {

namespace spec = model::spec;

Result<spec::RequestedDevice> device_of(const std::string& text) {
    spec::RequestedDevice device;
    const size_t colon = text.rfind(':');
    const auto count =
        colon == std::string::npos ? std::optional<uint64_t>(1) : parse_uint(std::string_view(text).substr(colon + 1));
    device.Name = text.substr(0, colon);
    if (!count || *count == 0 || device.Name.empty())
        return fail(wrong_field("Devices", quote(text) + " is not name:count"));
    device.Count = *count;
    return device;
}

Result<spec::Job> short_form(const TraceRow& row) {
    spec::Job job;
    job.ID = job.Name = row.ID;
    job.Type = row.Type.value_or(std::string(kUsualType));
    job.Priority = row.Priority.value_or(kUsualPriority);
    job.Datacenters = {row.Datacenter.value_or(std::string(kUsualDatacenter))};
    job.NodePool = row.Pool.value_or(std::string(kUsualPool));
    if (!row.Class.empty()) job.Constraints.push_back({"${node.class}", row.Class, "="});
    spec::TaskGroup& group = job.TaskGroups.emplace_back();
    group.Name = "g";
    if (row.Count) group.Count = *row.Count;
    group.EphemeralDisk.make().SizeMB = row.Disk.value_or(kUsualDisk);
    spec::Task& task = group.Tasks.emplace_back();
    task.Name = "t";
    task.Driver = row.Driver.empty() ? std::string(kAnyDriver) : row.Driver;
    task.Resources.make().CPU = row.CPU.value_or(kUsualCPU);
    task.Resources->MemoryMB = row.Memory.value_or(kUsualMemory);
    for (const std::string& text : row.Devices) {
        auto device = device_of(text);
        if (!device) return fail(device.error());
        task.Resources->Devices.push_back(std::move(*device));
    }
    return job;
}

// A whole job says for itself what the short form would.
Result<> check_alone(const TraceRow& row) {
    const std::string_view whole = row.Job ? "Job" : "File";
    const std::pair<std::string_view, bool> fields[] = {
        {"File", row.Job && !row.File.empty()},
        {"Type", row.Type.has_value()},
        {"Count", row.Count.has_value()},
        {"CPU", row.CPU.has_value()},
        {"Memory", row.Memory.has_value()},
        {"Disk", row.Disk.has_value()},
        {"Devices", !row.Devices.empty()},
        {"Priority", row.Priority.has_value()},
        {"Datacenter", row.Datacenter.has_value()},
        {"Pool", row.Pool.has_value()},
        {"Class", !row.Class.empty()},
        {"Driver", !row.Driver.empty()},
    };
    for (const auto& [field, given] : fields) {
        if (given) return fail(wrong_field(field, "the job in " + std::string(whole) + " says it itself"));
    }
    return {};
}

// For all groups.
void put_behaviour(const TraceRow& row, spec::Job& job) {
    const auto put = [&](std::string_view name, const std::string& value) {
        const std::string key(name);
        job.Meta[key] = value;
        for (spec::TaskGroup& group : job.TaskGroups) group.Meta.erase(key);
    };
    if (!row.RunFor.empty()) put(kRunForKey, row.RunFor);
    if (row.FailPercent) put(kFailPercentKey, std::to_string(*row.FailPercent));
    if (!row.FailAfter.empty()) put(kFailAfterKey, row.FailAfter);
}

// A job as the API takes it (alone, or below "Job"), or a job specification.
Result<spec::Job> from_file(const std::string& path, const ReadFile& read_file) {
    auto text = read_file(path);
    if (!text) return fail(wrong_field("File", text.error().message));
    if (trim(*text).starts_with("{")) {
        auto any = codec::any_from_json(*text);
        if (!any) return fail(wrong_field("File", path + ": " + any.error().message));
        const codec::Any* inner = any->member("Job");
        auto job = codec::from_json<spec::Job>(inner ? codec::to_json(*inner) : *text);
        if (!job) return fail(wrong_field("File", path + ": " + job.error().message));
        return job;
    }
    model::JobspecOptions options;
    options.file_name = path;
    auto job = model::parse_jobspec(*text, options);
    if (!job) return fail(wrong_field("File", job.error().message));
    return job;
}

}  // namespace

Result<Shared<model::Job>> job_of(const TraceRow& row, const ReadFile& read_file) {
    const bool whole = row.Job || !row.File.empty();
    if (auto alone = whole ? check_alone(row) : Result<>(); !alone) return fail(alone.error());
    Result<spec::Job> written = row.Job ? Result<spec::Job>(*row.Job)
                                : whole ? from_file(row.File, read_file)
                                        : short_form(row);
    if (!written) return fail(written.error());
    put_behaviour(row, *written);
    if (!row.ID.empty()) written->ID = row.ID;
    if (row.Namespace) written->Namespace = *row.Namespace;
    if (!written->Namespace || written->Namespace->empty()) written->Namespace = std::string(kUsualNamespace);
    if (!written->ID || written->ID->empty()) return fail(wrong_field("ID", "missing"));
    model::canonicalize(*written);
    auto job = std::make_shared<model::Job>(model::to_job(*written));
    if (auto checked = check_behaviour(*job); !checked) return fail(checked.error());
    model::Job complete = *job;
    model::complete(complete);
    const model::Validation validation = model::validate(complete, {});
    if (!validation.errors.empty())
        return fail(Error::bad_request("job " + quote(job->ID) + ": " + validation.errors.text()));
    return job;
}

}  // namespace drover::replay
