#pragma once
// The numbers in the names of a group's allocations (`job.group[i]`): which are used, and which come next. One owner;
// no threads.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "model/alloc.h"

namespace drover::scheduler {

class NameIndex {
public:
    NameIndex(std::string job_id, std::string group, uint64_t count)
        : job_id_(std::move(job_id)), group_(std::move(group)), count_(count) {}

    void use(const std::vector<Shared<model::Allocation>>& allocs);
    void use(const std::string& name);
    void release(const std::string& name);

    // The lowest free names below the count; when they run out, names from 0 on again. They are used from then on.
    std::vector<std::string> next(uint64_t n);

    // For canaries: first the names of allocations that will be replaced anyhow, then free ones, then ones from the
    // count up.
    std::vector<std::string> next_canaries(uint64_t n, const std::vector<Shared<model::Allocation>>& canaries,
                                           const std::vector<Shared<model::Allocation>>& destructive);

    // The names with the highest numbers that are used, n at most. They are free from then on.
    std::set<std::string> highest(uint64_t n);

private:
    std::string name(uint64_t index) const;

    std::string job_id_, group_;
    uint64_t count_;
    std::set<uint64_t> used_;
};

}  // namespace drover::scheduler
