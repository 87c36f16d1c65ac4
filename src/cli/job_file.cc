#include "cli/job_file.h"

#include <fstream>
#include <iostream>

#include "base/rng.h"
#include "base/strings.h"
#include "cli/fetch.h"
#include "model/jobspec.h"

namespace drover::cli {
namespace {

constexpr std::string_view kVariablePrefix = "NOMAD_VAR_";

std::optional<std::string> read_file(Call& call, const std::string& path) {
    if (path == "-") return read_all(call.io.in);
    std::ifstream file(path, std::ios::binary);
    std::string text = read_all(file);
    if (!file.good() && !file.eof()) {
        call.complain("Error getting job struct: Error opening file " + quote(path));
        return std::nullopt;
    }
    return text;
}

// A job's text from a file, standard input or the web.
std::optional<std::string> read_source(Call& call, const std::string& path) {
    if (!is_remote(path)) return read_file(call, path);
    auto text = fetch(path);
    if (text) return std::move(*text);
    call.complain("Error getting job struct: Error getting jobfile from " + quote(path) + ": " + text.error().message);
    return std::nullopt;
}

// A job in the API's JSON, bare or as a member Job.
Result<model::spec::Job> parse_json_job(const std::string& text) {
    auto document = codec::any_from_json(text);
    if (!document) return fail(document.error());
    const codec::Any* inner = document->member("Job");
    return codec::from_json<model::spec::Job>(inner ? codec::to_json(*inner) : text);
}

Result<model::JobspecOptions> jobspec_options(Call& call, const std::string& path, const JobFileOptions& options) {
    model::JobspecOptions out;
    out.file_name = path == "-" ? "<stdin>" : path.substr(path.rfind('/') + 1);
    const size_t slash = path.rfind('/');
    const bool has_folder = path != "-" && !is_remote(path) && slash != std::string::npos;
    out.base_dir = has_folder ? path.substr(0, slash) : ".";
    out.strict = options.strict;
    out.allow_files = true;
    for (const auto& [name, value] : call.io.environment) {
        if (name == "HOME") out.home_dir = value;
        if (name.starts_with(kVariablePrefix)) out.environment[name.substr(kVariablePrefix.size())] = value;
    }
    for (const std::string& file : options.var_files) {
        auto text = read_file(call, file);
        if (!text) return fail(Error::canceled(""));
        out.variable_files.push_back({file, std::move(*text)});
    }
    for (const std::string& pair : options.vars) {
        const size_t eq = pair.find('=');
        if (eq == std::string::npos) continue;  // as its users know it
        out.variables.emplace_back(pair.substr(0, eq), pair.substr(eq + 1));
    }
    return out;
}

}  // namespace

void JobFileOptions::add_flags(Flags& flags) {
    flags.add("json", json, "The file is a job in the API's JSON.");
    flags.add("hcl2-strict", strict, "Refuse values for variables that the file does not declare (default true).");
    flags.add("var", vars, "A variable's value, name=value; repeatable.");
    flags.add("var-file", var_files, "A file of variables' values; repeatable.");
}

std::optional<JobFile> load_job(Call& call, const std::string& path, const JobFileOptions& options) {
    if (options.json && (!options.vars.empty() || !options.var_files.empty())) {
        call.complain("Invalid job options: a job in JSON has no variables; -json goes without -var and -var-file");
        return std::nullopt;
    }
    auto text = read_source(call, path);
    if (!text) return std::nullopt;
    JobFile file;
    file.submission.Source = *text;
    file.submission.Format = options.json ? "json" : "hcl2";
    if (options.json) {
        auto job = parse_json_job(*text);
        if (!job) return call.complain("Error getting job struct", job.error()), std::nullopt;
        file.job = std::move(*job);
        return file;
    }
    auto parse = jobspec_options(call, path, options);
    if (!parse) {
        if (parse.error().code != ErrorCode::canceled) call.complain("Error getting job struct", parse.error());
        return std::nullopt;
    }
    SystemRng rng;
    parse->rng = &rng;
    for (const auto& [name, value] : parse->variables) file.submission.VariableFlags[name] = value;
    for (const auto& variables : parse->variable_files) file.submission.Variables += variables.text + "\n";
    hcl::Diagnostics faults;
    auto job = model::parse_jobspec(*text, *parse, faults);
    if (!job) {
        call.complain("Error getting job struct: Error parsing job file from " + path + ":\n" +
                      std::string(trim(faults.lines_with_excerpts())));
        return std::nullopt;
    }
    file.job = std::move(*job);
    return file;
}

net::Query address_job(const Call& call, const model::spec::Job& job) {
    net::Query query;
    if (call.config().region.empty() && job.Region && !job.Region->empty()) query.add("region", *job.Region);
    if (call.config().namespace_name.empty() && job.Namespace && !job.Namespace->empty())
        query.add("namespace", *job.Namespace);
    return query;
}

}  // namespace drover::cli
