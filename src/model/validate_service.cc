#include <re2/re2.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/strings.h"
#include "model/connect.h"
#include "model/job_rules.h"
#include "model/validate_parts.h"

namespace drover::model::parts {
namespace {

constexpr Duration kMinInterval = seconds(1);
constexpr Duration kMinTimeout = seconds(1);

bool is_number(const std::string& port) { return parse_uint(port).has_value(); }

bool needs_port(const ServiceCheck& check) {
    return check.Type == "http" || check.Type == "tcp" || check.Type == "grpc";
}

// A name may contain references that only the client resolves.
bool is_valid_name(const std::string& name) {
    static const re2::RE2 kReference(R"(\$\{[^}]*\})");
    static const re2::RE2 kName("(?i)[a-z0-9]([a-z0-9-]*[a-z0-9])?");
    std::string plain = name;
    if (re2::RE2::GlobalReplace(&plain, kReference, "a") > 0 && plain.size() > 63) plain.resize(63);
    return plain.size() <= 63 && re2::RE2::FullMatch(plain, kName);
}

// The first thing that is wrong with a check; empty: nothing.
std::string check_type_and_times(const ServiceCheck& check, bool nomad) {
    static const std::set<std::string> kNomad = {"tcp", "http"};
    static const std::set<std::string> kConsul = {"tcp", "http", "grpc", "script"};
    if (!(nomad ? kNomad : kConsul).contains(check.Type)) {
        return nomad ? "invalid check type (" + quote(check.Type) + "), must be one of tcp, http"
                     : "invalid type (" + quote(check.Type) +
                           R"(), must be one of "http", "tcp", "script", or "grpc" type)";
    }
    if (check.Type == "http" && check.Path.empty()) return "http type must have http path";
    if (check.Type == "http" && check.Path.find("://") != std::string::npos) {
        return "relative http path required, not an absolute url";
    }
    if (check.Type == "script" && check.Command.empty()) return "script type must have a valid script path";
    if (check.Interval.ns == 0) return "missing required value interval. Interval cannot be less than 1s";
    if (check.Interval < kMinInterval) return "interval (" + to_string(check.Interval) + ") cannot be lower than 1s";
    if (check.Timeout.ns == 0) return "missing required value timeout. Timeout cannot be less than 1s";
    if (check.Timeout < kMinTimeout) {
        return "timeout (" + to_string(check.Timeout) + ") is lower than required minimum timeout 1s";
    }
    return {};
}

std::string check_rest(const ServiceCheck& check, bool nomad) {
    static const std::set<std::string> kStatuses = {"", "passing", "warning", "critical"};
    if (!nomad && !kStatuses.contains(check.InitialStatus)) {
        return "invalid initial check state (" + check.InitialStatus +
               R"(), must be one of "passing", "warning", "critical" or empty)";
    }
    static const std::set<std::string> kModes = {"", "auto", "host", "driver", "alloc", "alloc_ipv6"};
    if (!kModes.contains(check.AddressMode)) return "invalid address_mode " + quote(check.AddressMode);
    static const std::set<std::string> kUpdates = {"", "require_healthy", "ignore_warnings", "ignore"};
    if (!kUpdates.contains(check.OnUpdate))
        return "on_update must be \"require_healthy\", \"ignore_warnings\", or \"ignore\"; got " +
               quote(check.OnUpdate);
    if (check.CheckRestart) {
        const bool ignores = check.CheckRestart->IgnoreWarnings;
        if (check.OnUpdate == "ignore_warnings" && !ignores) {
            return R"(on_update value "ignore_warnings" not supported with check_restart ignore_warnings value "false")";
        }
        if (check.OnUpdate == "ignore") return R"(on_update value "ignore" is not compatible with check_restart)";
        if (check.CheckRestart->Limit < 0) return "limit must be greater than or equal to 0";
        if (check.CheckRestart->Grace.ns < 0) return "grace period cannot be negative";
    }
    if (check.SuccessBeforePassing < 0 || check.FailuresBeforeCritical < 0 || check.FailuresBeforeWarning < 0) {
        return "thresholds of a check must be non-negative";
    }
    const std::pair<std::string_view, bool> consul_only[] = {
        {"success_before_passing", check.SuccessBeforePassing > 0},
        {"failures_before_critical", check.FailuresBeforeCritical > 0},
        {"failures_before_warning", check.FailuresBeforeWarning > 0},
        {"initial_status", !check.InitialStatus.empty()},
    };
    for (const auto& [name, is_set] : consul_only) {
        if (!is_set) continue;
        if (nomad) return std::string(name) + " may only be set for Consul service checks";
        if (check.Type == "script" && name != "initial_status") {
            return std::string(name) + " not supported for check of type \"script\"";
        }
    }
    if (nomad && check.OnUpdate == "ignore_warnings") {
        return "on_update may only be set to ignore_warnings for Consul service checks";
    }
    return {};
}

ErrorList check_service(const Service& service) {
    ErrorList errors;
    if (!is_valid_name(service.Name)) {
        errors.add(
            "Service name must be valid per RFC 1123 and can contain only alphanumeric characters or dashes and must "
            "be no longer than 63 characters: " +
            quote(service.Name));
    }
    static const std::set<std::string> kModes = {"", "auto", "host", "driver", "alloc", "alloc_ipv6"};
    if (!kModes.contains(service.AddressMode)) {
        errors.add(R"(Service address_mode must be "auto", "host", "alloc", or "driver"; not )" +
                   quote(service.AddressMode));
    }
    static const std::set<std::string> kUpdates = {"", "require_healthy", "ignore_warnings", "ignore"};
    if (!kUpdates.contains(service.OnUpdate)) {
        errors.add(R"(Service on_update must be "require_healthy", "ignore_warnings", or "ignore"; not )" +
                   quote(service.OnUpdate));
    }
    const bool nomad = service.Provider == "nomad";
    if (!nomad && service.Provider != "consul") {
        errors.add(R"(Service provider must be "consul", or "nomad"; not )" + quote(service.Provider));
        return errors;
    }
    for (const ServiceCheck& check : service.Checks) {
        std::string wrong = check_type_and_times(check, nomad);
        if (wrong.empty() && needs_port(check) && service.PortLabel.empty() && check.PortLabel.empty() &&
            !service.Connect) {
            wrong = "Check " + check.Name + " invalid: check requires a port but neither check nor service " +
                    quote(service.Name) + " have a port";
            errors.add(wrong);
            continue;
        }
        if (wrong.empty()) wrong = check_rest(check, nomad);
        if (!wrong.empty()) errors.add(nomad ? wrong : "Check " + check.Name + " invalid: " + wrong);
    }
    if (nomad && service.Connect) errors.add("Service with provider nomad cannot include Connect blocks");
    if (service.Connect) check_connect(service, errors);
    if (service.Weights && (service.Weights->Passing <= 0 || service.Weights->Warning < 0)) {
        errors.add("Service weights must be positive");
    }
    return errors;
}

using LabelTest = std::function<bool(const std::string&)>;

LabelTest labels_of_group(const TaskGroup& group) {
    std::set<std::string> labels;
    for (const NetworkResource& network : group.Networks) {
        for (const auto* ports : {&network.ReservedPorts, &network.DynamicPorts}) {
            for (const Port& port : *ports) labels.insert(port.Label);
        }
    }
    return [labels = std::move(labels)](const std::string& label) { return labels.contains(label); };
}

// Looks for each anew: few tasks name a port, and all of them share the group's.
LabelTest labels_of_task(const Task& task, const TaskGroup& group) {
    return [&task, &group](const std::string& label) {
        const auto has = [&](const List<NetworkResource>& networks) {
            return std::any_of(networks.begin(), networks.end(),
                               [&](const NetworkResource& network) { return has_port(network, label); });
        };
        return has(group.Networks) || (task.Resources && has(task.Resources->Networks));
    };
}

// The port labels that are used, with what uses them.
class PortUses {
public:
    // Services of a group may always name a port by its number, those of a task only in some address modes.
    PortUses(LabelTest exists, bool numbers_allowed) : exists_(std::move(exists)), numbers_allowed_(numbers_allowed) {}

    void note(const Service& service, ErrorList& errors) {
        if (!service.PortLabel.empty() && !may_be_number(service.AddressMode, service.PortLabel)) {
            use(service.PortLabel, "services " + service.Name);
        }
        for (const ServiceCheck& check : service.Checks) {
            if (!needs_port(check)) continue;
            const std::string& label = check.PortLabel.empty() ? service.PortLabel : check.PortLabel;
            if (label.empty()) continue;
            if (is_number(label) && !numbers_allowed_ && check.AddressMode != "driver" &&
                check.AddressMode != "alloc") {
                errors.add("check " + quote(check.Name) + " cannot use a numeric port " + label +
                           " without setting address_mode=\"driver\"");
            } else if (!is_number(label) && label != service.PortLabel) {
                use(label, "check " + quote(check.Name));
            }
        }
    }

    void report(ErrorList& errors) const {
        for (const auto& [label, users] : missing_) {
            errors.add("port label " + quote(label) + " referenced by " + join(users, ", ") + " does not exist");
        }
    }

private:
    bool may_be_number(const std::string& mode, const std::string& label) const {
        return is_number(label) && (numbers_allowed_ || mode == "driver" || mode == "alloc");
    }
    void use(const std::string& label, std::string user) {
        if (!exists_(label)) missing_[label].push_back(std::move(user));
    }

    LabelTest exists_;
    bool numbers_allowed_;
    std::map<std::string, std::vector<std::string>> missing_;
};

void check_task_reference(const std::string& what, const std::string& task, const TaskGroup& group, ErrorList& errors) {
    if (task.empty() || maybe_task(group, task)) return;
    errors.add(what + " refers to non-existent task " + task);
}

// The tasks that a service of a group and its checks belong to.
void check_task_references(const Service& service, const TaskGroup& group, ErrorList& errors) {
    check_task_reference("Service " + service.Name, service.TaskName, group, errors);
    for (const ServiceCheck& check : service.Checks) {
        const std::string what = "Check " + check.Name;
        if (check.TaskName != service.TaskName) check_task_reference(what, check.TaskName, group, errors);
        if (check.Type == "script" && check.TaskName.empty() && service.TaskName.empty()) {
            errors.add(what + " invalid: a script check of a group service must set task");
        }
    }
}

using ServiceKey = std::tuple<std::string, std::string, std::string>;

}  // namespace

ErrorList check_task_services(const Task& task, const TaskGroup& group) {
    ErrorList errors;
    PortUses ports(labels_of_task(task, group), false);
    std::set<ServiceKey> seen;
    for (size_t i = 0; i < task.Services.size(); ++i) {
        const Service& service = task.Services[i];
        errors.add("service[" + std::to_string(i) + "] " + quote(service.Name) + " validation failed: ",
                   check_service(service));
        if (service.Connect) {
            errors.add("service " + quote(service.Name) + " of a task cannot include Connect blocks");
        }
        if (!seen.emplace(service.Name, service.TaskName, service.PortLabel).second) {
            errors.add("service " + quote(service.Name) + " is duplicate");
        }
        ports.note(service, errors);
    }
    ports.report(errors);
    return errors;
}

ErrorList check_group_services(const TaskGroup& group) {
    ErrorList errors;
    std::set<std::string> providers;
    PortUses ports(labels_of_group(group), true);
    std::set<ServiceKey> seen;
    for (size_t i = 0; i < group.Services.size(); ++i) {
        const Service& service = group.Services[i];
        providers.insert(service.Provider);
        errors.add("Service[" + std::to_string(i) + "] " + service.Name + " validation failed: ",
                   check_service(service));
        if (!seen.emplace(service.Name, service.TaskName, service.PortLabel).second) {
            errors.add("Service " + service.Name + " has duplicate name, task and port");
        }
        if (service.AddressMode == "driver")
            errors.add(
                "service " + quote(service.Name) +
                " cannot use address_mode=\"driver\", only services defined in a \"task\" block can use this mode");
        if (!service.Connect) ports.note(service, errors);
        check_task_references(service, group, errors);
    }
    for (const Task& task : group.Tasks) {
        for (const Service& service : task.Services) providers.insert(service.Provider);
    }
    if (providers.contains("consul") && providers.contains("nomad")) {
        errors.add("Multiple service providers used: task group services must use the same provider");
    }
    ports.report(errors);
    return errors;
}

}  // namespace drover::model::parts
