#include "replay/figures.h"

#include <algorithm>
#include <cmath>

namespace drover::replay {

void Distribution::add(int64_t value) {
    int64_t unit = 1;
    while (value / unit >= 1000) unit *= 10;
    ++counts_[value / unit * unit];
    ++count_;
    most_ = std::max(most_, value);
    sum_ += static_cast<double>(value);
}

int64_t Distribution::at(double share) const {
    const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
    uint64_t seen = 0;
    for (const auto& [value, times] : counts_) {
        seen += times;
        if (seen >= wanted) return value;
    }
    return 0;
}

}  // namespace drover::replay
