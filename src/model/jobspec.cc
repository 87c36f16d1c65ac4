#include "model/jobspec.h"

#include <algorithm>

#include "base/strings.h"
#include "hcl/dynamic.h"
#include "hcl/functions.h"
#include "hcl/parser.h"
#include "model/jobspec_decode.h"
#include "model/jobspec_variables.h"

namespace drover::model {
namespace {

struct Parts {
    std::vector<hcl::BodyPtr> locals;
    const hcl::Block* maybe_job = nullptr;
};

Error failed(const hcl::Diagnostics& diags) { return Error::bad_request(diags.lines()); }

// Sorts the blocks of the file; declares the variables.
Parts sort_blocks(const hcl::Content& content, JobspecVariables& variables, hcl::Diagnostics& diags) {
    Parts parts;
    for (const hcl::Block& block : content.blocks) {
        if (block.type == "variable") {
            variables.declare(block);
        } else if (block.type == "variables") {
            variables.declare_plain(block.body);
        } else if (block.type == "locals") {
            parts.locals.push_back(block.body);
        } else if (parts.maybe_job) {
            diags.error("Duplicate job block",
                        "Only one block of type \"job\" is allowed. Previous definition was at " +
                            parts.maybe_job->def_range.to_string() + ".",
                        block.def_range);
        } else {
            parts.maybe_job = &block;
        }
    }
    return parts;
}

// What a mistake in a variable or a local leaves unknown is no mistake of the attributes that use it.
void drop_consequences(hcl::Diagnostics& diags, size_t from) {
    const auto is_consequence = [](const hcl::Diagnostic& d) { return d.detail.ends_with("value must be known"); };
    diags.erase(std::remove_if(diags.begin() + static_cast<ptrdiff_t>(from), diags.end(), is_consequence), diags.end());
}

enum class AtFaults { stop, go_on };

// What is wrong is in `diags`, but for texts that the error alone tells.
Result<spec::Job> decode_file(const hcl::BodyPtr& file, size_t source_bytes, const JobspecOptions& options,
                              AtFaults at_faults, hcl::Diagnostics& diags) {
    const auto stops = [&] { return at_faults == AtFaults::stop && diags.has_errors(); };
    static const hcl::Schema kSchema = {{},
                                        {{"variables", {}}, {"variable", {"name"}}, {"locals", {}}, {"job", {"name"}}}};
    const hcl::Content content = file->content(kSchema, diags);
    hcl::EvalContext context(std::make_shared<hcl::EvalBudget>(hcl::EvalBudget::for_source(source_bytes)));
    context.functions = hcl::standard_functions({options.rng, options.allow_files, options.base_dir, options.home_dir});
    JobspecVariables variables(context.functions, context.shared_budget(), diags);
    // A variable's faults do not hide those of its value or of other variables.
    const Parts parts = sort_blocks(content, variables, diags);
    if (auto assigned = variables.assign(options); !assigned && at_faults == AtFaults::stop)
        return fail(assigned.error());

    context.unknown_root = hcl::reference_text;
    context.variables["var"] = variables.finish();
    if (stops()) return fail(failed(diags));
    context.variables["local"] = evaluate_locals(parts.locals, context, diags);
    if (!parts.maybe_job && !diags.has_errors()) diags.error("Missing job block", "A job block is required");
    if (stops() || !parts.maybe_job) return fail(failed(diags));

    spec::Job job;
    const size_t found_before = diags.size();
    JobspecDecoder decoder(context, diags);
    decoder.job(hcl::expand_dynamic(parts.maybe_job->body, context), parts.maybe_job->labels.front(), job);
    if (context.budget().work == 0 && !diags.has_errors()) {
        context.budget().reported = false;
        hcl::out_of_budget(context, parts.maybe_job->def_range, diags);
    }
    if (found_before > 0) drop_consequences(diags, found_before);
    if (diags.has_errors()) return fail(failed(diags));
    return job;
}

}  // namespace

Result<spec::Job> parse_jobspec(std::string_view source, const JobspecOptions& options) {
    hcl::Diagnostics diags;
    const hcl::BodyPtr file = hcl::parse_file(options.file_name, to_valid_utf8(source), diags);
    if (diags.has_errors()) return fail(Error::bad_request(diags.brief()));
    return decode_file(file, source.size(), options, AtFaults::stop, diags);
}

std::optional<spec::Job> parse_jobspec(std::string_view source, const JobspecOptions& options,
                                       hcl::Diagnostics& faults) {
    const hcl::BodyPtr file =
        hcl::parse_file(options.file_name, to_valid_utf8(source), faults, hcl::AfterError::everything);
    std::optional<spec::Job> job;
    if (!faults.has_errors()) {
        if (auto decoded = decode_file(file, source.size(), options, AtFaults::go_on, faults))
            job = std::move(*decoded);
    }
    faults.sort_by_place();
    return job;
}

}  // namespace drover::model
