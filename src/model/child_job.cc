#include "model/child_job.h"

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "codec/snappy.h"
#include "model/job_rules.h"

namespace drover::model {
namespace {

// A copy that the cluster knows nothing of yet.
Job new_job_like(const Job& parent, std::string id, Time now) {
    Job child = parent;
    child.ParentID = parent.ID;
    child.ID = child.Name = std::move(id);
    child.SubmitTime = now.unix_ns;
    child.Stop = child.Stable = false;
    child.Version = child.CreateIndex = child.ModifyIndex = child.JobModifyIndex = 0;
    child.Status.clear();
    child.StatusDescription.clear();
    child.VersionTag.reset();
    return child;
}

// As Go prints a list of texts.
std::string bracketed(const std::set<std::string>& keys) {
    std::string out = "[";
    for (const std::string& key : keys) out += (out.size() > 1 ? " " : "") + key;
    return out + "]";
}

bool has(const List<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

Result<> check_payload(const ParameterizedJobConfig& config, size_t size) {
    if (config.Payload == "required" && size == 0)
        return fail(Error::internal("Payload is not provided but required by parameterized job"));
    if (config.Payload == "forbidden" && size > 0)
        return fail(Error::internal("Payload provided but forbidden by parameterized job"));
    if (size > kMaxDispatchPayload)
        return fail(Error::internal("Payload exceeds maximum size; " + std::to_string(size) + " > " +
                                    std::to_string(kMaxDispatchPayload)));
    return {};
}

Result<> check_meta(const ParameterizedJobConfig& config, const Map<std::string>& meta) {
    std::set<std::string> missing, unknown;
    for (const auto& [key, value] : meta) {
        if (!has(config.MetaRequired, key) && !has(config.MetaOptional, key)) unknown.insert(key);
    }
    if (!unknown.empty())
        return fail(Error::internal("Dispatch request included unpermitted metadata keys: " + bracketed(unknown)));
    for (const std::string& key : config.MetaRequired) {
        if (!meta.count(key)) missing.insert(key);
    }
    if (!missing.empty())
        return fail(Error::internal("Dispatch did not provide required meta keys: " + bracketed(missing)));
    return {};
}

}  // namespace

std::string periodic_child_id(std::string_view parent_id, Time launch) {
    return std::string(parent_id) + "/periodic-" + std::to_string(launch.unix_seconds());
}

Job periodic_child(const Job& parent, Time launch, Time now) {
    Job child = new_job_like(parent, periodic_child_id(parent.ID, launch), now);
    child.Periodic.reset();
    return child;
}

Result<> check_dispatch(const ParameterizedJobConfig& config, const JobDispatchRequest& request) {
    if (auto checked = check_payload(config, request.Payload.size()); !checked) return checked;
    return check_meta(config, request.Meta);
}

Result<Job> dispatched_child(const Job& parent, const JobDispatchRequest& request, int64_t max_priority, Time now,
                             std::string_view random_hex) {
    if (!is_parameterized(parent))
        return fail(Error::internal("Specified job " + quote(parent.ID) + " is not a parameterized job"));
    if (parent.Stop) return fail(Error::internal("Specified job " + quote(parent.ID) + " is stopped"));
    if (auto checked = check_dispatch(*parent.ParameterizedJob, request); !checked) return fail(checked.error());
    if (request.Priority < 0 || request.Priority > max_priority)
        return fail(Error::internal("dispatch job priority must be between [1, " + std::to_string(max_priority) + "]"));
    if (request.IdPrefixTemplate.find_first_of(std::string_view(" \0", 2)) != std::string::npos)
        return fail(Error::internal("the template of the job ID contains a space or a null character"));
    std::string id = parent.ID + "/dispatch-";
    if (!request.IdPrefixTemplate.empty()) id += request.IdPrefixTemplate + "-";
    id += std::to_string(now.unix_seconds()) + "-" + std::string(random_hex);
    Job child = new_job_like(parent, std::move(id), now);
    child.Dispatched = true;
    child.DispatchIdempotencyToken = request.IdempotencyToken;
    if (!request.Payload.empty()) child.Payload = Bytes(codec::snappy_encode(request.Payload));
    for (const auto& [key, value] : request.Meta) child.Meta[key] = value;
    if (request.Priority != 0) child.Priority = request.Priority;
    return child;
}

Shared<Job> with_plain_payload(Shared<Job> job) {
    if (!job || job->Payload.empty()) return job;
    auto payload = codec::snappy_decode(job->Payload);
    if (!payload) return job;
    auto plain = std::make_shared<Job>(*job);
    plain->Payload = Bytes(std::move(*payload));
    return plain;
}

}  // namespace drover::model
