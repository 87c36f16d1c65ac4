#include "tables.h"

#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <stdexcept>

#include "base/rng.h"
#include "base/strings.h"
#include "build.h"
#include "model/alloc_rules.h"
#include "model/fit.h"
#include "scheduler/alloc_sets.h"
#include "scheduler/constraint.h"
#include "scheduler/feasibility.h"
#include "scheduler/group_resources.h"
#include "scheduler/memory_snapshot.h"
#include "scheduler/name_index.h"
#include "scheduler/preemption.h"
#include "scheduler/ranking.h"
#include "scheduler/reschedule.h"
#include "scheduler/update_rules.h"
#include "scheduler/value_uses.h"

namespace drover::scheduler::cases {
namespace {

constexpr Time kNow = Time::from_unix_seconds(1'700'000'000);

std::string decimal(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", value);
    return std::string(text) == "-0.0000" ? "0.0000" : text;
}

// "check 3 < 10", "check ${attr.none} is_set"; the node has what `have.attr.K=..` says before the operator's words.
std::string check(const Words& words) {
    model::Node node = node_from({}, 0);
    node.Name = "n0";
    node.ID = "00000000-0000-0000-0000-000000000001";
    node.NodeClass = "large";
    node.Attributes["empty"] = "";
    node.Attributes["kernel.name"] = "linux";
    node.Meta["rack"] = "r1";
    NodeConstraint rule(words.at(1), words.at(2), words.size() > 3 ? words[3] : "");
    return rule.holds_on(node) ? "true" : "false";
}

std::string score(const Words& words) {
    const Options options(words, 1);
    const double cpu = options.real("cpu", 1), memory = options.real("mem", 1);
    const bool spread = options.text("algorithm") == "spread";
    const double fast = packing_score(spread ? Packing::spread : Packing::binpack, cpu, memory);
    const double exact = spread ? model::spread_score({cpu, memory}) : model::binpack_score({cpu, memory});
    if (std::abs(fast - exact) > 1e-12) throw std::runtime_error("the search and what is shown differ");
    return decimal(exact);
}

std::string mean(const Words& words) {
    const Options options(words, 1);
    Score score;
    score.binpack = options.real("binpack", 0);
    score.job_anti_affinity = options.real("anti_affinity", 0);
    score.reschedule_penalty = options.real("penalty", 0);
    score.node_affinity = options.real("affinity", 0);
    score.has_affinity = options.has("affinity");
    score.spread = options.real("spread", 0);
    score.devices = options.real("devices", 0);
    score.has_devices = options.has("devices");
    score.preemption = options.real("preemption", 0);
    return decimal(score.mean());
}

std::string preemption(const Words& words) {
    Preemption::Victims victims;
    for (const std::string& priority : list_of(Options(words, 1).text("priorities"))) {
        auto job = std::make_shared<model::Job>();
        job->Priority = *parse_int(priority);
        victims.push_back({"", "g", job, {}, false, false, false});
    }
    return decimal(Preemption::score(victims));
}

// An allocation of a job made by the same options.
model::Allocation alloc_of(const Options& options, const std::string& node_id) {
    auto job = std::make_shared<model::Job>(job_from("web", options));
    model::Allocation alloc;
    alloc.ID = "alloc";
    alloc.NodeID = node_id;
    alloc.Name = "web.g[0]";
    alloc.TaskGroup = "g";
    alloc.ClientStatus = "running";
    alloc.DesiredStatus = "run";
    alloc.Job = job;
    return alloc;
}

// "delay reschedule=exponential delay=30s events=30s@-10m": when what fails now is due.
std::string delay(const Words& words) {
    const Options options(words, 1);
    model::Allocation alloc = alloc_of(options, "n");
    change(alloc, Options(words_of("events=" + options.text("events")), 0), kNow);
    const auto at = reschedule_at(alloc, kNow);
    return at ? "after " + to_string(*at - kNow) : "never";
}

std::string tracker(const Words& words) {
    const Options options(words, 1);
    model::Allocation alloc = alloc_of(options, "n");
    change(alloc, Options(words_of("events=" + options.text("events")), 0), kNow);
    std::vector<std::string> texts;
    for (const auto& event : next_tracker(alloc, kNow).Events)
        texts.push_back(to_string(event.Delay) + "@" + to_string(Time::from_unix_ns(event.RescheduleTime) - kNow));
    return join(texts, " ");
}

// "fate node=down | client=running": options of the job, then of the allocation.
std::pair<Options, Options> halves(const Words& words) {
    Words first, second;
    bool behind = false;
    for (size_t i = 1; i < words.size(); ++i) {
        if (words[i] == "|") {
            behind = true;
        } else {
            (behind ? second : first).push_back(words[i]);
        }
    }
    return {Options(first, 0), Options(second, 0)};
}

std::string fate(const Words& words) {
    const auto [given, happened] = halves(words);
    model::Allocation alloc = alloc_of(given, "n");
    change(alloc, happened, kNow);
    auto node = std::make_shared<model::Node>(node_from({}, 0));
    const std::string status = given.text("node", "ready");
    node->Status = status == "draining" || status == "ineligible" ? "ready" : status;
    if (status == "draining") node->DrainStrategy.make();
    if (status == "draining" || status == "ineligible") node->SchedulingEligibility = "ineligible";
    const auto lookup = [&](const std::string&) { return status == "absent" ? nullptr : node; };
    const AllocSets sets = classify({std::make_shared<model::Allocation>(alloc)}, lookup, kNow);
    if (!sets.untainted.empty()) return "untainted";
    if (!sets.migrating.empty()) return "migrating";
    if (!sets.lost.empty()) return "lost";
    if (!sets.disconnecting.empty()) return "disconnecting";
    return sets.reconnecting.empty() ? "ignored" : "reconnecting";
}

// "again type=batch | client=failed": whether it is replaced, as one of those whose node is there.
std::string again(const Words& words) {
    const auto [given, happened] = halves(words);
    model::Allocation alloc = alloc_of(given, "n");
    RescheduleRules rules{given.text("type") == "batch", given.flag("disconnecting"), kNow, "own", nullptr};
    auto deployment = std::make_shared<model::Deployment>();
    deployment->ID = "deployment";
    deployment->Status = given.text("deployment", "successful");
    if (given.has("deployment")) {
        alloc.DeploymentID = "deployment";
        rules.deployment = deployment;
    }
    change(alloc, happened, kNow);
    const RescheduleSplit split = split_by_reschedule({std::make_shared<model::Allocation>(alloc)}, rules);
    if (!split.now.empty()) return "now";
    if (!split.later.empty()) return "in " + to_string(split.later[0].at - kNow);
    return split.kept.empty() ? "dropped" : "kept";
}

// "field env=1 | env=2": a job, and what changes in it.
std::string field(const Words& words) {
    const auto [given, changed] = halves(words);
    Options all = given;
    all.add(changed);
    return needs_replacement(job_from("web", given), job_from("web", all), "g") ? "destructive" : "in place";
}

// "nodes dc=dc1,eu-* | dc=eu-west pool=x": a job, and a node.
std::string in_set(const Words& words) {
    const auto [given, node] = halves(words);
    return in_node_set(job_from("web", given), node.text("pool", "default"), node.text("dc", "dc1")) ? "yes" : "no";
}

// "feasible driver=x | driver=mock": a job, and a node; why it may not run there.
std::string feasible(const Words& words) {
    const auto [given, has] = halves(words);
    const model::Job job = job_from("web", given);
    const model::Node node = node_from(has, 0);
    GroupChecks checks(job, job.TaskGroups[0]);
    if (const std::string* reason = checks.refuse_class(node)) return *reason;
    const std::string* reason = checks.refuse_node(node, "web.g[" + given.text("index", "0") + "]");
    return reason ? *reason : "yes";
}

// "boost count=10 spread='${meta.v};a:70' uses=a:3,b:1 value=a weights=50".
std::string boost(const Words& words) {
    const Options options(words, 1);
    MemorySnapshot cluster;
    SeededRng rng(1);
    std::map<std::string, Slot> slots;
    const auto add_node = [&](const std::string& value) {
        auto node = std::make_shared<model::Node>(node_from({}, 0));
        node->ID = "node-" + value;
        if (value != "-") node->Meta["v"] = value;
        node->ComputedClass = "class-" + value;
        cluster.put(Shared<model::Node>(node));
    };
    std::map<std::string, int> uses;
    for (const std::string& use : list_of(options.text("uses"))) {
        const auto parts = split(use, ':');
        uses[parts[0]] = static_cast<int>(*parse_int(parts.at(1)));
    }
    uses[options.text("value")];
    for (const auto& [value, count] : uses) add_node(value);
    const model::Spread spread = spread_of(options.text("spread"));
    SpreadBlock block(cluster.fleet(), spread, options.number("count", 1));
    for (const auto& [value, count] : uses) block.uses().add(cluster.fleet().slot_of("node-" + value), count);
    block.update(options.real("weights", spread.Weight));
    const Slot slot = cluster.fleet().slot_of("node-" + options.text("value"));
    return decimal(block.boost(block.uses().value_of(slot)));
}

// "names count=5 used=0,2 next=2", "... highest=2", "... canaries=2 destructive=1 canary=0".
std::string names(const Words& words) {
    const Options options(words, 1);
    const auto allocs = [&](const char* option) {
        std::vector<Shared<model::Allocation>> list;
        for (const std::string& index : list_of(options.text(option))) {
            auto alloc = std::make_shared<model::Allocation>();
            alloc->Name = "web.g[" + index + "]";
            list.push_back(alloc);
        }
        return list;
    };
    NameIndex index("web", "g", static_cast<uint64_t>(options.number("count", 1)));
    index.use(allocs("used"));
    std::vector<std::string> given;
    if (options.has("next")) {
        given = index.next(static_cast<uint64_t>(options.number("next", 1)));
    } else if (options.has("highest")) {
        for (const std::string& name : index.highest(static_cast<uint64_t>(options.number("highest", 1))))
            given.push_back(name);
    } else {
        given = index.next_canaries(static_cast<uint64_t>(options.number("canaries", 1)), allocs("canary"),
                                    allocs("destructive"));
    }
    std::vector<std::string> numbers;
    for (const std::string& name : given) numbers.push_back(std::to_string(*model::alloc_index(name)));
    return join(numbers, " ");
}

// "sums tasks=t,u t/cpu=5 ..": what an allocation of the group takes at its peak.
std::string sums(const Words& words) {
    const model::Job job = job_from("web", Options(words, 1));
    const Usage usage = GroupResources(job.TaskGroups[0], false).ask();
    return "cpu " + format_float(usage.cpu) + ", memory " + format_float(usage.memory) + ", disk " +
           format_float(usage.disk);
}

}  // namespace

std::optional<std::string> answer(const std::string& question) {
    static const std::map<std::string, std::function<std::string(const Words&)>> kQuestions = {
        {"check", check}, {"score", score},     {"mean", mean},         {"preemption", preemption},
        {"delay", delay}, {"tracker", tracker}, {"fate", fate},         {"again", again},
        {"field", field}, {"nodes", in_set},    {"feasible", feasible}, {"boost", boost},
        {"names", names}, {"sums", sums},
    };
    const Words words = words_of(question);
    const auto found = kQuestions.find(words[0]);
    if (found == kQuestions.end()) return std::nullopt;
    return found->second(words);
}

}  // namespace drover::scheduler::cases
