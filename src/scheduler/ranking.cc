#include "scheduler/ranking.h"

// What bears this is compiled once more for each wider vector unit, and chosen at start by what the machine has. Not
// under sanitizers: their runtime is not ready when that is decided.
#if defined(__x86_64__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define DROVER_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DROVER_VECTOR_CLONES
#endif

namespace drover::scheduler {
namespace {

// 10^x for x in [-1, 1]: e^t by its series around the middle of the range, with t an eighth of what is asked for, so
// that nine terms are exact enough; then the eighth power.
[[gnu::always_inline]] inline double power_of_ten(double x) {
    constexpr double kLn10 = 2.302585092994046;
    const double t = (x - 0.5) * (kLn10 / 8);
    double sum = 1.0 / 3628800;
    sum = sum * t + 1.0 / 362880;
    sum = sum * t + 1.0 / 40320;
    sum = sum * t + 1.0 / 5040;
    sum = sum * t + 1.0 / 720;
    sum = sum * t + 1.0 / 120;
    sum = sum * t + 1.0 / 24;
    sum = sum * t + 1.0 / 6;
    sum = sum * t + 0.5;
    sum = sum * t + 1.0;
    sum = sum * t + 1.0;
    sum *= sum;
    sum *= sum;
    sum *= sum;
    return sum * 3.1622776601683795;  // the root of ten: the middle of the range
}

[[gnu::always_inline]] inline double clamp18(double value) {
    value = value < 0 ? 0 : value;
    return value > 18 ? 18 : value;
}

template <Packing kPacking>
[[gnu::always_inline]] inline double score(double fc, double fm) {
    const double total = power_of_ten(fc) + power_of_ten(fm);
    return clamp18(kPacking == Packing::binpack ? 20 - total : total - 2) * (1.0 / 18);
}

template <Packing kPacking>
[[gnu::always_inline]] inline void score_rows(const Fleet::Chunk& chunk, const Usage& ask, double* __restrict scores) {
    for (size_t i = 0; i < Fleet::kChunk; ++i) {
        const double cpu = chunk.free_cpu[i] - ask.cpu, memory = chunk.free_memory[i] - ask.memory;
        const double disk = chunk.free_disk[i] - ask.disk, allocs = chunk.free_allocs[i] - ask.allocs;
        const double value = score<kPacking>(cpu * chunk.per_cpu[i], memory * chunk.per_memory[i]);
        const bool fits = (cpu >= 0) & (memory >= 0) & (disk >= 0) & (allocs >= 0);
        scores[i] = fits ? value : kRefused;
    }
}

}  // namespace

DROVER_VECTOR_CLONES double packing_score(Packing packing, double fc, double fm) {
    return packing == Packing::binpack ? score<Packing::binpack>(fc, fm) : score<Packing::spread>(fc, fm);
}

DROVER_VECTOR_CLONES void score_chunk(Packing packing, const Fleet::Chunk& chunk, const Usage& ask, double* scores) {
    if (packing == Packing::binpack) {
        score_rows<Packing::binpack>(chunk, ask, scores);
    } else {
        score_rows<Packing::spread>(chunk, ask, scores);
    }
}

}  // namespace drover::scheduler
