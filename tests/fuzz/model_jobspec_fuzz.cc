// A job specification: any bytes become a job or an error, and a job can be completed, judged and compared with itself.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/canonicalize.h"
#include "model/job_diff.h"
#include "model/jobspec.h"
#include "model/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace drover;
    using namespace drover::model;
    auto submitted = parse_jobspec({reinterpret_cast<const char*>(data), size}, {});
    if (!submitted) return 0;
    canonicalize(*submitted);
    Job job = to_job(*submitted);
    canonicalize(job);
    add_implied_constraints(job);
    add_implied_identities(job);
    validate(job, {});
    if (job_diff(&job, &job, true).Type != "None") std::abort();
    return 0;
}
