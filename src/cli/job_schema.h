#pragma once
// What the type tables of a job say, for others to read: the JSON schema of jobs in JSON, and the pages that describe
// the blocks of a job file. Pure; any thread.

#include <map>
#include <string>

#include "codec/any.h"

namespace drover::cli {

// JSON schema, draft 2020-12: a job, bare or as the member Job. Members that do not exist are refused, so that editors
// find misspelled ones.
codec::Any job_schema_document();

// Pages in Markdown by their file names: one for each block, and README.md with the tree of blocks.
std::map<std::string, std::string> jobspec_pages();

}  // namespace drover::cli
