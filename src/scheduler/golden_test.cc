// Runs the texts in testdata/: each sets up a fleet and jobs, and shows what the scheduler makes of them. With
// DROVER_REWRITE=1 in the environment the expected parts are written again.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/strings.h"
#include "base/uuid.h"
#include "model/alloc_rules.h"
#include "scheduler/memory_snapshot.h"
#include "scheduler/schedule.h"

namespace drover::scheduler {
namespace {

using Words = std::vector<std::string>;

// Words apart by spaces; quotes keep spaces.
Words words_of(const std::string& line) {
    Words words;
    std::string word;
    bool quoted = false, any = false;
    for (char c : line) {
        if (c == '"') {
            quoted = !quoted;
            any = true;
        } else if (c == ' ' && !quoted) {
            if (any) words.push_back(std::exchange(word, {}));
            any = false;
        } else {
            word += c;
            any = true;
        }
    }
    if (any) words.push_back(word);
    return words;
}

using Options = std::vector<std::pair<std::string, std::string>>;

Options options_of(const Words& words, size_t from) {
    Options options;
    for (size_t i = from; i < words.size(); ++i) {
        const size_t equals = words[i].find('=');
        options.emplace_back(words[i].substr(0, equals),
                             equals == std::string::npos ? "" : words[i].substr(equals + 1));
    }
    return options;
}

std::string option(const Options& options, std::string_view name, std::string fallback) {
    for (const auto& [key, value] : options) {
        if (key == name) return value;
    }
    return fallback;
}

int64_t number(const Options& options, std::string_view name, int64_t fallback) {
    return parse_int(option(options, name, std::to_string(fallback))).value();
}

// "{a,b,b}": the i-th of them, over and over; else the text itself.
std::string pick(const std::string& value, size_t i) {
    if (!has_prefix(value, "{")) return value;
    const auto parts = split(std::string_view(value).substr(1, value.size() - 2), ',');
    return parts[i % parts.size()];
}

model::Constraint constraint_of(const std::string& text) {
    const Words words = words_of(text);
    if (words.size() == 1) return {"", "", words[0]};
    if (words[0] == "distinct_property") return {words[1], words.size() > 2 ? words[2] : "", words[0]};
    return {words[0], words.size() > 2 ? words[2] : "", words[1]};
}

model::Spread spread_of(const std::string& text) {
    const auto parts = split(text, ';');
    model::Spread spread;
    spread.Attribute = parts[0];
    spread.Weight = 50;
    for (size_t i = 1; i < parts.size(); ++i) {
        const auto target = split(parts[i], ':');
        spread.SpreadTarget.push_back({target[0], static_cast<uint8_t>(*parse_int(target[1]))});
    }
    return spread;
}

class Transcript {
public:
    std::string run(const std::string& line) {
        const Words words = words_of(line);
        if (words[0] == "config") return set_config(options_of(words, 1));
        if (words[0] == "fleet") return add_nodes(options_of(words, 1));
        if (words[0] == "node") return change_node(words[1], options_of(words, 2));
        if (words[0] == "job") return put_job(words[1], options_of(words, 2));
        if (words[0] == "alloc") return change_alloc(words[1], options_of(words, 2));
        if (words[0] == "advance") return now_ = now_ + *parse_duration(words[1]), "";
        if (words[0] == "show") return show_ = words[1], "";
        if (words[0] == "evaluate") return evaluate(words[1], options_of(words, 2));
        ADD_FAILURE() << "no such step: " << line;
        return "";
    }

private:
    std::string set_config(const Options& options) {
        model::SchedulerConfiguration config;
        config.SchedulerAlgorithm = option(options, "algorithm", "binpack");
        config.PreemptionConfig.SystemSchedulerEnabled = true;
        for (const std::string& type : split(option(options, "preempt", ""), ',')) {
            if (type == "service") config.PreemptionConfig.ServiceSchedulerEnabled = true;
            if (type == "batch") config.PreemptionConfig.BatchSchedulerEnabled = true;
            if (type == "sysbatch") config.PreemptionConfig.SysBatchSchedulerEnabled = true;
        }
        cluster_.set_config(config);
        return "";
    }

    std::string add_nodes(const Options& options) {
        const auto count = static_cast<size_t>(number(options, "count", 1));
        for (size_t i = 0; i < count; ++i) {
            model::Node node;
            node.Name = option(options, "name", "n") + std::to_string(nodes_.size());
            node.ID = random_id(rng_);
            node.Datacenter = pick(option(options, "dc", "dc1"), i);
            node.NodePool = pick(option(options, "pool", "default"), i);
            node.NodeClass = pick(option(options, "class", ""), i);
            node.Status = "ready";
            node.SchedulingEligibility = "eligible";
            node.NodeMaxAllocs = number(options, "max_allocs", 0);
            model::NodeResources& resources = node.NodeResources.make();
            resources.Cpu.CpuShares = number(options, "cpu", 4000);
            resources.Memory.MemoryMB = number(options, "mem", 8192);
            resources.Disk.DiskMB = number(options, "disk", 100000);
            resources.NodeNetworks.push_back({"host", "eth0", "", 1000, {{"ipv4", "default", "10.0.0.1", "", ""}}});
            resources.MinDynamicPort = 20000;
            resources.MaxDynamicPort = 32000;
            node.Drivers[option(options, "driver", "mock")] = {{}, true, true, "", {}};
            for (const auto& [key, value] : options) {
                if (has_prefix(key, "meta.")) node.Meta[key.substr(5)] = pick(value, i);
                if (has_prefix(key, "attr.")) node.Attributes[key.substr(5)] = pick(value, i);
            }
            node.ComputedClass = "v1:" + node.Datacenter + node.NodeClass;
            for (const auto& [key, value] : node.Meta) node.ComputedClass += key + value;
            for (const auto& [key, value] : node.Attributes) node.ComputedClass += key + value;
            nodes_[node.Name] = node;
            cluster_.put(std::make_shared<model::Node>(node));
        }
        return "";
    }

    std::string change_node(const std::string& name, const Options& options) {
        model::Node& node = nodes_.at(name);
        node.Status = option(options, "status", node.Status);
        node.SchedulingEligibility = option(options, "eligibility", node.SchedulingEligibility);
        if (option(options, "drain", "") == "true") node.DrainStrategy.make();
        cluster_.put(std::make_shared<model::Node>(node));
        return "";
    }

    void put_group_options(model::Job& job, model::TaskGroup& group, const Options& options) {
        model::Task& task = group.Tasks[0];
        for (const auto& [key, value] : options) {
            if (key == "constraint") group.Constraints.push_back(constraint_of(value));
            if (key == "job_constraint") job.Constraints.push_back(constraint_of(value));
            if (key == "spread") group.Spreads.push_back(spread_of(value));
            if (key == "affinity") {
                const auto parts = split(value, ';');
                const model::Constraint c = constraint_of(parts[0]);
                group.Affinities.push_back(
                    {c.LTarget, c.RTarget, c.Operand, static_cast<int8_t>(*parse_int(parts[1]))});
            }
            if (key == "env") task.Env["X"] = value;
            if (key == "static_port") {
                group.Networks.resize(1);
                group.Networks[0].ReservedPorts.push_back({value, *parse_int(value), 0, "", false});
            }
        }
    }

    std::string put_job(const std::string& name, const Options& options) {
        model::Job job;
        job.ID = job.Name = name;
        job.Namespace = "default";
        job.Type = option(options, "type", "service");
        job.Priority = number(options, "priority", 50);
        job.NodePool = option(options, "pool", "default");
        for (const std::string& dc : split(option(options, "dc", "*"), ',')) job.Datacenters.push_back(dc);
        job.Stop = option(options, "stop", "") == "true";
        model::TaskGroup& group = job.TaskGroups.emplace_back();
        group.Name = "g";
        group.Count = number(options, "count", 1);
        group.EphemeralDisk = model::EphemeralDisk{false, 10, false};
        model::Task& task = group.Tasks.emplace_back();
        task.Name = "t";
        task.Driver = option(options, "driver", "mock");
        model::Resources& resources = task.Resources.make();
        resources.CPU = number(options, "cpu", 100);
        resources.MemoryMB = number(options, "mem", 100);
        put_group_options(job, group, options);
        if (job.Type == "service" || job.Type == "system") {
            model::UpdateStrategy& update = group.Update.make();
            update.MaxParallel = number(options, "max_parallel", 1);
            update.Canary = number(options, "canary", 0);
        }
        if (job.Type == "service") {
            group.ReschedulePolicy = model::ReschedulePolicy{0, {}, seconds(30), "exponential", hours(1), true};
        } else if (job.Type == "batch") {
            group.ReschedulePolicy = model::ReschedulePolicy{1, hours(24), seconds(5), "constant", {}, false};
        }
        const auto before = cluster_.job("default", name);
        job.CreateIndex = before ? before->CreateIndex : cluster_.index();
        job.Version = before ? before->Version + 1 : 0;
        job.ModifyIndex = job.JobModifyIndex = cluster_.index() + 1;
        cluster_.put(std::make_shared<model::Job>(job));
        return "";
    }

    // Of all the live allocations of that name (or all that are there, if none is live).
    std::string change_alloc(const std::string& name, const Options& options) {
        std::vector<Shared<model::Allocation>> found;
        for (const auto& [id, alloc] : cluster_.allocs()) {
            if (glob_match(name, alloc->Name) && !model::terminal(*alloc)) found.push_back(alloc);
        }
        EXPECT_FALSE(found.empty()) << name;
        for (const auto& alloc : found) {
            model::Allocation copy = *alloc;
            copy.ClientStatus = option(options, "client", copy.ClientStatus);
            if (option(options, "migrate", "") == "true") copy.DesiredTransition.Migrate = true;
            if (const std::string healthy = option(options, "healthy", ""); !healthy.empty()) {
                copy.DeploymentStatus.make().Healthy = healthy == "true";
            }
            copy.ModifyTime = now_.unix_ns;
            cluster_.put(std::make_shared<model::Allocation>(copy));
        }
        return "";
    }

    std::string where(const std::string& node_id) {
        const Slot slot = cluster_.fleet().slot_of(node_id);
        if (slot == kNoSlot) return "nowhere";
        const model::Node& node = *cluster_.fleet().node(slot);
        if (show_.empty()) return node.Name;
        if (has_prefix(show_, "meta.")) return *node.Meta.get(show_.substr(5));
        return show_ == "class" ? node.NodeClass : node.Datacenter;
    }

    std::string evaluate(const std::string& job, const Options& options) {
        model::Evaluation eval;
        eval.ID = follow_up_.ID.empty() ? random_id(rng_) : follow_up_.ID;
        eval.WaitUntil = follow_up_.WaitUntil;
        follow_up_ = {};
        eval.Namespace = "default";
        eval.JobID = job;
        eval.Type = cluster_.job("default", job) ? cluster_.job("default", job)->Type : "service";
        eval.TriggeredBy = option(options, "trigger", "job-register");
        eval.Status = "pending";
        const auto outcome = schedule(cluster_, eval, now_, rng_);
        if (!outcome) return "  refused: " + outcome.error().message + "\n";
        std::string text = show(*outcome);
        cluster_.apply(outcome->plan, now_);
        if (!outcome->follow_ups.empty()) follow_up_ = outcome->follow_ups.front();
        return text.empty() ? "  nothing\n" : text;
    }

    std::string show(const Outcome& outcome) {
        std::vector<std::string> lines;
        for (const auto& [node, allocs] : outcome.plan.NodeUpdate) {
            for (const auto& alloc : allocs) {
                lines.push_back("  stop " + alloc->Name + " on " + where(node) + ": " + alloc->DesiredDescription +
                                (alloc->ClientStatus == "lost" ? " (lost)" : "") + "\n");
            }
        }
        for (const auto& [node, allocs] : outcome.plan.NodePreemptions) {
            for (const auto& alloc : allocs) lines.push_back("  evict " + alloc->Name + " on " + where(node) + "\n");
        }
        for (const auto& [node, allocs] : outcome.plan.NodeAllocation) {
            for (const auto& alloc : allocs) {
                const bool known = cluster_.alloc(alloc->ID) != nullptr;
                const bool canary = alloc->DeploymentStatus && alloc->DeploymentStatus->Canary;
                lines.push_back(std::string(known ? "  update " : "  place ") + alloc->Name + " -> " + where(node) +
                                (alloc->Job ? " v" + std::to_string(alloc->Job->Version) : "") +
                                (canary ? " canary" : "") + (alloc->FollowupEvalID.empty() ? "" : " later") + "\n");
            }
        }
        std::sort(lines.begin(), lines.end());
        std::string text;
        for (const std::string& line : lines) text += line;
        return text + show_rest(outcome);
    }

    std::string show_rest(const Outcome& outcome) {
        std::string text;
        if (outcome.plan.Deployment) {
            const auto& state = outcome.plan.Deployment->TaskGroups.at("g");
            text += "  deployment total=" + std::to_string(state.DesiredTotal) +
                    " canaries=" + std::to_string(state.DesiredCanaries) + ": " +
                    outcome.plan.Deployment->StatusDescription + "\n";
        }
        for (const auto& update : outcome.plan.DeploymentUpdates) {
            text += "  deployment " + update.Status + ": " + update.StatusDescription + "\n";
        }
        for (const auto& eval : outcome.follow_ups) {
            text += "  again in " + to_string(eval.WaitUntil - now_) + ": " + eval.StatusDescription + "\n";
        }
        for (const auto& [group, metrics] : outcome.FailedTGAllocs) {
            text += "  failed: evaluated " + std::to_string(metrics->NodesEvaluated) + ", filtered " +
                    std::to_string(metrics->NodesFiltered) + ", exhausted " + std::to_string(metrics->NodesExhausted) +
                    ", coalesced " + std::to_string(metrics->CoalescedFailures) + "\n";
            for (const auto& [why, count] : metrics->ConstraintFiltered) {
                text += "    filtered " + why + ": " + std::to_string(count) + "\n";
            }
            for (const auto& [why, count] : metrics->DimensionExhausted) {
                text += "    exhausted " + why + ": " + std::to_string(count) + "\n";
            }
        }
        for (const auto& eval : outcome.blocked) {
            const std::string place = eval.NodeID.empty() ? "" : " on " + where(eval.NodeID);
            text += "  blocked" + place + ": " + eval.StatusDescription + "\n";
        }
        return text;
    }

    MemorySnapshot cluster_;
    SeededRng rng_{42};
    Time now_ = Time::from_unix_seconds(1'700'000'000);
    std::map<std::string, model::Node> nodes_;
    model::Evaluation follow_up_;
    std::string show_;
};

std::string replay(std::istream& input) {
    Transcript transcript;
    std::string line, output;
    while (std::getline(input, line)) {
        if (has_prefix(line, "  ")) continue;  // what was expected
        output += line + "\n";
        if (!line.empty() && line[0] != '#') output += transcript.run(line);
    }
    return output;
}

TEST(Golden, texts_show_what_the_scheduler_does) {
    const std::filesystem::path folder = "src/scheduler/testdata";  // tests run in the root of the tree
    const bool rewrite = std::getenv("DROVER_REWRITE") != nullptr;
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".txt") continue;
        ++files;
        std::ifstream file(entry.path());
        std::stringstream text;
        text << file.rdbuf();
        const std::string actual = replay(text);
        if (rewrite) {
            std::ofstream(entry.path()) << actual;
        } else {
            EXPECT_EQ(actual, text.str()) << entry.path();
        }
    }
    EXPECT_GT(files, 0U);
}

}  // namespace
}  // namespace drover::scheduler
