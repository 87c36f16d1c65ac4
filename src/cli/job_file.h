#pragma once
// A job specification as it comes from a file or standard input, in HCL or JSON, with the variables of the command
// line.

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "model/spec_job.h"

namespace drover::cli {

struct JobFileOptions {
    bool json = false;
    bool strict = true;
    std::vector<std::string> vars;       // name=value
    std::vector<std::string> var_files;  // paths

    void add_flags(Flags& flags);
};

struct JobFile {
    model::spec::Job job;
    model::spec::JobSubmission submission;  // what was read, to be kept with the job
};

// Nothing after it told what is wrong.
std::optional<JobFile> load_job(Call& call, const std::string& path, const JobFileOptions& options);

// The region and the namespace that a job names, for calls about it, unless flags or environment say otherwise.
net::Query address_job(const Call& call, const model::spec::Job& job);

}  // namespace drover::cli
