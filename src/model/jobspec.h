#pragma once
// From the text of a job specification, in HCL or its JSON form, to the job as people write it. Pure but for files that
// the text itself asks for (only if allowed). Any thread. Input is bounded by the limits of the hcl room. An error's
// message holds the diagnostics, one a line: `input.hcl:4,5-13: Unsupported argument; An argument ...`.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "hcl/diagnostics.h"
#include "model/spec_job.h"

namespace drover::model {

struct VariableFile {
    std::string name;
    std::string text;  // HCL or JSON
};

struct JobspecOptions {
    std::string file_name = "input.hcl";
    // Values of variables; later ones win: the environment (without the prefix NOMAD_VAR_), files in order, a text in
    // the form of a file that came with the job, and single values in order (`-var name=value`).
    Map<std::string> environment;
    std::vector<VariableFile> variable_files;
    std::string variables_text;
    std::vector<std::pair<std::string, std::string>> variables;
    bool strict = false;  // values for variables that nobody declares are errors
    bool allow_files = false;
    std::string base_dir;
    std::string home_dir;  // what `~` stands for in paths
    Rng* rng = nullptr;    // for functions that need one
};

Result<spec::Job> parse_jobspec(std::string_view source, const JobspecOptions& options);

// For people: goes on past what the other one stops at, and leaves all that is wrong in `faults`, in the order of the
// file. Nothing if there were errors.
std::optional<spec::Job> parse_jobspec(std::string_view source, const JobspecOptions& options,
                                       hcl::Diagnostics& faults);

}  // namespace drover::model
