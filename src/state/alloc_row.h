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
#include "codec/type.h"
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
    Ref<const Packed> packed;  // model::AllocatedResources
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

// The parts of an allocation that are kept packed. Null pointers in AllocRow stand for empty parts.
struct ServerPart {
    std::string Name;  // only if it is not of the usual form
    std::string NodeName;
    std::string DesiredDescription;
    List<std::string> PreemptedAllocations;
    Box<model::RescheduleTracker> RescheduleTracker;
    List<model::AllocState> AllocStates;
    Map<std::string> SignedIdentities;
    std::string SigningKeyID;
};
DECLARE_TYPE(ServerPart);

struct LinksPart {
    std::string PreviousAllocation;
    std::string NextAllocation;
    std::string DeploymentID;
    std::string FollowupEvalID;
    std::string PreemptedByAllocation;
};
DECLARE_TYPE(LinksPart);

struct ClientPart {
    std::string ClientDescription;
    Map<model::TaskState> TaskStates;
    Box<model::AllocDeploymentStatus> DeploymentStatus;
    Box<model::AllocNetworkStatus> NetworkStatus;
};
DECLARE_TYPE(ClientPart);

enum AllocFlag : uint16_t {
    kUsualName = 1 << 0,       // "<job id>.<group>[name_index]"
    kNamedByJobName = 1 << 1,  // "<job name>.<group>[name_index]"
    kCanary = 1 << 2,
    kHealthKnown = 1 << 3,
    kHealthy = 1 << 4,
    kHasNext = 1 << 5,
    // The five members of DesiredTransition, in order, two bits each: set, and true.
    kTransition = 1 << 6,
};

struct AllocRow {
    AllocRow() = default;
    AllocRow(const AllocRow& other)
        : desired(other.desired),
          client(other.client),
          flags(other.flags),
          name_index(other.name_index),
          id(other.id),
          node(other.node),
          eval(other.eval),
          create_index(other.create_index),
          modify_index(other.modify_index),
          alloc_modify_index(other.alloc_modify_index),
          create_time(other.create_time),
          modify_time(other.modify_time),
          group(other.group),
          resources(other.resources),
          metrics(other.metrics),
          server(other.server),
          links(other.links),
          client_part(other.client_part) {}

    mutable std::atomic<uint32_t> refs{0};
    DesiredStatus desired = DesiredStatus::run;
    ClientStatus client = ClientStatus::pending;
    uint16_t flags = 0;  // AllocFlag
    uint32_t name_index = 0;
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
    Ref<const Packed> server;           // ServerPart
    Ref<const Packed> links;            // LinksPart
    Ref<const Packed> client_part;      // ClientPart

    const Dictionary& dictionary() const { return *group->dictionary; }
    bool client_terminal() const {
        return client == ClientStatus::complete || client == ClientStatus::failed || client == ClientStatus::lost;
    }
    bool terminal() const { return desired != DesiredStatus::run || client_terminal(); }
};

Ref<const ResourcesRow> make_resources(const model::AllocatedResources& resources, Dictionary& dictionary);
void set_transition(AllocRow& row, const model::DesiredTransition& transition);
model::DesiredTransition transition_of(const AllocRow& row);
// Keeps the flags in step with the packed part.
void set_client_part(AllocRow& row, const ClientPart& part, Dictionary& dictionary);
void set_links(AllocRow& row, const LinksPart& part, Dictionary& dictionary);
ClientPart client_part_of(const AllocRow& row);
ServerPart server_part_of(const AllocRow& row);
LinksPart links_of(const AllocRow& row);
// Splits the usual form of a name into the flag and the number; false: the name goes into the server's part.
bool set_usual_name(AllocRow& row, std::string_view name);
// A whole row from a described allocation whose indexes are right; for restoring. `group` must be of its job version.
Result<Ref<const AllocRow>> make_row(const model::Allocation& alloc, Ref<const GroupRow> group,
                                     Ref<const ResourcesRow> resources, Dictionary& dictionary);

}  // namespace drover::state
