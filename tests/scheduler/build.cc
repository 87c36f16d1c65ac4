#include "build.h"

#include <stdexcept>

#include "base/strings.h"
#include "codec/json.h"
#include "model/job_rules.h"
#include "scheduler/node_facts.h"

namespace drover::scheduler::cases {
namespace {

// What the member does not mention stays.
template <class T>
void merge(T& value, const Options& options, std::string_view name) {
    for (const std::string& text : options.all(name)) {
        const auto read = codec::from_json(text, codec::type_of<T>(), &value);
        if (!read) throw std::runtime_error(read.error().message);
    }
}

// "11:GiB" has a unit; "a" is text.
codec::Any attribute_of(const std::string& text) {
    const auto parts = split(text, ':');
    codec::AnyMap map;
    if (const auto number = parse_int(parts[0])) {
        map["Int"] = *number;
    } else if (const auto real = parse_float(parts[0])) {
        map["Float"] = *real;
    } else if (text == "true" || text == "false") {
        map["Bool"] = text == "true";
    } else {
        map["String"] = parts[0];
    }
    if (parts.size() > 1) map["Unit"] = parts[1];
    return map;
}

// "nvidia/gpu/a100 ids=g0,g1 sick=g1 attr.memory=11:GiB".
model::NodeDeviceResource device_of(const std::string& text) {
    const Words words = words_of(text);
    const Options options(words, 1);
    const auto parts = split(words[0], '/');
    model::NodeDeviceResource device;
    device.Vendor = parts.at(0);
    device.Type = parts.at(1);
    device.Name = parts.at(2);
    const auto sick = list_of(options.text("sick"));
    for (const std::string& id : list_of(options.text("ids"))) {
        device.Instances.push_back({id, std::find(sick.begin(), sick.end(), id) == sick.end(), "", {}});
    }
    for (const auto& [name, value] : options.under("attr.")) device.Attributes[name] = attribute_of(value);
    return device;
}

void put_networks(model::NodeResources& resources, const Options& options) {
    model::NodeNetworkResource main{"host", "eth0", "", 1000, {{"ipv4", "default", "10.0.0.1", "", ""}}};
    for (const std::string& text : options.all("hostnet")) {  // public:10.1.0.1[:22-25]
        const auto parts = split(text, ':');
        main.Addresses.push_back({"ipv4", parts.at(0), parts.at(1), parts.size() > 2 ? parts[2] : "", ""});
    }
    resources.NodeNetworks.push_back(main);
    for (const std::string& mode : list_of(options.text("network"))) {
        model::NodeNetworkResource other;
        other.Mode = mode;
        resources.NodeNetworks.push_back(other);
    }
    const auto ports = split(options.text("ports", "20000-32000"), '-');
    resources.MinDynamicPort = *parse_int(ports[0]);
    resources.MaxDynamicPort = *parse_int(ports.at(1));
}

void put_resources(model::Node& node, const Options& options, size_t i) {
    const auto amount = [&](const char* name, const char* fallback) {
        return *parse_int(pick(options.text(name, fallback), i));
    };
    model::NodeResources& resources = node.NodeResources.make();
    resources.Cpu.CpuShares = amount("cpu", "4000");
    resources.Memory.MemoryMB = amount("mem", "8192");
    resources.Disk.DiskMB = amount("disk", "100000");
    const int64_t cores = amount("cores", "0");
    resources.Cpu.TotalCpuCores = static_cast<uint16_t>(cores);
    for (int64_t core = 0; core < cores; ++core)
        resources.Cpu.ReservableCpuCores.push_back(static_cast<uint16_t>(core));
    put_networks(resources, options);
    for (const std::string& text : options.all("device")) resources.Devices.push_back(device_of(pick(text, i)));
    const auto sick = list_of(options.text("sick"));
    for (model::NodeDeviceResource& group : resources.Devices) {
        for (model::NodeDevice& device : group.Instances)
            device.Healthy &= std::find(sick.begin(), sick.end(), device.ID) == sick.end();
    }
    model::NodeReservedResources& reserved = node.ReservedResources.make();
    reserved.Cpu.CpuShares = amount("reserved_cpu", "0");
    reserved.Memory.MemoryMB = amount("reserved_mem", "0");
    reserved.Disk.DiskMB = amount("reserved_disk", "0");
    for (const std::string& core : list_of(options.text("reserved_cores")))
        reserved.Cpu.ReservedCpuCores.push_back(static_cast<uint16_t>(*parse_int(core)));
    reserved.Networks.ReservedHostPorts = options.text("reserved_ports");
}

// As a server makes it: of all that is not unique to the node.
std::string class_of(const model::Node& node) {
    std::string text = "v1:" + node.Datacenter + "/" + node.NodePool + "/" + node.NodeClass;
    for (const auto* map : {&node.Meta, &node.Attributes}) {
        for (const auto& [key, value] : *map) {
            if (!has_prefix(key, "unique.")) text += "," + key + "=" + value;
        }
    }
    for (const auto& device : node.NodeResources->Devices) text += "+" + device.Vendor + device.Type + device.Name;
    return text;
}

// "8080", "8080:http", "8080:http@public", "8080:http!" (may collide).
model::Port static_port_of(std::string text) {
    model::Port port;
    if (has_suffix(text, "!")) {
        port.IgnoreCollision = true;
        text.pop_back();
    }
    const auto at = split(text, '@');
    if (at.size() > 1) port.HostNetwork = at[1];
    const auto parts = split(at[0], ':');
    port.Value = *parse_int(parts[0]);
    port.Label = parts.size() > 1 ? parts[1] : parts[0];
    return port;
}

// "http", "http:8080" (inside), "http:-1@public".
model::Port dynamic_port_of(const std::string& text) {
    model::Port port;
    const auto at = split(text, '@');
    if (at.size() > 1) port.HostNetwork = at[1];
    const auto parts = split(at[0], ':');
    port.Label = parts[0];
    if (parts.size() > 1) port.To = *parse_int(parts[1]);
    return port;
}

// "nvidia/gpu count=2 constraint='..' affinity='..;50'".
model::RequestedDevice request_of(const std::string& text) {
    const Words words = words_of(text);
    const Options options(words, 1);
    model::RequestedDevice request;
    request.Name = words[0];
    request.Count = static_cast<uint64_t>(options.number("count", 1));
    for (const std::string& rule : options.all("constraint")) request.Constraints.push_back(constraint_of(rule));
    for (const std::string& wish : options.all("affinity")) request.Affinities.push_back(affinity_of(wish));
    return request;
}

void put_task_resources(model::Resources& resources, const Options& options) {
    resources.Cores = options.number("cores", 0);
    resources.CPU = options.number("cpu", resources.Cores > 0 ? 0 : 100);
    resources.MemoryMB = options.number("mem", 100);
    resources.MemoryMaxMB = options.number("mem_max", 0);
    resources.SecretsMB = options.number("secrets_mem", 0);
    for (const std::string& text : options.all("device")) resources.Devices.push_back(request_of(text));
    if (options.has("task_port")) {
        resources.Networks.resize(1);
        for (const std::string& port : options.all("task_port"))
            resources.Networks[0].DynamicPorts.push_back(dynamic_port_of(port));
    }
}

model::Task task_from(const std::string& name, const Options& options) {
    model::Task task;
    task.Name = name;
    task.Driver = options.text("driver", "mock");
    task.User = options.text("user");
    task.Leader = options.flag("leader");
    task.KillTimeout = options.duration("kill_timeout", seconds(5));
    if (options.has("env")) task.Env["X"] = options.text("env");
    for (const auto& [key, value] : options.under("env.")) task.Env[key] = value;
    for (const auto& [key, value] : options.under("config.")) task.Config[key] = value;
    for (const auto& [key, value] : options.under("meta.")) task.Meta[key] = value;
    for (const std::string& rule : options.all("task_constraint")) task.Constraints.push_back(constraint_of(rule));
    for (const std::string& wish : options.all("task_affinity")) task.Affinities.push_back(affinity_of(wish));
    if (options.has("lifecycle")) {
        const auto parts = split(options.text("lifecycle"), ':');
        task.Lifecycle = model::TaskLifecycleConfig{parts[0], parts.size() > 1};
    }
    put_task_resources(task.Resources.make(), options);
    merge(task, options, "task");
    return task;
}

void put_policies(const model::Job& job, model::TaskGroup& group, const Options& options) {
    if (model::may_update(job) && options.text("update") != "none") {
        model::UpdateStrategy& update = group.Update.make();
        update.MaxParallel = options.number("max_parallel", 1);
        update.Canary = options.number("canary", 0);
        update.AutoPromote = options.flag("auto_promote");
        update.AutoRevert = options.flag("auto_revert");
        update.ProgressDeadline = options.duration("progress_deadline", minutes(10));
        update.Stagger = options.duration("stagger", seconds(30));
    }
    if (options.has("migrate_parallel")) group.Migrate.make().MaxParallel = options.number("migrate_parallel", 1);
    const bool service = job.Type == "service";
    if ((service || job.Type == "batch") && options.text("reschedule") != "none") {
        model::ReschedulePolicy& policy = group.ReschedulePolicy.make();
        policy.DelayFunction = options.text("reschedule", service ? "exponential" : "constant");
        policy.Delay = options.duration("delay", service ? seconds(30) : seconds(5));
        policy.MaxDelay = options.duration("max_delay", service ? hours(1) : Duration{});
        policy.Attempts = options.number("attempts", service ? 0 : 1);
        policy.Interval = options.duration("interval", service ? Duration{} : hours(24));
        policy.Unlimited = options.flag("unlimited", service && !options.has("attempts"));
    }
    if (options.has("lost_after") || options.has("stop_after") || options.has("replace") || options.has("reconcile")) {
        model::DisconnectStrategy& disconnect = group.Disconnect.make();
        disconnect.LostAfter = options.duration("lost_after", {});
        if (options.has("stop_after")) disconnect.StopOnClientAfter = options.duration("stop_after", {});
        disconnect.Replace = options.flag("replace", true);
        disconnect.Reconcile = options.text("reconcile", "best_score");
    }
}

void put_volume(model::TaskGroup& group, const std::string& text) {  // name:type:source[:ro][:per_alloc][:mode=..]
    const auto parts = split(text, ':');
    model::VolumeRequest& request = group.Volumes[parts.at(0)];
    request.Name = parts[0];
    request.Type = parts.at(1);
    request.Source = parts.at(2);
    for (size_t i = 3; i < parts.size(); ++i) {
        request.ReadOnly |= parts[i] == "ro";
        request.PerAlloc |= parts[i] == "per_alloc";
        request.Sticky |= parts[i] == "sticky";
        if (has_prefix(parts[i], "mode=")) request.AccessMode = parts[i].substr(5);
    }
}

model::TaskGroup group_from(const model::Job& job, const std::string& name, const Options& options) {
    model::TaskGroup group;
    group.Name = name;
    group.Count = options.number("count", 1);
    group.EphemeralDisk =
        model::EphemeralDisk{options.flag("sticky"), options.number("disk", 10), options.flag("disk_migrate")};
    for (const std::string& rule : options.all("constraint")) group.Constraints.push_back(constraint_of(rule));
    for (const std::string& wish : options.all("affinity")) group.Affinities.push_back(affinity_of(wish));
    for (const std::string& block : options.all("spread")) group.Spreads.push_back(spread_of(block));
    if (options.has("network") || options.has("static_port") || options.has("port")) group.Networks.resize(1);
    if (options.has("network")) group.Networks[0].Mode = options.text("network");
    for (const std::string& port : options.all("static_port"))
        group.Networks[0].ReservedPorts.push_back(static_port_of(port));
    for (const std::string& port : options.all("port")) group.Networks[0].DynamicPorts.push_back(dynamic_port_of(port));
    for (const std::string& text : options.all("volume")) put_volume(group, text);
    put_policies(job, group, options);
    merge(group, options, "group");
    for (const std::string& task : list_of(options.text("tasks", "t")))
        group.Tasks.push_back(task_from(task, options.of(task, '/')));
    return group;
}

// "running", or "unknown@-5m".
model::AllocState state_of(const std::string& text, Time now) {
    const auto parts = split(text, '@');
    return {0, parts[0], parts.size() > 1 ? now + duration_of(parts[1]) : now};
}

void change_transition(model::DesiredTransition& wanted, const Options& options) {
    if (options.has("migrate")) wanted.Migrate = options.flag("migrate");
    if (options.has("reschedule")) wanted.Reschedule = options.flag("reschedule");
    if (options.has("force")) wanted.ForceReschedule = options.flag("force");
    if (options.has("disable_placement")) wanted.MigrateDisablePlacement = options.flag("disable_placement");
}

void change_tasks(model::Allocation& alloc, const Options& options, Time now) {
    const std::string task = options.text("task_name", "t");
    if (options.has("started")) alloc.TaskStates[task].StartedAt = now + options.duration("started", {});
    if (options.has("failed_at")) {
        alloc.TaskStates[task].State = "dead";
        alloc.TaskStates[task].Failed = true;
        alloc.TaskStates[task].FinishedAt = now + options.duration("failed_at", {});
    }
    if (options.has("succeeded")) alloc.TaskStates[task].State = "dead";
}

}  // namespace

model::Node node_from(const Options& options, size_t i) {
    model::Node node;
    const auto text = [&](const char* name, const char* fallback) { return pick(options.text(name, fallback), i); };
    node.Datacenter = text("dc", "dc1");
    node.NodePool = text("pool", "default");
    node.NodeClass = text("class", "");
    node.Status = text("status", "ready");
    node.SchedulingEligibility = text("eligibility", "eligible");
    if (options.flag("drain")) node.DrainStrategy.make();
    node.NodeMaxAllocs = options.number("max_allocs", 0);
    put_resources(node, options, i);
    for (const std::string& driver : list_of(text("driver", "mock"))) {
        const bool sick = has_suffix(driver, "!");
        node.Drivers[sick ? driver.substr(0, driver.size() - 1) : driver] = {{}, true, !sick, "", {}};
    }
    for (const std::string& volume : list_of(text("hostvol", ""))) {
        const auto parts = split(volume, ':');
        node.HostVolumes[parts[0]] = {parts[0], "/" + parts[0], parts.size() > 1, ""};
    }
    for (const auto& [key, value] : options.under("meta.")) node.Meta[key] = pick(value, i);
    for (const auto& [key, value] : options.under("attr.")) node.Attributes[key] = pick(value, i);
    node.ComputedClass = class_of(node);
    return node;
}

model::Job job_from(const std::string& id, const Options& options) {
    model::Job job;
    job.ID = id;
    job.Name = options.text("name", id);
    job.Namespace = "default";
    job.Type = options.text("type", "service");
    job.Priority = options.number("priority", 50);
    job.NodePool = options.text("pool", "default");
    job.AllAtOnce = options.flag("all_at_once");
    for (const std::string& dc : list_of(options.text("dc", "*"))) job.Datacenters.push_back(dc);
    job.Stop = options.flag("stop");
    for (const std::string& rule : options.all("job_constraint")) job.Constraints.push_back(constraint_of(rule));
    for (const std::string& wish : options.all("job_affinity")) job.Affinities.push_back(affinity_of(wish));
    for (const std::string& block : options.all("job_spread")) job.Spreads.push_back(spread_of(block));
    merge(job, options, "job");
    for (const std::string& group : list_of(options.text("groups", "g")))
        job.TaskGroups.push_back(group_from(job, group, options.of(group, ':')));
    return job;
}

void change(model::Allocation& alloc, const Options& options, Time now) {
    alloc.ClientStatus = options.text("client", alloc.ClientStatus);
    alloc.DesiredStatus = options.text("desired", alloc.DesiredStatus);
    if (options.has("healthy")) alloc.DeploymentStatus.make().Healthy = options.flag("healthy");
    if (options.has("canary")) alloc.DeploymentStatus.make().Canary = options.flag("canary");
    change_transition(alloc.DesiredTransition, options);
    change_tasks(alloc, options, now);
    for (const std::string& state : list_of(options.text("states"))) alloc.AllocStates.push_back(state_of(state, now));
    for (const std::string& event : list_of(options.text("events"))) {  // "30s@-1m": the delay, and when
        const auto parts = split(event, '@');
        alloc.RescheduleTracker.make().Events.push_back(
            {(now + duration_of(parts.at(1))).unix_ns, "", "", duration_of(parts[0])});
    }
    if (options.flag("no_placement")) alloc.RescheduleTracker.make().LastReschedule = "no placement";
    alloc.FollowupEvalID = options.text("follow_up", alloc.FollowupEvalID);
    alloc.NextAllocation = options.text("next", alloc.NextAllocation);
    if (options.has("score")) {
        auto metrics = std::make_shared<model::AllocMetric>();
        metrics->ScoreMetaData.push_back({alloc.NodeID, {}, options.real("score", 0)});
        alloc.Metrics = metrics;
    }
    alloc.ModifyTime = (now + options.duration("modified", {})).unix_ns;
}

}  // namespace drover::scheduler::cases
