#pragma once
// What a node is worth for an allocation, as numbers. Pure functions; any thread.
//
// The search compares scores from a polynomial for powers of ten, good to a few units of the last place; the scores
// that people are shown are computed with the C library's (model/fit.h).

#include <cstdint>

#include "scheduler/fleet.h"

namespace drover::scheduler {

inline constexpr double kRefused = -1e300;  // below every score

enum class Packing { binpack, spread };

// The score of one node after `ask` was placed: shares of cpu and memory that stay free.
double packing_score(Packing packing, double free_cpu_share, double free_memory_share);

// Scores of all rows of a chunk, kRefused where `ask` does not fit. Unused and unready rows are scored too.
void score_chunk(Packing packing, const Fleet::Chunk& chunk, const Usage& ask, double* scores);

// The parts of a node's score. The mean is over those that count.
struct Score {
    double binpack = 0;
    double devices = 0;
    double job_anti_affinity = 0;
    double reschedule_penalty = 0;
    double node_affinity = 0;
    double spread = 0;
    double preemption = 0;  // of evicting others; 0: nobody is
    bool has_devices = false;
    bool has_affinity = false;

    double mean() const {
        double sum = binpack;
        int parts = 1;
        const auto add = [&](bool counts, double value) {
            if (counts) sum += value, ++parts;
        };
        add(has_devices, devices);
        add(job_anti_affinity != 0, job_anti_affinity);
        add(reschedule_penalty != 0, reschedule_penalty);
        add(has_affinity, node_affinity);
        add(spread != 0, spread);
        add(preemption != 0, preemption);
        return sum / parts;
    }
};

}  // namespace drover::scheduler
