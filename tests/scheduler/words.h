#pragma once
// Lines of the language that the cases are written in: words, and options of the form key=value. Values; any thread.
// Malformed numbers and durations throw, which fails the case.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/containers.h"
#include "base/time.h"
#include "model/resources.h"

namespace drover::scheduler::cases {

using Words = std::vector<std::string>;

// Words apart by spaces; double and single quotes keep spaces and each other.
Words words_of(const std::string& line);

// "{a,b,b}": the i-th of them, over and over; else the text itself.
std::string pick(const std::string& value, size_t i);

// "a,b": two texts; "": none.
std::vector<std::string> list_of(const std::string& text);

Duration duration_of(const std::string& text);

// Of two options with one name the later counts, but where all are asked for.
class Options {
public:
    Options() = default;
    Options(const Words& words, size_t from);

    bool has(std::string_view name) const;
    std::string text(std::string_view name, std::string fallback = {}) const;
    int64_t number(std::string_view name, int64_t fallback) const;
    double real(std::string_view name, double fallback) const;
    Duration duration(std::string_view name, Duration fallback) const;
    bool flag(std::string_view name, bool fallback = false) const;  // `name` or `name=true`
    std::vector<std::string> all(std::string_view name) const;
    // Of `env.X=1` and `env.Y=2` under "env.": X and Y.
    std::vector<std::pair<std::string, std::string>> under(std::string_view prefix) const;

    // For one of several: `a:count=2` is for the group a, `t/cpu=5` for the task t. What names none is for all.
    Options of(std::string_view name, char separator) const;
    void add(const Options& more);

private:
    std::vector<std::pair<std::string, std::string>> entries_;
};

// "${attr.x} > 3", "distinct_hosts", "distinct_property ${meta.rack} 2".
model::Constraint constraint_of(const std::string& text);
// "${attr.x} > 3;50".
model::Affinity affinity_of(const std::string& text);
// "${node.datacenter};dc1:75;weight=20".
model::Spread spread_of(const std::string& text);

}  // namespace drover::scheduler::cases
