#pragma once
// How tables, key-value blocks, times and sizes look on the terminal. Pure functions.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace drover::cli {

using Row = std::vector<std::string>;

// Left-aligned columns with two spaces between; empty cells read <none>. No newline at the end.
std::string format_table(const std::vector<Row>& rows);

// "Key  = value" lines, keys padded to the longest; empty values read <none>. No newline at the end.
std::string format_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);

// The first eight characters, or all.
std::string short_id(std::string_view id, bool verbose);

// "1m20s ago": at most the two largest units of y mo d h m s; empty for the zero time.
std::string age(Time then, Time now);
std::string rough_duration(Duration d);

// RFC 3339 in local time, whole seconds; "N/A" for the zero time.
std::string local_time(Time t);

// How -verbose decides between the two: local_time or age of nanoseconds since 1970.
std::string shown_time(int64_t unix_ns, Time now, bool verbose);

std::string bytes_iec(uint64_t bytes);  // "64 MiB"

std::string yes_no(bool b);  // "true", "false"

std::string to_fixed(double value, int decimals);

}  // namespace drover::cli
