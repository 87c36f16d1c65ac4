#pragma once
// The ports of one node: which are taken on which address, and the choice of ports for a new allocation. One owner, no
// threads. What cannot be given is an Error whose message is the reason that placement metrics show after "network: ".

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "model/alloc.h"
#include "model/node.h"

namespace drover::model {

inline constexpr int64_t kMaxPort = 65535;
inline constexpr int64_t kMinDynamicPort = 20000;
inline constexpr int64_t kMaxDynamicPort = 32000;

// "22,80-90": sorted and without repetition. Nothing if malformed or out of range. Empty text has no ports.
std::optional<std::vector<int64_t>> parse_port_ranges(std::string_view text);

// A port that an allocation holds on an address. Valid as long as the resources.
struct HeldPort {
    std::string_view ip;
    int64_t value = 0;
    bool ignore_collision = false;
};
std::vector<HeldPort> held_ports(const AllocatedResources& resources);

struct PortOffer {
    List<AllocatedPortMapping> ports;
    NetworkResource network;  // the request with its ports filled in
};

class PortTable {
public:
    explicit PortTable(const Node& node);

    // The node's own reserved ports could not be read.
    bool malformed() const { return malformed_; }

    // Takes the ports of an allocation. False if one of them was taken already; they are all taken afterwards.
    bool add(const Allocation& alloc);
    bool add(const AllocatedResources& resources);

    bool is_taken(const std::string& ip, int64_t port) const;
    // Where a port of a group's network may be: any of these addresses does.
    std::vector<std::string> addresses_for(const Port& port) const;
    // Where a task's own network is; empty: nowhere.
    const std::string& task_address() const { return task_ip_; }

    // Ports for a group's network. What it offers is not taken until it is added.
    Result<PortOffer> assign_group(const NetworkResource& request, Rng& rng) const;
    // The same for a task's own network, on the node's main address.
    Result<NetworkResource> assign_task(const NetworkResource& request, Rng& rng) const;
    // Takes what was offered.
    void take(const PortOffer& offer);
    void take(const NetworkResource& task_network);

private:
    struct Taken {
        std::vector<uint64_t> bits;  // of all ports; empty: none is taken
        bool test(int64_t port) const;
        bool set(int64_t port);  // false if it was set
    };
    struct Address {
        std::string alias;
        std::string ip;
    };
    using Chosen = std::set<std::pair<std::string, int64_t>>;  // address and port

    Taken& taken(const std::string& ip) { return taken_[ip]; }
    bool reserve(const std::string& ip, int64_t port, bool ignore_collision);
    void reserve_on_all(int64_t port);
    void add_reserved(const Node& node);
    std::optional<int64_t> pick_dynamic(const std::string& ip, const Chosen& chosen, Rng& rng) const;
    Result<AllocatedPortMapping> choose_static(const Port& port, Chosen& chosen) const;
    Result<AllocatedPortMapping> choose_dynamic(const Port& port, Chosen& chosen, Rng& rng) const;

    std::vector<Address> addresses_;  // of host networks, in the node's order
    std::string task_ip_, task_device_;
    std::map<std::string, Taken> taken_;  // by address
    int64_t min_dynamic_ = kMinDynamicPort, max_dynamic_ = kMaxDynamicPort;
    bool malformed_ = false;
};

}  // namespace drover::model
