#include "state/alloc_row.h"

#include <algorithm>
#include <iterator>

#include "base/strings.h"
#include "codec/describe.h"

namespace drover::state {
namespace {

constexpr std::string_view kDesired[] = {"run", "stop", "evict"};
constexpr std::string_view kClient[] = {"pending", "running", "complete", "failed", "lost", "unknown"};

// The members of DesiredTransition in the order of their flags.
template <class Transition, class Visit>
void each_transition(Transition& transition, Visit&& visit) {
    visit(transition.Migrate, 0);
    visit(transition.Reschedule, 1);
    visit(transition.ForceReschedule, 2);
    visit(transition.NoShutdownDelay, 3);
    visit(transition.MigrateDisablePlacement, 4);
}

void add(AllocUsage& sum, const model::AllocatedTaskResources& task) {
    sum.cpu_shares += task.Cpu.CpuShares;
    sum.memory_mb += task.Memory.MemoryMB;
    sum.memory_max_mb += std::max(task.Memory.MemoryMB, task.Memory.MemoryMaxMB);
}

AllocUsage larger(const AllocUsage& a, const AllocUsage& b) {
    return {std::max(a.cpu_shares, b.cpu_shares), std::max(a.memory_mb, b.memory_mb),
            std::max(a.memory_max_mb, b.memory_max_mb), std::max(a.disk_mb, b.disk_mb)};
}

}  // namespace

DESCRIBE(ServerPart, FIELD(Name), FIELD(NodeName), FIELD(DesiredDescription), FIELD(PreemptedAllocations),
         FIELD(RescheduleTracker), FIELD(AllocStates), FIELD(SignedIdentities).secret(), FIELD(SigningKeyID));
DESCRIBE(LinksPart, FIELD(PreviousAllocation), FIELD(NextAllocation), FIELD(DeploymentID), FIELD(FollowupEvalID),
         FIELD(PreemptedByAllocation));
DESCRIBE(ClientPart, FIELD(ClientDescription), FIELD(TaskStates), FIELD(DeploymentStatus), FIELD(NetworkStatus));

std::string_view to_text(DesiredStatus status) { return kDesired[static_cast<size_t>(status)]; }
std::string_view to_text(ClientStatus status) { return kClient[static_cast<size_t>(status)]; }

Result<DesiredStatus> parse_desired_status(std::string_view text) {
    const auto* found = std::find(std::begin(kDesired), std::end(kDesired), text);
    if (found == std::end(kDesired)) return fail(Error::internal("invalid desired status " + quote(text)));
    return static_cast<DesiredStatus>(found - std::begin(kDesired));
}

Result<ClientStatus> parse_client_status(std::string_view text) {
    const auto* found = std::find(std::begin(kClient), std::end(kClient), text);
    if (found == std::end(kClient)) return fail(Error::internal("invalid client status " + quote(text)));
    return static_cast<ClientStatus>(found - std::begin(kClient));
}

// Tasks that run one after another share what they need: the largest of prestart, main and poststop. Sidecars and
// poststart tasks run beside the main ones. CPU of reserved cores is never shared.
AllocUsage usage_of(const model::AllocatedResources& resources) {
    AllocUsage prestart, main, poststop;
    int64_t reserved_cpu = 0;
    for (const auto& [name, task] : resources.Tasks) {
        const auto* entry = resources.TaskLifecycles.get(name);
        const model::TaskLifecycleConfig* lifecycle = entry ? entry->get() : nullptr;
        AllocUsage* phase = &main;
        if (lifecycle && lifecycle->Hook == "prestart" && !lifecycle->Sidecar) phase = &prestart;
        if (lifecycle && lifecycle->Hook == "poststop") phase = &poststop;
        add(*phase, task);
        if (!task.Cpu.ReservedCores.empty()) {
            phase->cpu_shares -= task.Cpu.CpuShares;
            reserved_cpu += task.Cpu.CpuShares;
        }
    }
    AllocUsage usage = larger(main, larger(prestart, poststop));
    usage.cpu_shares += reserved_cpu;
    usage.disk_mb = resources.Shared.DiskMB;
    return usage;
}

Ref<const ResourcesRow> make_resources(const model::AllocatedResources& resources, Dictionary& dictionary) {
    auto* row = new ResourcesRow;
    row->usage = usage_of(resources);
    row->has_ports = !resources.Shared.Ports.empty() || !resources.Shared.Networks.empty();
    for (const auto& [name, task] : resources.Tasks) {
        row->has_ports |= !task.Networks.empty();
        row->has_devices |= !task.Devices.empty();
        row->has_cores |= !task.Cpu.ReservedCores.empty();
    }
    row->packed = Packed::make(pack(resources, dictionary));
    return Ref<const ResourcesRow>(row);
}

void set_transition(AllocRow& row, const model::DesiredTransition& transition) {
    each_transition(transition, [&](const Opt<bool>& member, int i) {
        if (!member) return;
        const auto set = static_cast<uint16_t>(kTransition << (2 * i));
        const auto value = static_cast<uint16_t>(set << 1);
        row.flags = static_cast<uint16_t>((row.flags & ~value) | set | (*member ? value : 0));
    });
}

model::DesiredTransition transition_of(const AllocRow& row) {
    model::DesiredTransition transition;
    each_transition(transition, [&](Opt<bool>& member, int i) {
        if (row.flags >> (6 + 2 * i) & 1) member = (row.flags >> (7 + 2 * i) & 1) != 0;
    });
    return transition;
}

void set_client_part(AllocRow& row, const ClientPart& part, Dictionary& dictionary) {
    row.flags = static_cast<uint16_t>(row.flags & ~(kCanary | kHealthKnown | kHealthy));
    if (const auto& status = part.DeploymentStatus) {
        if (status->Canary) row.flags |= kCanary;
        if (status->Healthy) row.flags |= kHealthKnown;
        if (status->Healthy.value_or(false)) row.flags |= kHealthy;
    }
    row.client_part = Packed::make(pack(part, dictionary));
}

void set_links(AllocRow& row, const LinksPart& part, Dictionary& dictionary) {
    row.flags = static_cast<uint16_t>(row.flags & ~kHasNext);
    if (!part.NextAllocation.empty()) row.flags |= kHasNext;
    row.links = Packed::make(pack(part, dictionary));
}

ClientPart client_part_of(const AllocRow& row) {
    return row.client_part ? unpack<ClientPart>(row.client_part->bytes(), row.dictionary()) : ClientPart{};
}
ServerPart server_part_of(const AllocRow& row) {
    return row.server ? unpack<ServerPart>(row.server->bytes(), row.dictionary()) : ServerPart{};
}
LinksPart links_of(const AllocRow& row) {
    return row.links ? unpack<LinksPart>(row.links->bytes(), row.dictionary()) : LinksPart{};
}

bool set_usual_name(AllocRow& row, std::string_view name) {
    row.flags = static_cast<uint16_t>(row.flags & ~(kUsualName | kNamedByJobName));
    const size_t bracket = name.rfind('[');
    if (bracket == std::string_view::npos || name.back() != ']') return false;
    const auto digits = name.substr(bracket + 1, name.size() - bracket - 2);
    const auto number = parse_uint(digits);
    if (!number || *number > UINT32_MAX || std::to_string(*number) != digits) return false;
    row.name_index = static_cast<uint32_t>(*number);
    const auto& group = *row.group;
    const auto head = name.substr(0, bracket);
    if (head == group.job_id + "." + group.task_group) return row.flags |= kUsualName, true;
    if (group.job && head == group.job->Name + "." + group.task_group) return row.flags |= kNamedByJobName, true;
    return false;
}

Result<Ref<const AllocRow>> make_row(const model::Allocation& alloc, Ref<const GroupRow> group,
                                     Ref<const ResourcesRow> resources, Dictionary& dictionary) {
    auto made = Ref<AllocRow>(new AllocRow);
    AllocRow& row = *made;
    const auto id = parse_uuid(alloc.ID);
    if (!id) return fail(id.error().wrapped("index error: "));
    const auto desired = parse_desired_status(alloc.DesiredStatus);
    if (!desired) return fail(desired.error());
    const auto client = parse_client_status(alloc.ClientStatus);
    if (!client) return fail(client.error());
    row.id = *id;
    row.node = parse_uuid(alloc.NodeID).value_or(Uuid{});
    row.eval = parse_uuid(alloc.EvalID).value_or(Uuid{});
    row.desired = *desired;
    row.client = *client;
    row.group = std::move(group);
    row.resources = std::move(resources);
    if (alloc.Metrics) row.metrics = Packed::make(pack(*alloc.Metrics, dictionary));
    ServerPart server{.Name = alloc.Name,
                      .NodeName = alloc.NodeName,
                      .DesiredDescription = alloc.DesiredDescription,
                      .PreemptedAllocations = alloc.PreemptedAllocations,
                      .RescheduleTracker = alloc.RescheduleTracker,
                      .AllocStates = alloc.AllocStates,
                      .SignedIdentities = alloc.SignedIdentities,
                      .SigningKeyID = alloc.SigningKeyID};
    if (set_usual_name(row, alloc.Name)) server.Name.clear();
    row.server = Packed::make(pack(server, dictionary));
    set_links(row,
              {alloc.PreviousAllocation, alloc.NextAllocation, alloc.DeploymentID, alloc.FollowupEvalID,
               alloc.PreemptedByAllocation},
              dictionary);
    set_client_part(row, {alloc.ClientDescription, alloc.TaskStates, alloc.DeploymentStatus, alloc.NetworkStatus},
                    dictionary);
    set_transition(row, alloc.DesiredTransition);
    row.create_index = alloc.CreateIndex;
    row.modify_index = alloc.ModifyIndex;
    row.alloc_modify_index = alloc.AllocModifyIndex;
    row.create_time = alloc.CreateTime;
    row.modify_time = alloc.ModifyTime;
    return Ref<const AllocRow>(made.get());
}

}  // namespace drover::state
