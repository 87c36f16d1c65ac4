#pragma once
// Sums of many numbers in little room. Values; one thread.

#include <cstdint>
#include <map>

namespace drover::replay {

// How often which value occurred: values are kept to three digits, so that there are a few thousand at most.
class Distribution {
public:
    void add(int64_t value);  // not negative
    uint64_t count() const { return count_; }
    // The smallest kept value that at least this share (0 to 1) of all do not exceed; 0 without any.
    int64_t at(double share) const;
    int64_t most() const { return most_; }
    double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

private:
    std::map<int64_t, uint64_t> counts_;
    uint64_t count_ = 0;
    int64_t most_ = 0;
    double sum_ = 0;
};

}  // namespace drover::replay
