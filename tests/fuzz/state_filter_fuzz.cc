// Filter expressions: any text is a filter or an error, and any filter can be asked of a job.

#include <cstdint>

#include "model/job.h"
#include "state/filter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace drover;
    auto filter = state::Filter::parse({reinterpret_cast<const char*>(data), size});
    if (!filter) return 0;
    model::Job job;
    job.ID = "a", job.Meta["k"] = "v", job.Datacenters = {"dc1"};
    job.TaskGroups.emplace_back().Name = "g";
    (void)filter->matches(job);
    return 0;
}
