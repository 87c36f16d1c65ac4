#include "load/objects.h"

#include "base/uuid.h"
#include "codec/json.h"
#include "model/canonicalize.h"

namespace drover::load {
namespace {

constexpr int kRacks = 50;
constexpr int64_t kCpuShares = 8000;
constexpr int64_t kMemoryMb = 16384;
constexpr uint16_t kCores = 4;

model::NodeResources resources() {
    model::NodeResources all;
    all.Cpu.CpuShares = kCpuShares;
    all.Cpu.TotalCpuCores = kCores;
    all.Memory.MemoryMB = kMemoryMb;
    all.Disk.DiskMB = 100'000;
    all.MinDynamicPort = 20000;
    all.MaxDynamicPort = 32000;
    model::Topology topology;
    topology.Nodes = {0};
    topology.BusAssociativity.made = true;
    for (uint16_t id = 0; id < kCores; ++id) {
        all.Cpu.ReservableCpuCores.push_back(id);
        model::Core& core = topology.Cores.emplace_back();
        core.ID = id;
        core.Grade = true;
        core.BaseSpeed = static_cast<uint64_t>(kCpuShares / kCores);
    }
    all.Processors.Topology = std::move(topology);
    model::NodeNetworkResource& network = all.NodeNetworks.emplace_back();
    network.Mode = "host";
    network.Device = "lo";
    network.Speed = 1000;
    network.Addresses = {{"ipv4", "default", "127.0.0.1", "", ""}};
    model::NetworkResource& old = all.Networks.emplace_back();
    old.Mode = "host";
    old.Device = "lo";
    old.CIDR = "127.0.0.1/32";
    old.IP = "127.0.0.1";
    old.MBits = 1000;
    return all;
}

}  // namespace

model::Node make_node(int number, Rng& rng) {
    model::Node node;
    node.ID = random_id(rng);
    node.SecretID = random_id(rng);
    node.Name = "load-" + std::to_string(number);
    node.Datacenter = "dc1";
    node.NodePool = "default";
    node.HTTPAddr = "127.0.0.1:4646";
    node.SchedulingEligibility = "eligible";
    node.Status = "initializing";
    node.Attributes = {{"kernel.name", "linux"},
                       {"kernel.arch", "x86_64"},
                       {"cpu.arch", "amd64"},
                       {"cpu.numcores", std::to_string(kCores)},
                       {"os.name", "debian"},
                       {"os.version", "12"},
                       {"nomad.version", "2.0.5"},
                       {"nomad.service_discovery", "true"},
                       {"driver.raw_exec", "1"},
                       {"unique.hostname", node.Name},
                       {"memory.totalbytes", std::to_string(kMemoryMb << 20)},
                       {"cpu.totalcompute", std::to_string(kCpuShares)}};
    node.Meta = {{"rack", "r" + std::to_string(number % kRacks)}};
    node.Links.made = node.HostVolumes.made = true;
    node.NodeResources = resources();
    node.ReservedResources.make();
    model::DriverInfo driver;
    driver.Attributes.made = true;
    driver.Detected = driver.Healthy = true;
    driver.HealthDescription = "Healthy";
    node.Drivers = {{"raw_exec", driver}};
    return node;
}

std::string job_text(const Options& options, const std::string& id) {
    std::string text =
        R"({"ID":")" + id + R"(","Name":")" + id + R"(","Type":")" + options.type + R"(","Datacenters":["*"],)";
    if (options.spread) text += R"("Spreads":[{"Attribute":"${meta.rack}","Weight":100}],)";
    return text + R"("TaskGroups":[{"Name":"group","Count":)" + std::to_string(options.count) +
           R"(,"EphemeralDisk":{"SizeMB":150},"Tasks":[{"Name":"task","Driver":"raw_exec",)"
           R"("Config":{"command":"/bin/sleep","args":["300"]},"Resources":{"CPU":50,"MemoryMB":32}}]}]})";
}

Result<model::Job> make_job(const Options& options, const std::string& id) {
    auto written = codec::from_json<model::spec::Job>(job_text(options, id));
    if (!written) return fail(written.error());
    model::canonicalize(*written);
    return model::to_job(*written);
}

}  // namespace drover::load
