#pragma once
// A trace: what happens to a cluster, and when. Rows as people write them, and the events that they stand for, in the
// order of time (and of the file where times are equal). Any thread.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers.h"
#include "base/result.h"
#include "codec/type.h"
#include "model/job.h"
#include "model/spec_job.h"

namespace drover::replay {

struct TraceRow {
    std::string At;                  // since the beginning: "1h30m", or seconds
    std::string Event = "register";  // or stop, scale, fail, return, drain, undrain

    // A job: its identifier, and for register what it is, as a whole (Job, or File with one) or in short.
    std::string ID;
    Opt<std::string> Namespace;  // left out: the job's own, or "default"
    Box<model::spec::Job> Job;
    std::string File;  // HCL or JSON

    // In short. What is left out: as said in short_job.h.
    Opt<std::string> Type;
    Opt<int64_t> Count;
    Opt<int64_t> CPU;           // MHz
    Opt<int64_t> Memory;        // MB
    Opt<int64_t> Disk;          // MB
    List<std::string> Devices;  // "nvidia/gpu:2"
    Opt<int64_t> Priority;
    Opt<std::string> Datacenter;
    Opt<std::string> Pool;
    std::string Class;   // of nodes
    std::string Driver;  // empty: the one that most nodes have

    // Of a whole job too: they stand before what its Meta says.
    std::string RunFor;  // of batch: until an allocation is complete; of service: until the job is stopped
    Opt<int64_t> FailPercent;
    std::string FailAfter;

    std::string Group;  // scale: which; empty: the first

    // Nodes by name, with * for any run of characters.
    std::string Node;
    std::string Deadline;  // of a drain; empty: an hour
};
DECLARE_TYPE(TraceRow);

struct Event {
    enum class Kind { register_job, stop_job, scale_job, fail_node, return_node, drain_node, undrain_node };

    Duration at;
    size_t line = 0;   // of the trace
    size_t order = 0;  // among those of one instant
    Kind kind = Kind::register_job;
    std::string ns, job_id, group;
    Shared<model::Job> job;
    bool any_driver = false;  // the job's is not said
    int64_t count = 0;
    std::string nodes;
    Duration deadline;
};

inline constexpr size_t kMostEvents = 5'000'000;

// Gives the text of a file that a row names.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

Result<std::vector<Event>> read_trace(std::string_view name, std::string_view text, const ReadFile& read_file);

}  // namespace drover::replay
