#include "client/task_env.h"

#include <algorithm>

#include "base/strings.h"
#include "model/alloc_rules.h"

namespace drover::client {
namespace {

using codec::Any;
using codec::AnyList;
using codec::AnyMap;
using codec::AnyObject;

constexpr std::string_view kDeniedHostVariables =
    "CONSUL_TOKEN,CONSUL_HTTP_TOKEN,CONSUL_HTTP_TOKEN_FILE,NOMAD_TOKEN,VAULT_TOKEN,CONSUL_LICENSE,CONSUL_LICENSE_PATH,"
    "NOMAD_LICENSE,NOMAD_LICENSE_PATH,VAULT_LICENSE,VAULT_LICENSE_PATH,AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY,"
    "AWS_SESSION_TOKEN,AWS_METADATA_URL,GOOGLE_APPLICATION_CREDENTIALS,GOOGLE_OAUTH_ACCESS_TOKEN";

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '_' || c == '-' || c == '.';
    });
}

std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

// Keys that come from labels and metadata are made fit for shells.
std::string clean_key(const std::string& key) {
    static constexpr std::string_view kCleaned[] = {"NOMAD_ADDR_", "NOMAD_IP_", "NOMAD_PORT_", "NOMAD_HOST_PORT_",
                                                    "NOMAD_META_"};
    const bool cleaned = std::any_of(std::begin(kCleaned), std::end(kCleaned),
                                     [&](std::string_view prefix) { return has_prefix(key, prefix); });
    if (!cleaned) return key;
    std::string out = key;
    for (char& c : out) {
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.') c = '_';
    }
    return out;
}

// "0-2,7"
std::string core_list(const List<uint16_t>& cores) {
    std::string out;
    for (size_t i = 0; i < cores.size();) {
        size_t last = i;
        while (last + 1 < cores.size() && cores[last + 1] == cores[last] + 1) ++last;
        if (!out.empty()) out += ',';
        out += std::to_string(cores[i]);
        if (last > i) out += '-' + std::to_string(cores[last]);
        i = last + 1;
    }
    return out;
}

std::string address(const std::string& ip, int64_t port) {
    const bool v6 = ip.find(':') != std::string::npos;
    return (v6 ? "[" + ip + "]" : ip) + ":" + std::to_string(port);
}

class Builder {
public:
    explicit Builder(const TaskEnvInput& in) : in_(in) {}

    TaskEnv build() {
        add_node_values();
        add_directories();
        add_resources();
        add_identity();
        add_task_networks();
        add_group_ports();
        add_token();
        add_meta();
        add_host_environment();
        add_task_environment();
        TaskEnv clean;
        clean.node_values = std::move(env_.node_values);
        clean.environment.made = true;
        for (auto& [key, value] : env_.environment) clean.environment[clean_key(key)] = std::move(value);
        return clean;
    }

private:
    void set(const std::string& key, std::string value) { env_.environment[key] = std::move(value); }
    void set_unless_empty(const std::string& key, const std::string& value) {
        if (!value.empty()) set(key, value);
    }

    const model::AllocatedTaskResources* resources(const std::string& task) const {
        return in_.alloc.AllocatedResources ? in_.alloc.AllocatedResources->Tasks.get(task) : nullptr;
    }

    void add_node_values() {
        auto& out = env_.node_values;
        out["node.unique.id"] = in_.node.ID;
        out["node.unique.name"] = in_.node.Name;
        out["node.datacenter"] = in_.node.Datacenter;
        out["node.region"] = in_.region;
        out["node.class"] = in_.node.NodeClass;
        out["node.pool"] = in_.node.NodePool;
        for (const auto& [key, value] : in_.node.Attributes) out["node.attr." + key] = out["attr." + key] = value;
        for (const auto& [key, value] : in_.node.Meta) out["node.meta." + key] = out["meta." + key] = value;
    }

    void add_directories() {
        set("NOMAD_ALLOC_DIR", in_.paths.shared);
        set("NOMAD_TASK_DIR", in_.paths.local);
        set("NOMAD_SECRETS_DIR", in_.paths.secrets);
    }

    void add_resources() {
        const auto* given = resources(in_.task.Name);
        if (!given) return;
        if (given->Memory.MemoryMB > 0) set("NOMAD_MEMORY_LIMIT", std::to_string(given->Memory.MemoryMB));
        if (given->Memory.MemoryMaxMB > 0) set("NOMAD_MEMORY_MAX_LIMIT", std::to_string(given->Memory.MemoryMaxMB));
        if (given->Cpu.CpuShares > 0) set("NOMAD_CPU_LIMIT", std::to_string(given->Cpu.CpuShares));
        set_unless_empty("NOMAD_CPU_CORES", core_list(given->Cpu.ReservedCores));
    }

    void add_identity() {
        const auto& job = *in_.alloc.Job;
        set_unless_empty("NOMAD_ALLOC_ID", in_.alloc.ID);
        set_unless_empty("NOMAD_SHORT_ALLOC_ID", in_.alloc.ID.substr(0, 8));
        set_unless_empty("NOMAD_ALLOC_NAME", in_.alloc.Name);
        set_unless_empty("NOMAD_GROUP_NAME", in_.group.Name);
        if (const auto index = model::alloc_index(in_.alloc.Name)) set("NOMAD_ALLOC_INDEX", std::to_string(*index));
        set_unless_empty("NOMAD_TASK_NAME", in_.task.Name);
        set_unless_empty("NOMAD_JOB_ID", job.ID);
        set_unless_empty("NOMAD_JOB_NAME", job.Name);
        set_unless_empty("NOMAD_JOB_PARENT_ID", job.ParentID);
        set_unless_empty("NOMAD_DC", in_.node.Datacenter);
        set_unless_empty("NOMAD_PARENT_CGROUP", in_.node.CgroupParent);
        set_unless_empty("NOMAD_NAMESPACE", in_.alloc.Namespace);
        set_unless_empty("NOMAD_REGION", std::string(in_.region));
    }

    // Ports asked for by tasks (the old style): the task's own by label, those of the others by task and label.
    void add_task_networks() {
        if (!in_.alloc.AllocatedResources) return;
        for (const auto& [name, given] : in_.alloc.AllocatedResources->Tasks) {
            for (const auto& network : given.Networks) {
                for (const auto* ports : {&network.ReservedPorts, &network.DynamicPorts}) {
                    for (const auto& port : *ports) add_task_port(name, network, port);
                }
            }
        }
    }

    void add_task_port(const std::string& task, const model::NetworkResource& network, const model::Port& port) {
        const bool own = task == in_.task.Name;
        const std::string label = own ? port.Label : task + "_" + port.Label;
        const std::string number = std::to_string(port.Value);
        set("NOMAD_IP_" + label, network.IP);
        set("NOMAD_PORT_" + label, number);
        set("NOMAD_ADDR_" + label, address(network.IP, port.Value));
        if (!own) return;
        set((network.IP.find(':') == std::string::npos ? "NOMAD_IPv4_" : "NOMAD_IPv6_") + label, network.IP);
        set("NOMAD_HOST_PORT_" + label, number);
    }

    void add_group_ports() {
        if (!in_.alloc.AllocatedResources) return;
        for (const auto& port : in_.alloc.AllocatedResources->Shared.Ports) {
            const std::string& label = port.Label;
            const std::string inside = std::to_string(port.To > 0 ? port.To : port.Value);
            set("NOMAD_ADDR_" + label, address(port.HostIP, port.Value));
            set("NOMAD_HOST_ADDR_" + label, address(port.HostIP, port.Value));
            set("NOMAD_IP_" + label, port.HostIP);
            set("NOMAD_HOST_IP_" + label, port.HostIP);
            set("NOMAD_HOST_PORT_" + label, std::to_string(port.Value));
            set("NOMAD_PORT_" + label, inside);
            set("NOMAD_ALLOC_PORT_" + label, inside);
        }
    }

    void add_token() {
        const std::string* token = in_.alloc.SignedIdentities.get(in_.task.Name);
        if (in_.task.Identity && in_.task.Identity->Env && token) set("NOMAD_TOKEN", *token);
    }

    void add_meta() {
        const auto& job = *in_.alloc.Job;
        auto meta = combined_meta(job, in_.group, in_.task);
        if (job.Dispatched && job.ParameterizedJob) {
            for (const auto& key : job.ParameterizedJob->MetaOptional) meta.emplace(key, "");
        }
        for (const auto& [key, value] : meta) {
            const std::string replaced = env_.replace(value);
            set("NOMAD_META_" + key, replaced);
            set("NOMAD_META_" + upper(key), replaced);
        }
    }

    void add_host_environment() {
        const auto denied = split(in_.env_denylist.empty() ? kDeniedHostVariables : in_.env_denylist, ',');
        for (const auto& [key, value] : in_.host_environment) {
            if (std::find(denied.begin(), denied.end(), key) == denied.end()) env_.environment.emplace(key, value);
        }
    }

    void add_task_environment() {
        const TaskEnv before = env_;
        for (const auto& [key, value] : in_.task.Env) set(before.replace(key), before.replace(value));
    }

    const TaskEnvInput& in_;
    TaskEnv env_;
};

}  // namespace

const std::string* TaskEnv::find(std::string_view name) const {
    if (const auto* value = environment.get(name)) return value;
    if (has_prefix(name, "env.")) return environment.get(name.substr(4));
    return node_values.get(name);
}

std::string TaskEnv::replace(std::string_view text) const {
    std::string out;
    for (size_t at = 0; at < text.size();) {
        const size_t open = text.find("${", at);
        const size_t close = open == text.npos ? text.npos : text.find('}', open);
        if (close == text.npos) return out.append(text.substr(at));
        const std::string_view name = text.substr(open + 2, close - open - 2);
        const std::string* value = is_name(name) ? find(name) : nullptr;
        // An unknown one stays; what follows its "${" may hold another.
        const size_t end = value ? close + 1 : open + 2;
        out.append(text.substr(at, value ? open - at : end - at));
        if (value) out += *value;
        at = end;
    }
    return out;
}

Result<std::string> TaskEnv::evaluate_text(std::string_view text) const {
    std::string out;
    for (size_t at = 0; at < text.size();) {
        const size_t open = text.find("${", at);
        if (open == text.npos) return out.append(text.substr(at));
        if (open > at && text[open - 1] == '$') {
            out.append(text.substr(at, open - 1 - at)).append("${");
            at = open + 2;
            continue;
        }
        out.append(text.substr(at, open - at));
        const size_t close = text.find('}', open);
        if (close == text.npos) return fail(Error::bad_request("Unclosed template expression in " + quote(text)));
        std::string_view name = trim(text.substr(open + 2, close - open - 2));
        if (has_prefix(name, "env[\"") && has_suffix(name, "\"]")) name = name.substr(5, name.size() - 7);
        const std::string* value = find(name);
        if (!value) {
            return fail(Error::bad_request("Unknown variable; There is no variable named " + quote(name) + "."));
        }
        out += *value;
        at = close + 1;
    }
    return out;
}

Result<Any> TaskEnv::evaluate_value(const Any& value) const {
    if (const auto* text = value.as<std::string>()) {
        auto evaluated = evaluate_text(*text);
        if (!evaluated) return fail(evaluated.error());
        return Any(std::move(*evaluated));
    }
    if (const auto* items = value.as<AnyList>()) {
        AnyList out;
        for (const Any& item : *items) {
            auto evaluated = evaluate_value(item);
            if (!evaluated) return evaluated;
            out.push_back(std::move(*evaluated));
        }
        return Any(std::move(out));
    }
    if (const auto* entries = value.as<AnyMap>()) {
        AnyMap out;
        for (const auto& [key, entry] : *entries) {
            auto evaluated = evaluate_value(entry);
            if (!evaluated) return evaluated;
            out[key] = std::move(*evaluated);
        }
        return Any(std::move(out));
    }
    return value;
}

Result<AnyObject> TaskEnv::evaluate(const AnyObject& config) const {
    AnyObject out;
    out.made = config.made;
    for (const auto& [key, value] : config) {
        auto evaluated = evaluate_value(value);
        if (!evaluated) return fail(evaluated.error());
        out[key] = std::move(*evaluated);
    }
    return out;
}

TaskEnv build_task_env(const TaskEnvInput& in) { return Builder(in).build(); }

Map<std::string> combined_meta(const model::Job& job, const model::TaskGroup& group, const model::Task& task) {
    Map<std::string> out = job.Meta;
    for (const auto& [key, value] : group.Meta) out[key] = value;
    for (const auto& [key, value] : task.Meta) out[key] = value;
    return out;
}

}  // namespace drover::client
