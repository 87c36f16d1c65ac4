// parse_job FILE: reads a job specification as `job run` and the server do, and does nothing with it. Says what is
// wrong with it and ends with 1 if anything is. Run by hostile_jobs.py, which measures it.

#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/rng.h"
#include "model/jobspec.h"

int main(int argc, char** argv) {
    using namespace drover;
    if (argc != 2) return 2;
    std::ifstream in(argv[1], std::ios::binary | std::ios::ate);
    std::string text(static_cast<size_t>(in.tellg()), '\0');
    in.seekg(0).read(text.data(), static_cast<std::streamsize>(text.size()));
    SeededRng rng(1);
    model::JobspecOptions options;
    options.rng = &rng;
    const auto job = model::parse_jobspec(text, options);
    if (job) return 0;
    std::fprintf(stderr, "%s\n", job.error().message.c_str());
    return 1;
}
