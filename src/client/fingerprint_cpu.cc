#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "base/strings.h"
#include "client/fingerprint.h"
#include "client/host_files.h"

namespace drover::client {
namespace {

struct CpuInfo {
    std::string model;
    std::vector<uint64_t> mhz;  // by processor
};

CpuInfo read_cpuinfo(const std::string& root) {
    CpuInfo out;
    std::istringstream lines(read_host_file(root + "/proc/cpuinfo"));
    for (std::string line; std::getline(lines, line);) {
        const size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        const auto key = trim(std::string_view(line).substr(0, colon));
        const auto value = trim(std::string_view(line).substr(colon + 1));
        if (key == "model name" && out.model.empty()) out.model = value;
        if (key == "cpu MHz") out.mhz.push_back(static_cast<uint64_t>(std::llround(parse_float(value).value_or(0))));
    }
    return out;
}

model::Core read_core(const std::string& root, uint16_t id, const CpuInfo& info) {
    const std::string base = root + "/sys/devices/system/cpu/cpu" + std::to_string(id);
    model::Core core;
    core.ID = id;
    core.SocketID =
        static_cast<uint8_t>(std::max<int64_t>(read_host_number(base + "/topology/physical_package_id", 0), 0));
    auto siblings = parse_core_list(trim(read_host_file(base + "/topology/thread_siblings_list")));
    core.Grade = siblings && siblings->size() > 1;
    core.BaseSpeed = static_cast<uint64_t>(read_host_number(base + "/cpufreq/base_frequency", 0) / 1000);
    core.MaxSpeed = static_cast<uint64_t>(read_host_number(base + "/cpufreq/cpuinfo_max_freq", 0) / 1000);
    if (core.BaseSpeed == 0 && core.MaxSpeed == 0 && !info.mhz.empty()) {
        core.GuessSpeed = info.mhz[std::min<size_t>(id, info.mhz.size() - 1)];
    }
    return core;
}

uint64_t speed(const model::Core& core) {
    if (core.BaseSpeed > 0) return core.BaseSpeed;
    return core.MaxSpeed > 0 ? core.MaxSpeed : core.GuessSpeed;
}

// Which memory node each core belongs to.
void add_nodes(const std::string& root, model::Topology& topology, model::Node& node) {
    const std::string base = root + "/sys/devices/system/node";
    auto online = parse_core_list(trim(read_host_file(base + "/online")));
    if (!online || online->empty()) online = List<uint16_t>{0};
    for (uint16_t number : *online) {
        topology.Nodes.push_back(static_cast<uint8_t>(number));
        const std::string list(trim(read_host_file(base + "/node" + std::to_string(number) + "/cpulist")));
        auto cores = parse_core_list(list);
        if (!cores) continue;
        for (auto& core : topology.Cores) {
            if (std::find(cores->begin(), cores->end(), core.ID) != cores->end())
                core.NodeID = static_cast<uint8_t>(number);
        }
        if (!list.empty()) node.Attributes["numa.node" + std::to_string(number) + ".cores"] = list;
    }
    node.Attributes["numa.node.count"] = std::to_string(topology.Nodes.size());
}

std::string go_architecture() {
    utsname names{};
    ::uname(&names);
    const std::string machine = names.machine;
    if (machine == "x86_64") return "amd64";
    if (machine == "aarch64") return "arm64";
    if (machine == "i686" || machine == "i386") return "386";
    return has_prefix(machine, "arm") ? "arm" : machine;
}

void add_frequencies(const model::Topology& topology, model::Node& node) {
    uint64_t of_performance = 0, of_efficiency = 0;
    size_t performance = 0, efficiency = 0;
    for (const auto& core : topology.Cores) {
        (core.Grade ? performance : efficiency)++;
        auto& highest = core.Grade ? of_performance : of_efficiency;
        highest = std::max(highest, speed(core));
    }
    auto& out = node.Attributes;
    if (performance > 0 && efficiency > 0) {
        out["cpu.frequency.performance"] = std::to_string(of_performance);
        out["cpu.frequency.efficiency"] = std::to_string(of_efficiency);
        out["cpu.numcores.performance"] = std::to_string(performance);
        out["cpu.numcores.efficiency"] = std::to_string(efficiency);
    } else {
        out["cpu.frequency"] = std::to_string(std::max(of_performance, of_efficiency));
    }
}

}  // namespace

Result<List<uint16_t>> parse_core_list(std::string_view text) {
    List<uint16_t> out;
    if (trim(text).empty()) return out;
    for (const auto& part : split(text, ',')) {
        const auto ends = split(trim(part), '-');
        const auto low = parse_uint(ends[0]);
        const auto high = ends.size() == 2 ? parse_uint(ends[1]) : low;
        if (ends.size() > 2 || !low || !high || *low > *high || *high > 4095) {
            return fail(Error::bad_request("invalid list of cores " + quote(text)));
        }
        for (uint64_t core = *low; core <= *high; ++core) out.push_back(static_cast<uint16_t>(core));
    }
    return out;
}

void fingerprint_cpu(const ClientConfig& config, const std::string& root, model::Node& node) {
    const CpuInfo info = read_cpuinfo(root);
    auto online = parse_core_list(trim(read_host_file(root + "/sys/devices/system/cpu/online")));
    if (!online || online->empty()) online = List<uint16_t>{0};
    auto reservable = parse_core_list(config.reservable_cores);
    auto reserved = parse_core_list(config.reserved.cores);
    const auto listed = [](const Result<List<uint16_t>>& list, uint16_t id) {
        return list && std::find(list->begin(), list->end(), id) != list->end();
    };
    auto& resources = node.NodeResources.make();
    auto& topology = resources.Processors.Topology.make();
    uint64_t sum = 0, enabled = 0;
    for (uint16_t id : *online) {
        model::Core core = read_core(root, id, info);
        core.Disable = (!config.reservable_cores.empty() && !listed(reservable, id)) || listed(reserved, id);
        sum += speed(core);
        if (!core.Disable) enabled += speed(core);
        if (!core.Disable) resources.Cpu.ReservableCpuCores.push_back(id);
        topology.Cores.push_back(core);
    }
    add_nodes(root, topology, node);
    const auto override_total = static_cast<uint64_t>(std::max<int64_t>(config.cpu_total_compute, 0));
    const auto withheld = static_cast<uint64_t>(std::max<int64_t>(config.reserved.cpu_mhz, 0));
    topology.OverrideTotalCompute = override_total;
    topology.OverrideWitholdCompute = withheld;
    const uint64_t total = override_total > 0 ? override_total : sum;
    const uint64_t usable = override_total > 0 ? override_total : enabled - std::min(enabled, withheld);
    resources.Cpu.CpuShares = static_cast<int64_t>(total);
    resources.Cpu.TotalCpuCores = static_cast<uint16_t>(topology.Cores.size());

    auto& out = node.Attributes;
    out["cpu.arch"] = go_architecture();
    out["cpu.modelname"] = info.model;
    out["cpu.numcores"] = std::to_string(topology.Cores.size());
    out["cpu.reservablecores"] = std::to_string(resources.Cpu.ReservableCpuCores.size());
    out["cpu.totalcompute"] = std::to_string(total);
    out["cpu.usablecompute"] = std::to_string(usable);
    add_frequencies(topology, node);
}

}  // namespace drover::client
