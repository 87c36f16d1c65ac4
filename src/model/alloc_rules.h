#pragma once
// Pure rules on allocations: when one is over, its name, its resources in the older forms that the API still shows.
// Any thread; nothing here fails on what a client can send.

#include <optional>
#include <string>
#include <string_view>

#include "model/alloc.h"

namespace drover::model {

// The client said that it is over: complete, failed or lost.
bool client_terminal(const Allocation& alloc);
bool client_terminal_status(std::string_view client_status);
// The servers want it gone: stop or evict.
bool server_terminal(const Allocation& alloc);
// Either of the two.
bool terminal(const Allocation& alloc);

// `job.group[i]`.
std::string alloc_name(std::string_view job_id, std::string_view group, uint64_t index);
// The i of a name. Nothing: the name has no such form.
std::optional<uint64_t> alloc_index(std::string_view name);

// The job's group that this is an allocation of, or null.
const TaskGroup* maybe_group_of(const Allocation& alloc);

// All dead, none of them failed, and there is at least one.
bool ran_successfully(const Allocation& alloc);

// The older forms of AllocatedResources.
Map<Resources> task_resources(const AllocatedResources& resources);
Resources shared_resources(const AllocatedResources& resources);
Resources total_resources(const AllocatedResources& resources);
// Sets Resources, SharedResources and TaskResources from AllocatedResources.
void fill_legacy_resources(Allocation& alloc);

AllocListStub alloc_stub(const Allocation& alloc, bool with_resources, bool with_task_states);

}  // namespace drover::model
