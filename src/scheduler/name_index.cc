#include "scheduler/name_index.h"

#include "model/alloc_rules.h"

namespace drover::scheduler {

std::string NameIndex::name(uint64_t index) const { return model::alloc_name(job_id_, group_, index); }

void NameIndex::use(const std::string& name) {
    if (const auto index = model::alloc_index(name)) used_.insert(*index);
}

void NameIndex::use(const std::vector<Shared<model::Allocation>>& allocs) {
    for (const auto& alloc : allocs) use(alloc->Name);
}

void NameIndex::release(const std::string& name) {
    if (const auto index = model::alloc_index(name)) used_.erase(*index);
}

std::vector<std::string> NameIndex::next(uint64_t n) {
    std::vector<std::string> names;
    for (uint64_t i = 0; i < count_ && names.size() < n; ++i) {
        if (used_.insert(i).second) names.push_back(name(i));
    }
    for (uint64_t i = 0; names.size() < n; ++i) {
        used_.insert(i);
        names.push_back(name(i));
    }
    return names;
}

std::vector<std::string> NameIndex::next_canaries(uint64_t n, const std::vector<Shared<model::Allocation>>& canaries,
                                                  const std::vector<Shared<model::Allocation>>& destructive) {
    std::set<uint64_t> taken;
    for (const auto& alloc : canaries) {
        if (const auto index = model::alloc_index(alloc->Name)) taken.insert(*index);
    }
    std::set<uint64_t> replaced;
    for (const auto& alloc : destructive) {
        const auto index = model::alloc_index(alloc->Name);
        if (index && *index < count_ && !taken.contains(*index)) replaced.insert(*index);
    }
    std::vector<std::string> names;
    const auto give = [&](uint64_t index) {
        used_.insert(index);
        names.push_back(name(index));
    };
    for (uint64_t index : replaced) {
        if (names.size() < n) give(index);
    }
    for (uint64_t i = 0; i < count_ && names.size() < n; ++i) {
        if (!used_.contains(i)) give(i);
    }
    for (uint64_t i = count_; names.size() < n; ++i) give(i);
    return names;
}

std::set<std::string> NameIndex::highest(uint64_t n) {
    std::set<std::string> names;
    while (names.size() < n && !used_.empty()) {
        const auto last = std::prev(used_.end());
        names.insert(name(*last));
        used_.erase(last);
    }
    return names;
}

}  // namespace drover::scheduler
