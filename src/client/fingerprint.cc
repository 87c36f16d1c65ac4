#include "client/fingerprint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/strings.h"
#include "base/uuid.h"
#include "base/version.h"
#include "client/host_files.h"
#include "driver/signals.h"

namespace drover::client {
namespace {

Result<std::string> read_or_make_id(const std::string& path, Rng& rng) {
    if (auto kept = read_host_file(path); !kept.empty()) {
        std::string id = to_lower(trim(kept));
        if (!is_uuid(id)) return fail(Error::internal(path + " does not hold an identifier"));
        return id;
    }
    const std::string id = random_id(rng);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool whole =
        fd >= 0 && ::write(fd, id.data(), id.size()) == static_cast<ssize_t>(id.size()) && ::fsync(fd) == 0;
    if (fd >= 0) ::close(fd);
    if (!whole) return fail(Error::internal("cannot write " + path));
    return id;
}

// The machine's own identifier, told apart from others' uses of it.
std::string host_id() {
    for (const char* path : {"/etc/machine-id", "/sys/class/dmi/id/product_uuid"}) {
        std::string text = to_lower(trim(read_host_file(path)));
        text.erase(std::remove(text.begin(), text.end(), '-'), text.end());
        if (text.size() != 32) continue;
        for (size_t at : {8, 13, 18, 23}) text.insert(at, "-");
        if (is_uuid(text)) return text;
    }
    return "";
}

// Which fingerprints the operator wants: allowlist and denylist in the client's options.
class Wanted {
public:
    Wanted(const Map<std::string>& options, const std::string& family) {
        allowed_ = list(options, {family + ".allowlist", family + ".whitelist"});
        denied_ = list(options, {family + ".denylist", family + ".blacklist"});
    }
    bool operator()(std::string_view name) const {
        const auto has = [&](const std::vector<std::string>& names) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        return (allowed_.empty() || has(allowed_)) && !has(denied_);
    }

private:
    static std::vector<std::string> list(const Map<std::string>& options, std::initializer_list<std::string> keys) {
        std::vector<std::string> out;
        for (const auto& key : keys) {
            const auto* text = options.get(key);
            if (!text) continue;
            for (const auto& part : split(*text, ',')) {
                if (!trim(part).empty()) out.emplace_back(trim(part));
            }
        }
        return out;
    }
    std::vector<std::string> allowed_, denied_;
};

void fingerprint_drover(const ClientConfig& config, model::Node& node) {
    auto& out = node.Attributes;
    out["nomad.version"] = kNomadVersion;
    out["drover.version"] = kDroverVersion;
    out["drover.feature.dispatch_payload"] = "true";  // the scheduler asks for it (scheduler/features.h)
    out["nomad.service_discovery"] = config.nomad_service_discovery ? "true" : "false";
    out["unique.advertise.address"] = config.http_address;
    if (config.bridge_hairpin_mode) out["nomad.bridge.hairpin_mode"] = "true";
    out["os.signals"] = driver::signal_names();
}

void add_reserved(const ClientConfig& config, model::Node& node) {
    auto& out = node.ReservedResources.make();
    out.Cpu.CpuShares = config.reserved.cpu_mhz;
    if (auto cores = parse_core_list(config.reserved.cores); cores && !cores->empty())
        out.Cpu.ReservedCpuCores = *cores;
    out.Memory.MemoryMB = config.reserved.memory_mb;
    out.Disk.DiskMB = config.reserved.disk_mb;
    out.Networks.ReservedHostPorts = config.reserved.ports;
}

void add_drivers(const ClientConfig& config, const driver::Drivers& drivers, Time now, model::Node& node) {
    const Wanted wanted(config.options, "driver");
    node.Drivers.made = true;
    for (const auto& [name, driver] : drivers) {
        if (!wanted(name)) continue;
        model::DriverInfo info = driver->fingerprint(now);
        if (info.Detected && info.Healthy) {
            for (const auto& [key, value] : info.Attributes) {
                node.Attributes[key] = key == "driver." + name ? "1" : value;
            }
        }
        node.Drivers[name] = std::move(info);
    }
}

void add_meta(const ClientConfig& config, model::Node& node) {
    node.Meta = {{"connect.log_level", "info"},
                 {"connect.proxy_concurrency", "1"},
                 {"connect.sidecar_image", "docker.io/envoyproxy/envoy:v${NOMAD_envoy_version}"},
                 {"connect.gateway_image", "docker.io/envoyproxy/envoy:v${NOMAD_envoy_version}"},
                 {"connect.transparent_proxy.default_outbound_port", "15001"},
                 {"connect.transparent_proxy.default_uid", "101"}};
    for (const auto& [key, value] : config.meta) node.Meta[key] = value;
}

}  // namespace

Result<NodeIdentity> node_identity(const ClientConfig& config, Rng& rng) {
    if (config.dev_mode) return NodeIdentity{random_id(rng), random_id(rng)};
    NodeIdentity out;
    const std::string path = config.state_dir + "/client-id";
    if (const std::string host = config.no_host_uuid ? "" : host_id(); !host.empty() && read_host_file(path).empty()) {
        out.id = host;
        std::ofstream(path) << host;
        ::chmod(path.c_str(), 0600);
    } else {
        auto id = read_or_make_id(path, rng);
        if (!id) return fail(id.error());
        out.id = *id;
    }
    auto secret = read_or_make_id(config.state_dir + "/secret-id", rng);
    if (!secret) return fail(secret.error());
    out.secret = *secret;
    return out;
}

void fingerprint_memory(const ClientConfig& config, const std::string& root, model::Node& node) {
    std::istringstream lines(read_host_file(root + "/proc/meminfo"));
    int64_t total_bytes = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!has_prefix(line, "MemTotal:")) continue;
        std::istringstream words(line.substr(9));
        words >> total_bytes;
        total_bytes *= 1024;
        break;
    }
    if (config.memory_total_mb > 0) total_bytes = config.memory_total_mb << 20;
    node.Attributes["memory.totalbytes"] = std::to_string(total_bytes);
    node.NodeResources.make().Memory.MemoryMB = total_bytes >> 20;
}

void fingerprint_host(const std::string& root, model::Node& node) {
    utsname names{};
    ::uname(&names);
    auto& out = node.Attributes;
    out["kernel.name"] = to_lower(names.sysname);
    out["kernel.version"] = names.release;
    out["kernel.arch"] = names.machine;
    out["unique.hostname"] = names.nodename;
    std::istringstream lines(read_host_file(root + "/etc/os-release"));
    for (std::string line; std::getline(lines, line);) {
        const size_t equals = line.find('=');
        if (equals == std::string::npos) continue;
        std::string value(trim(line.substr(equals + 1)));
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
            value = value.substr(1, value.size() - 2);
        if (line.substr(0, equals) == "ID") out["os.name"] = value;
        if (line.substr(0, equals) == "VERSION_ID") out["os.version"] = value;
    }
    if (out["os.name"] == "debian") {
        if (std::string version(trim(read_host_file(root + "/etc/debian_version"))); !version.empty())
            out["os.version"] = version;
    }
    struct stat found{};
    const std::string cgroups = root + "/sys/fs/cgroup";
    if (::stat((cgroups + "/cgroup.controllers").c_str(), &found) == 0) {
        out["os.cgroups.version"] = "2";
    } else if (::geteuid() == 0 && ::stat((cgroups + "/cpu").c_str(), &found) == 0) {
        out["os.cgroups.version"] = "1";
    }
    // Asking the kernel which version of its sandbox it has: flag 1, no attributes.
    const long landlock = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1);
    if (landlock > 0) out["kernel.landlock"] = "v" + std::to_string(landlock);
}

void fingerprint_storage(const ClientConfig& config, model::Node& node) {
    struct statvfs space{};
    struct stat place{};
    if (::statvfs(config.alloc_dir.c_str(), &space) != 0 || ::stat(config.alloc_dir.c_str(), &place) != 0) return;
    auto total = static_cast<int64_t>(space.f_blocks * space.f_frsize);
    if (config.disk_total_mb > 0) total = config.disk_total_mb << 20;
    node.Attributes["unique.storage.bytestotal"] = std::to_string(total);
    node.NodeResources.make().Disk.DiskMB = total >> 20;
    // The mount whose point is the longest start of the directory's path.
    std::error_code error;
    const std::string path = std::filesystem::canonical(config.alloc_dir, error).string();
    std::istringstream lines(read_host_file("/proc/self/mounts"));
    size_t best = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto words = split(line, ' ');
        if (words.size() < 2) continue;
        const bool holds = path == words[1] || words[1] == "/" || has_prefix(path, words[1] + "/");
        if (!holds || words[1].size() < best) continue;
        best = words[1].size();
        node.Attributes["unique.storage.volume"] = words[0];
    }
}

Result<model::Node> fingerprint(const ClientConfig& config, const NodeIdentity& identity,
                                const driver::Drivers& drivers, Time now) {
    model::Node node;
    node.ID = identity.id;
    node.SecretID = identity.secret;
    node.Datacenter = config.datacenter;
    node.Name = config.node_name;
    node.NodeClass = config.node_class;
    node.NodePool = config.node_pool;
    node.HTTPAddr = config.http_address;
    node.TLSEnabled = config.tls_http;
    node.CgroupParent = config.cgroup_parent;
    node.Status = "initializing";
    node.SchedulingEligibility = config.default_ineligible ? "ineligible" : "eligible";
    node.NodeMaxAllocs = config.node_max_allocs;
    node.GCVolumesOnNodeGC = config.gc_volumes_on_node_gc;
    node.Links.made = true;
    node.CSIControllerPlugins.made = node.CSINodePlugins.made = true;
    node.HostVolumes.made = true;
    for (const auto& volume : config.host_volumes) node.HostVolumes[volume.Name] = volume;
    for (const auto& network : config.host_networks) node.HostNetworks[network.Name] = network;
    const Wanted wanted(config.options, "fingerprint");
    auto& resources = node.NodeResources.make();
    resources.MinDynamicPort = config.min_dynamic_port;
    resources.MaxDynamicPort = config.max_dynamic_port;
    fingerprint_cpu(config, "", node);
    fingerprint_memory(config, "", node);
    fingerprint_host("", node);
    fingerprint_storage(config, node);
    if (wanted("network")) {
        if (auto found = fingerprint_network(config, "", node); !found) return fail(found.error());
    }
    fingerprint_drover(config, node);
    if (!wanted("signal")) node.Attributes.erase("os.signals");
    std::erase_if(node.Attributes, [](const auto& entry) { return entry.second.empty(); });
    add_reserved(config, node);
    add_meta(config, node);
    add_drivers(config, drivers, now, node);
    return node;
}

}  // namespace drover::client
