#pragma once
// What the load program is asked to do. Its command line is `cluster_load MODE --name value ...`.

#include <string>

#include "base/result.h"
#include "net/stream.h"

namespace drover::load {

struct Options {
    std::string mode;
    net::Address rpc = net::Address::tcp("127.0.0.1", 4647);
    net::Address http = net::Address::tcp("127.0.0.1", 4646);
    bool by_http = false;  // --via http: jobs are registered over HTTP
    int callers = 8;       // that call at the same time
    int jobs = 0;          // to register; 0: as many as go in `seconds`
    int count = 1;         // allocations of a job
    std::string type = "service";
    bool spread = false;                     // over the nodes' racks
    bool together = false;                   // all jobs are registered before any is waited for
    int nodes = 0;                           // to simulate
    bool heartbeats = false;                 // of nodes over pooled connections
    double seconds = 5;                      // how long a mode lasts that has no end of its own
    std::string path = "/v1/status/leader";  // of mode get
};

const char* usage();
Result<Options> parse_options(int argc, char** argv);

}  // namespace drover::load
