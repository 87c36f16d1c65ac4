#include "agent/host_data.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include <algorithm>
#include <memory>
#include <set>
#include <sstream>

#include "base/strings.h"
#include "client/host_files.h"
#include "codec/describe.h"

namespace drover::agent {

DESCRIBE(DiskUsage, FIELD(DiskMB), FIELD(UsedMB));

DESCRIBE(HostData, FIELD(OS), FIELD(Network), FIELD(ResolvConf), FIELD(Hosts), FIELD(Environment), FIELD(Disk));

DESCRIBE(HostDataAnswer, FIELD(AgentID), FIELD(HostData));

namespace {

constexpr size_t kMaxMounts = 256;
constexpr std::string_view kSecretWords[] = {"token",      "secret",  "password", "passwd", "credential",
                                             "access_key", "api_key", "license",  "_auth",  "private_key"};

std::string system_name() {
    utsname name{};
    if (::uname(&name) != 0) return "linux";
    return std::string(name.sysname) + " " + name.release + " " + name.version + " " + name.machine;
}

std::string text_of(const sockaddr* address) {
    char text[INET6_ADDRSTRLEN] = {};
    if (address->sa_family == AF_INET) {
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
    } else if (address->sa_family == AF_INET6) {
        ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof text);
    }
    return text;
}

List<Map<std::string>> read_network() {
    List<Map<std::string>> network;
    network.made = true;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return network;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> frees(first, ::freeifaddrs);
    for (const ifaddrs* at = first; at; at = at->ifa_next) {
        std::string address = at->ifa_addr ? text_of(at->ifa_addr) : "";
        if (address.empty()) continue;
        Map<std::string> one{{"name", at->ifa_name}, {"address", std::move(address)}};
        if (at->ifa_netmask) one["netmask"] = text_of(at->ifa_netmask);
        network.push_back(std::move(one));
    }
    return network;
}

// Mounts that lie on a device or a network share; the others have no size to speak of.
Map<DiskUsage> read_disks() {
    Map<DiskUsage> disks;
    disks.made = true;
    std::istringstream mounts(client::read_host_file("/proc/self/mounts"));
    std::set<std::string> devices;
    for (std::string line; std::getline(mounts, line) && disks.size() < kMaxMounts;) {
        const auto words = split(line, ' ');
        if (words.size() < 3 || !words[0].starts_with('/') || !devices.insert(words[0]).second) continue;
        struct statvfs usage{};
        if (::statvfs(words[1].c_str(), &usage) != 0) continue;
        const auto megabytes = [&](uint64_t blocks) { return static_cast<int64_t>(blocks * usage.f_frsize >> 20); };
        disks[words[1]] = {megabytes(usage.f_blocks), megabytes(usage.f_blocks - usage.f_bfree)};
    }
    return disks;
}

bool may_be_secret(std::string_view name) {
    const std::string lower = to_lower(name);
    return std::any_of(std::begin(kSecretWords), std::end(kSecretWords),
                       [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace

Map<std::string> without_secrets(const Map<std::string>& environment) {
    Map<std::string> shown;
    shown.made = true;
    for (const auto& [name, value] : environment) shown[name] = may_be_secret(name) ? "<redacted>" : value;
    return shown;
}

HostData read_host_data(const Map<std::string>& environment) {
    HostData data;
    data.OS = system_name();
    data.Network = read_network();
    data.ResolvConf = client::read_host_file("/etc/resolv.conf");
    data.Hosts = client::read_host_file("/etc/hosts");
    data.Environment = without_secrets(environment);
    data.Disk = read_disks();
    return data;
}

}  // namespace drover::agent
