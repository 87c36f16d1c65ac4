#pragma once
// Time zones by their IANA names, from the machine's database. Any thread. Only an adapter: who decides what is due
// takes the zone as an argument.

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace drover {

class TimeZone {
public:
    // Error: `unknown time zone X`, as Go says it.
    static Result<TimeZone> load(const std::string& name);
    static bool exists(const std::string& name) { return load(name).has_value(); }

    // What a clock on the wall is ahead of UTC at that instant.
    Duration offset(Time at) const;
    // The next instant at which that changes. Nothing: never again.
    std::optional<Time> next_change(Time after) const;

private:
    struct Impl;
    explicit TimeZone(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
    std::shared_ptr<const Impl> impl_;
};

}  // namespace drover
