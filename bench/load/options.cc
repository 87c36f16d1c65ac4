#include "load/options.h"

#include <cstdlib>
#include <map>
#include <vector>

namespace drover::load {
namespace {

Result<> set_address(net::Address& into, const std::string& text) {
    auto address = net::parse_address(text);
    if (!address) return fail(address.error());
    into = std::move(*address);
    return {};
}

Result<> set_number(int& into, const std::string& text) {
    char* end = nullptr;
    const long number = std::strtol(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0' || number < 0 || number > 10'000'000)
        return fail(Error::bad_request("no number: " + text));
    into = static_cast<int>(number);
    return {};
}

Result<> set_option(Options& options, const std::string& name, const std::string& value) {
    if (name == "rpc") return set_address(options.rpc, value);
    if (name == "http") return set_address(options.http, value);
    if (name == "callers") return set_number(options.callers, value);
    if (name == "jobs") return set_number(options.jobs, value);
    if (name == "count") return set_number(options.count, value);
    if (name == "nodes") return set_number(options.nodes, value);
    if (name == "via") return options.by_http = value == "http", Result<>{};
    if (name == "type") return options.type = value, Result<>{};
    if (name == "path") return options.path = value, Result<>{};
    if (name == "seconds") return options.seconds = std::atof(value.c_str()), Result<>{};
    return fail(Error::bad_request("no option --" + name));
}

}  // namespace

const char* usage() {
    return "cluster_load MODE [--rpc HOST:PORT] [--http HOST:PORT] ...\n"
           "  ping      --callers C --seconds S                 Status.Ping: what this program itself can do\n"
           "  get       --callers C --seconds S --path PATH     the same over HTTP\n"
           "  write     --callers C --seconds S                 small writes, and the longest time without one\n"
           "  register  --callers C --jobs N | --seconds S      jobs that no node can run\n"
           "            [--via rpc|http] [--type T] [--count K]\n"
           "  place     --nodes N --callers C --jobs N          jobs registered and waited for, on simulated nodes\n"
           "            [--count K] [--type T] [--spread] [--together] [--heartbeats]\n"
           "  nodes     --nodes N                               registers nodes over one connection, and ends\n"
           "  hold      --nodes N --seconds S                   nodes with a connection and a long poll each\n"
           "Each prints one line of JSON; hold prints one more when all nodes are up.\n";
}

Result<Options> parse_options(int argc, char** argv) {
    Options options;
    if (argc < 2) return fail(Error::bad_request("no mode"));
    options.mode = argv[1];
    for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        if (!word.starts_with("--")) return fail(Error::bad_request("not understood: " + word));
        const std::string name = word.substr(2);
        if (name == "spread" || name == "together" || name == "heartbeats") {
            (name == "spread" ? options.spread : name == "together" ? options.together : options.heartbeats) = true;
            continue;
        }
        if (++i == argc) return fail(Error::bad_request(word + " needs a value"));
        if (auto set = set_option(options, name, argv[i]); !set) return fail(set.error());
    }
    return options;
}

}  // namespace drover::load
