#pragma once
// Commands about the files of allocations; commands_alloc.cc lists them.

namespace drover::cli {

class Call;

int alloc_logs(Call& call);
int alloc_fs(Call& call);

}  // namespace drover::cli
