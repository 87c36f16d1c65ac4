#pragma once
// From what people type to what the API takes: ids by prefix. Each answers the full id, or nothing after it told what
// is wrong (no match, several matches, a call that failed).

#include <optional>
#include <string>

#include "cli/command.h"

namespace drover::cli {

// At least two characters; an odd last one is dropped, because prefixes of UUIDs go by bytes.
std::optional<std::string> find_alloc(Call& call, std::string_view prefix);
std::optional<std::string> find_eval(Call& call, std::string_view prefix);
std::optional<std::string> find_deployment(Call& call, std::string_view prefix);
std::optional<std::string> find_node(Call& call, std::string_view prefix);

struct JobRef {
    std::string id;
    std::string namespace_name;
    bool by_prefix = false;  // the argument was no whole id
};
std::optional<JobRef> find_job(Call& call, std::string_view prefix);

// The parameters that address a job: its namespace.
net::Query in_namespace(const std::string& namespace_name);

}  // namespace drover::cli
