#include "base/strings.h"
#include "base/time_zone.h"
#include "cli/command.h"
#include "cli/job_commands.h"
#include "cli/job_file.h"
#include "cli/views.h"
#include "model/canonicalize.h"
#include "model/rpc_job.h"
#include "model/validate.h"

namespace drover::cli {
namespace {

// What a server answers, as far as it follows from the job alone.
model::JobValidateResponse validate_here(model::spec::Job written) {
    model::canonicalize(written);
    model::Job job = model::to_job(written);
    model::complete(job);
    model::ValidateOptions options;
    options.time_zone_exists = TimeZone::exists;
    const model::Validation found = model::validate(job, options);
    model::JobValidateResponse response;
    response.Error = found.errors.text();
    response.Warnings = model::warnings_text(found.warnings);
    return response;
}

// The server's answer, or one of our own where there is no server.
Result<model::JobValidateResponse> validate(Call& call, const model::spec::Job& job) {
    model::spec::JobValidateRequest request;
    request.Job = job;
    auto answer = call.api()->send("PUT", "/v1/validate/job", address_job(call, job), codec::to_json(request));
    if (!answer) {
        call.warn("No agent could be asked: " + answer.error().message +
                  "\nThe job is validated here, without what only servers know.");
        return validate_here(job);
    }
    answer = Api::successful(std::move(answer));
    if (!answer) return fail(answer.error());
    return codec::from_json<model::JobValidateResponse>(answer->body);
}

}  // namespace

int job_validate(Call& call) {
    std::string vault_namespace;
    JobFileOptions file;
    file.add_flags(call.flags);
    call.flags.add("vault-namespace", vault_namespace, "The Vault namespace of the job.");
    if (auto code = call.parse({1, 1, "one argument: <path>"})) return *code;
    auto loaded = load_job(call, call.args[0], file);
    if (!loaded) return 1;
    if (!vault_namespace.empty()) loaded->job.VaultNamespace = vault_namespace;
    if (!call.api()) return 255;
    auto done = validate(call, loaded->job);
    if (!done) return call.complain("Error validating job", done.error());
    if (!done->Error.empty()) {
        call.complain("Job validation errors:");
        return call.complain(done->Error);
    }
    if (!done->Warnings.empty()) call.say(warnings_block(done->Warnings, call.colors));
    call.say(call.colors.bold(call.colors.green("Job validation successful")));
    return 0;
}

}  // namespace drover::cli
