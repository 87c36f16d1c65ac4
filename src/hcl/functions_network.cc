// cidrhost cidrnetmask cidrsubnet cidrsubnets
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "base/strings.h"
#include "hcl/function_helpers.h"

namespace drover::hcl {
namespace {

// An address of either family as a big integer.
using Address = unsigned __int128;

struct Network {
    Address base = 0;
    int prefix = 0;
    int bits = 32;

    int host_bits() const { return bits - prefix; }
};

Address host_mask(int host_bits) { return host_bits >= 128 ? ~Address{0} : (Address{1} << host_bits) - 1; }

tl::expected<Network, std::string> parse_network(const std::string& text) {
    auto bad = [&] { return tl::unexpected<std::string>("invalid CIDR expression: invalid CIDR address: " + text); };
    size_t slash = text.find('/');
    if (slash == std::string::npos) return bad();
    auto prefix = parse_uint(std::string_view(text).substr(slash + 1));
    std::string address = text.substr(0, slash);
    Network out;
    std::array<uint8_t, 16> bytes{};
    if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
        out.bits = 32;
    } else if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) {
        out.bits = 128;
    } else {
        return bad();
    }
    if (!prefix || *prefix > static_cast<uint64_t>(out.bits)) return bad();
    out.prefix = static_cast<int>(*prefix);
    for (int i = 0; i < out.bits / 8; ++i) out.base = out.base << 8 | bytes[static_cast<size_t>(i)];
    out.base &= ~host_mask(out.host_bits());
    return out;
}

std::string address_text(Address address, int bits) {
    std::array<uint8_t, 16> bytes{};
    for (int i = bits / 8 - 1; i >= 0; --i, address >>= 8)
        bytes[static_cast<size_t>(i)] = static_cast<uint8_t>(address);
    char out[INET6_ADDRSTRLEN];
    static constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    bool mapped = bits == 128 && std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
    const uint8_t* from = bytes.data() + (mapped ? kMapped.size() : 0);
    inet_ntop(bits == 32 || mapped ? AF_INET : AF_INET6, from, out, sizeof out);
    // Only mapped addresses of version 4 are written as such.
    const char* dotted = bits == 128 && !mapped ? std::strrchr(out, '.') : nullptr;
    if (!dotted) return out;
    auto group = [&](size_t i) { return bytes[i] << 8 | bytes[i + 1]; };
    char hex[32];
    std::snprintf(hex, sizeof hex, "::%x:%x", static_cast<unsigned>(group(12)), static_cast<unsigned>(group(14)));
    return hex;
}

std::string network_text(const Network& network) {
    return address_text(network.base, network.bits) + "/" + std::to_string(network.prefix);
}

FunctionResult host(Arguments a) {
    auto network = parse_network(a[0].as_string());
    if (!network) return refuse(network.error());
    auto number = whole_number(a[1]);
    if (!number) return refuse(number.error());
    Address last = host_mask(network->host_bits());
    auto magnitude = static_cast<Address>(*number < 0 ? -(*number + 1) : *number);
    if (magnitude > last) {
        return refuse("prefix of " + std::to_string(network->prefix) + " does not accommodate a host numbered " +
                      std::to_string(*number));
    }
    Address offset = *number < 0 ? last - magnitude : magnitude;
    return Value::string(address_text(network->base | offset, network->bits));
}

FunctionResult netmask(Arguments a) {
    auto network = parse_network(a[0].as_string());
    if (!network) return refuse(network.error());
    Address all = host_mask(network->bits);
    return Value::string(address_text(all & ~host_mask(network->host_bits()), network->bits));
}

FunctionResult subnet(Arguments a) {
    auto network = parse_network(a[0].as_string());
    if (!network) return refuse(network.error());
    auto new_bits = whole_number(a[1]);
    if (!new_bits) return refuse(new_bits.error());
    auto whole = whole_number(a[2]);
    if (!whole) return refuse(whole.error());
    if (*new_bits < 0 || *whole < 0) return refuse_argument(*new_bits < 0 ? 1 : 2, "must not be negative");
    if (*new_bits > 32) return refuse("may not extend prefix by more than 32 bits");
    auto number = static_cast<uint64_t>(*whole);
    if (*new_bits > network->host_bits()) {
        return refuse("insufficient address space to extend prefix of " + std::to_string(network->prefix) + " by " +
                      std::to_string(*new_bits));
    }
    int added = static_cast<int>(*new_bits);
    if (Address{number} > host_mask(added)) {
        return refuse("prefix extension of " + std::to_string(added) + " does not accommodate a subnet numbered " +
                      std::to_string(number));
    }
    network->prefix += added;
    if (network->host_bits() < 128) network->base |= Address{number} << network->host_bits();
    return Value::string(network_text(*network));
}

// Subnets of the given sizes, one behind the other, each at a multiple of its own size.
FunctionResult subnets(Arguments a) {
    auto network = parse_network(a[0].as_string());
    if (!network) return refuse_argument(0, network.error());
    Value::Sequence out;
    Address next = 0;  // the first address, within the network, that is still free
    bool full = false;
    for (size_t i = 1; i < a.size(); ++i) {
        auto index = static_cast<int>(i);
        auto new_bits = whole_number(a[i]);
        if (!new_bits) return refuse_argument(index, new_bits.error());
        if (*new_bits < 1) return refuse_argument(index, "must extend prefix by at least one bit");
        if (*new_bits > 32) return refuse_argument(index, "may not extend prefix by more than 32 bits");
        if (*new_bits > network->host_bits()) {
            return refuse_argument(index, "would extend prefix to " + std::to_string(network->prefix + *new_bits) +
                                              " bits, which is too long for an " +
                                              (network->bits == 32 ? "IPv4" : "IPv6") + " address");
        }
        Network part = *network;
        part.prefix += static_cast<int>(*new_bits);
        Address mask = host_mask(part.host_bits());
        Address begin = (next + mask) & ~mask;
        if (full || begin > host_mask(network->host_bits())) {
            return refuse_argument(index, "not enough remaining address space for a subnet with a prefix of " +
                                              std::to_string(part.prefix) + " bits after " + out.back().as_string());
        }
        part.base |= begin;
        next = begin + mask + 1;
        full = next == 0;
        out.push_back(Value::string(network_text(part)));
    }
    return Value::list(Type::string(), std::move(out));
}

}  // namespace

void add_network_functions(FunctionTable& table) {
    Parameter prefix = text_parameter("prefix");
    table["cidrhost"] = function({prefix, number_parameter("hostnum")}, host);
    table["cidrnetmask"] = function({prefix}, netmask);
    table["cidrsubnet"] = function({prefix, number_parameter("newbits"), number_parameter("netnum")}, subnet);
    table["cidrsubnets"] = variadic({prefix}, number_parameter("newbits"), subnets);
}

}  // namespace drover::hcl
