#pragma once
// An allocation as the store keeps it: about a kilobyte where the described struct takes twenty. Identifiers are 16
// bytes; the job version, resources and metrics are shared among the allocations of a group; what is rarely asked for
// is packed bytes (state/pack.h). Rows never change once published. AllocRef (state/alloc_ref.h) reads them.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/containers.h"
#include "base/result.h"
#include "base/uuid.h"
#include "model/alloc.h"
#include "state/pack.h"
#include "state/ref.h"

namespace drover::state {

enum class DesiredStatus : uint8_t { run, stop, evict };
enum class ClientStatus : uint8_t { pending, running, complete, failed, lost, unknown };

std::string_view to_text(DesiredStatus status);
std::string_view to_text(ClientStatus status);
Result<DesiredStatus> parse_desired_status(std::string_view text);
Result<ClientStatus> parse_client_status(std::string_view text);

// What a node has to give for an allocation: the sums that fit and preemption look at. Lifecycle-aware: the largest of
// prestart, main and poststop, as scheduling counts it.
struct AllocUsage {
    int64_t cpu_shares = 0;
    int64_t memory_mb = 0;
    int64_t memory_max_mb = 0;
    int64_t disk_mb = 0;
    bool operator==(const AllocUsage&) const = default;
};

AllocUsage usage_of(const model::AllocatedResources& resources);

// The resources of one or many allocations.
struct ResourcesRow {
    mutable std::atomic<uint32_t> refs{0};
    AllocUsage usage;
    bool has_ports = false;
    bool has_devices = false;
    bool has_cores = false;
    std::string packed;  // model::AllocatedResources
};

// What the allocations of one group of one job version share.
struct GroupRow {
    mutable std::atomic<uint32_t> refs{0};
    std::shared_ptr<const Dictionary> dictionary;
    Shared<model::Job> job;
    std::string ns;
    std::string job_id;
    std::string task_group;
};

struct AllocRow {
    mutable std::atomic<uint32_t> refs{0};
    DesiredStatus desired = DesiredStatus::run;
    ClientStatus client = ClientStatus::pending;
    uint16_t flags = 0;       // AllocFlag
    uint32_t name_index = 0;  // of "<job>.<group>[i]"; a name of another form is among the server's bytes
    Uuid id;
    Uuid node;
    Uuid eval;
    uint64_t create_index = 0;
    uint64_t modify_index = 0;
    uint64_t alloc_modify_index = 0;
    int64_t create_time = 0;
    int64_t modify_time = 0;
    Ref<const GroupRow> group;
    Ref<const ResourcesRow> resources;  // null: none
    Ref<const Packed> metrics;          // model::AllocMetric
    Ref<const Packed> server;           // what the server alone writes: ServerPart
    Ref<const Packed> links;            // other allocations, deployment, follow-up: LinksPart
    Ref<const Packed> client_part;      // what the client reports: ClientPart
};

}  // namespace drover::state
