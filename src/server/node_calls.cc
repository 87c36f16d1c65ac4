#include "server/node_calls.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "base/uuid.h"
#include "codec/describe.h"
#include "codec/msgpack.h"
#include "model/rpc_node.h"
#include "model/rpc_text.h"
#include "model/stream_error.h"
#include "net/memory_stream.h"
#include "server/relay.h"
#include "server/server.h"

namespace drover::server {

// What is looked at in a request; all else is the node's.
struct NodeCallKeys {
    std::string AllocID;
    std::string NodeID;
    std::string ServerID;
    std::string ControllerNodeID;
    std::string Region;
    bool Forwarded = false;
};
DECLARE_TYPE(NodeCallKeys);
DESCRIBE(NodeCallKeys, FIELD(AllocID), FIELD(NodeID), FIELD(ServerID), FIELD(ControllerNodeID), FIELD(Region),
         FIELD(Forwarded));

namespace {

using Names = NodeMethod::Names;
using StreamResult = Result<std::unique_ptr<net::Stream>>;

constexpr Duration kAnswerTimeout = minutes(5);
constexpr Duration kAskTimeout = seconds(5);     // for another server to say whether it has a node's connection
constexpr Duration kStartTimeout = seconds(30);  // for a stream to begin
constexpr Duration kTakeTimeout = minutes(5);    // for a side to take a piece

constexpr std::array kMethods = {
    NodeMethod{"ClientAllocations.Restart", "Allocations.Restart", Names::alloc},
    NodeMethod{"ClientAllocations.Signal", "Allocations.Signal", Names::alloc},
    NodeMethod{"ClientAllocations.SetPauseState", "Allocations.SetPauseState", Names::alloc},
    NodeMethod{"ClientAllocations.GetPauseState", "Allocations.GetPauseState", Names::alloc},
    NodeMethod{"ClientAllocations.GarbageCollect", "Allocations.GarbageCollect", Names::alloc},
    NodeMethod{"ClientAllocations.GarbageCollectAll", "Allocations.GarbageCollectAll"},
    NodeMethod{"ClientAllocations.Stats", "Allocations.Stats", Names::alloc},
    NodeMethod{"ClientAllocations.Checks", "Allocations.Checks", Names::alloc},
    NodeMethod{"FileSystem.List", "FileSystem.List", Names::alloc},
    NodeMethod{"FileSystem.Stat", "FileSystem.Stat", Names::alloc},
    NodeMethod{"ClientStats.Stats", "ClientStats.Stats"},
    NodeMethod{"Agent.Profile", "Agent.Profile", Names::node_or_server},
    NodeMethod{"Agent.Host", "Agent.Host", Names::node_or_server},
    NodeMethod{"NodeMeta.Apply", "NodeMeta.Apply"},
    NodeMethod{"NodeMeta.Read", "NodeMeta.Read"},
    NodeMethod{"NodeIdentity.Get", "NodeIdentity.Get"},
    NodeMethod{"NodeIdentity.Renew", "NodeIdentity.Renew"},
    NodeMethod{"ClientCSI.ControllerValidateVolume", "CSI.ControllerValidateVolume", Names::controller},
    NodeMethod{"ClientCSI.ControllerAttachVolume", "CSI.ControllerAttachVolume", Names::controller},
    NodeMethod{"ClientCSI.ControllerDetachVolume", "CSI.ControllerDetachVolume", Names::controller},
    NodeMethod{"ClientCSI.ControllerCreateVolume", "CSI.ControllerCreateVolume", Names::controller},
    NodeMethod{"ClientCSI.ControllerExpandVolume", "CSI.ControllerExpandVolume", Names::controller},
    NodeMethod{"ClientCSI.ControllerDeleteVolume", "CSI.ControllerDeleteVolume", Names::controller},
    NodeMethod{"ClientCSI.ControllerListVolumes", "CSI.ControllerListVolumes", Names::controller},
    NodeMethod{"ClientCSI.ControllerCreateSnapshot", "CSI.ControllerCreateSnapshot", Names::controller},
    NodeMethod{"ClientCSI.ControllerDeleteSnapshot", "CSI.ControllerDeleteSnapshot", Names::controller},
    NodeMethod{"ClientCSI.ControllerListSnapshots", "CSI.ControllerListSnapshots", Names::controller},
    NodeMethod{"ClientCSI.NodeDetachVolume", "CSI.NodeDetachVolume"},
    NodeMethod{"ClientCSI.NodeExpandVolume", "CSI.NodeExpandVolume"},
    NodeMethod{"ClientHostVolume.Create", "HostVolume.Create"},
    NodeMethod{"ClientHostVolume.Register", "HostVolume.Register"},
    NodeMethod{"ClientHostVolume.Delete", "HostVolume.Delete"},
    NodeMethod{"Allocations.Exec", "Allocations.Exec", Names::alloc, true},
    NodeMethod{"FileSystem.Stream", "FileSystem.Stream", Names::alloc, true},
    NodeMethod{"FileSystem.Logs", "FileSystem.Logs", Names::alloc, true},
};

Error no_path() { return Error::not_found("No path to node"); }

// The handler of a stream of the own node, which lives as long as the process's end of it.
net::Task<> serve_own(const net::RpcService& service, net::RpcStreamCall call) {
    co_await service.stream(std::move(call));
}

}  // namespace

const NodeMethod* find_node_method(std::string_view name, bool streams) {
    const auto found = std::find_if(kMethods.begin(), kMethods.end(), [&](const NodeMethod& method) {
        return method.name == name && method.streams == streams;
    });
    return found == kMethods.end() ? nullptr : &*found;
}

bool has_node_service(std::string_view service) {
    return std::any_of(kMethods.begin(), kMethods.end(),
                       [&](const NodeMethod& method) { return !method.streams && method.name.starts_with(service); });
}

// Where a call goes on: over a session of the node, to the own node, or to another server.
struct NodeCalls::Way {
    enum class Kind { session, own, own_server, server } kind = Kind::session;
    net::SessionRef session;
    std::string server;  // its address
    std::string region;  // of that server
};

NodeCalls::NodeCalls(const Server& server, RpcPort& port, net::Loop& loop)
    : server_(server), port_(port), loop_(loop), group_(loop) {}

NodeCalls::~NodeCalls() = default;

void NodeCalls::set_own_node(std::string node_id, net::RpcService service) {
    own_node_ = std::move(node_id);
    own_since_ = loop_.clock().now();
    own_service_ = std::move(service);
}

NodeCalls::Connected NodeCalls::connected(const std::string& node_id) const {
    if (!own_node_.empty() && node_id == own_node_) return {true, own_since_};
    const NodeSessions::Found* found = sessions_.find(node_id);
    return found ? Connected{true, found->since} : Connected{};
}

net::Task<> NodeCalls::stop() {
    group_.cancel();
    co_await group_.join();
}

net::Task<Result<NodeCalls::Way>> NodeCalls::find_way(const NodeMethod& method, const std::string& request,
                                                      net::CancelToken cancel) {
    NodeCallKeys keys;
    if (auto read = codec::read_msgpack(request, keys); !read) co_return fail(read.error());
    if (!keys.Region.empty() && keys.Region != server_.config().region) {
        std::string address = server_.routing().server_of(keys.Region);
        if (address.empty()) co_return fail(Error::internal("No path to region"));
        co_return Way{Way::Kind::server, {}, std::move(address), keys.Region};
    }
    std::string node_id = method.names == Names::controller ? keys.ControllerNodeID : keys.NodeID;
    if (method.names == Names::alloc) {
        if (keys.AllocID.empty()) co_return fail(Error::bad_request("missing allocation ID"));
        if (auto id = parse_uuid(keys.AllocID); !id)
            co_return fail(Error::internal("alloc lookup failed: index error: " + id.error().message));
        const auto alloc = server_.store().view().allocs().find(keys.AllocID);
        if (!alloc) co_return fail(Error::not_found("Unknown allocation " + quote(keys.AllocID)));
        node_id = alloc.node_id();
    } else if (node_id.empty() && method.names == Names::node_or_server) {
        co_return way_to_server(keys.ServerID);
    } else if (node_id.empty()) {
        co_return fail(
            Error::internal(method.names == Names::controller ? "missing ControllerNodeID" : "missing NodeID"));
    } else if (!server_.store().view().nodes().find(node_id)) {
        co_return fail(Error::not_found("Unknown node " + quote(node_id)));
    }
    co_return co_await way_to_node(std::move(node_id), keys.Forwarded, std::move(cancel));
}

Result<NodeCalls::Way> NodeCalls::way_to_server(const std::string& server_id) const {
    if (server_id.empty()) return Way{Way::Kind::own_server, {}, {}, {}};
    const auto id = server_.routing().id_of(server_id);
    if (!id) return fail(id.error());
    if (*id == server_.config().id) return Way{Way::Kind::own_server, {}, {}, {}};
    return Way{Way::Kind::server, {}, server_.routing().address_of(*id), server_.config().region};
}

net::Task<Result<NodeCalls::Way>> NodeCalls::way_to_node(std::string node_id, bool forwarded, net::CancelToken cancel) {
    if (!own_node_.empty() && node_id == own_node_) co_return Way{Way::Kind::own, {}, {}, {}};
    if (const NodeSessions::Found* found = sessions_.find(node_id))
        co_return Way{Way::Kind::session, found->session, {}, {}};
    if (forwarded) co_return fail(no_path());
    static const Endpoint* const kHasNodeConn = find_endpoint("Status.HasNodeConn");
    const std::string& region = server_.config().region;
    std::string best;
    Time since;
    for (const Routing::Server& other : server_.routing().servers()) {
        if (other.address == server_.config().rpc_address) continue;
        model::NodeSpecificRequest question;
        question.NodeID = node_id;
        question.Region = region;
        Message request = Message::of(std::move(question));
        RpcPort::Outcome outcome =
            co_await port_.call(other.address, *kHasNodeConn, request, {loop_.in(kAskTimeout), cancel}, region);
        if (!outcome.answer) continue;
        const auto& told = outcome.answer->as<model::NodeConnQueryResponse>();
        if (!told.Connected || (!best.empty() && told.Established <= since)) continue;
        best = other.address, since = told.Established;
    }
    if (best.empty()) co_return fail(no_path());
    co_return Way{Way::Kind::server, {}, std::move(best), region};
}

net::Task<Result<std::string>> NodeCalls::call(const NodeMethod& method, std::string request, net::CancelToken cancel) {
    auto way = co_await find_way(method, request, cancel);
    if (!way) co_return fail(way.error());
    const net::Limit limit{loop_.in(kAnswerTimeout), cancel};
    switch (way->kind) {
        case Way::Kind::session:
            co_return co_await way->session.call(std::string(method.node_name), std::move(request), limit);
        case Way::Kind::own: {
            net::RpcCall own{std::string(method.node_name), std::move(request), std::make_shared<net::RpcPeer>(),
                             std::move(cancel)};
            co_return co_await own_service_.call(std::move(own));
        }
        case Way::Kind::own_server: {
            if (!own_server_)
                co_return fail(Error::not_implemented(std::string(method.name) + " of a server is not supported yet"));
            net::RpcCall own{std::string(method.name), std::move(request), std::make_shared<net::RpcPeer>(),
                             std::move(cancel)};
            co_return co_await own_server_(std::move(own));
        }
        case Way::Kind::server: break;
    }
    auto marked = marked_forwarded(request);
    if (!marked) co_return fail(marked.error());
    co_return co_await port_.call_raw(way->server, way->region, std::string(method.name), std::move(*marked), limit);
}

net::Task<Result<std::unique_ptr<net::Stream>>> NodeCalls::open(const NodeMethod& method, std::string request,
                                                                net::CancelToken cancel) {
    auto way = co_await find_way(method, request, cancel);
    if (!way) co_return fail(way.error());
    const net::Limit limit{loop_.in(kStartTimeout), cancel};
    switch (way->kind) {
        case Way::Kind::session:
            co_return co_await way->session.open_stream(std::string(method.node_name), std::move(request), limit);
        case Way::Kind::own: co_return open_own(method, std::move(request));
        case Way::Kind::own_server:
            co_return fail(Error::not_implemented(std::string(method.name) + " of a server is not supported yet"));
        case Way::Kind::server: break;
    }
    auto marked = marked_forwarded(request);
    if (!marked) co_return fail(marked.error());
    co_return co_await port_.open_stream(way->server, way->region, std::string(method.name), std::move(*marked), limit);
}

Result<std::unique_ptr<net::Stream>> NodeCalls::open_own(const NodeMethod& method, std::string request) {
    if (auto known = own_service_.find_stream(method.node_name); !known) return fail(known.error());
    net::StreamPair pipe = net::make_pipe(loop_);
    group_.spawn(serve_own(own_service_, {std::string(method.node_name), std::move(request), std::move(pipe.second),
                                          std::make_shared<net::RpcPeer>(), group_.token()}));
    return std::move(pipe.first);
}

net::Task<> NodeCalls::relay(const NodeMethod& method, net::RpcStreamCall call) {
    StreamResult opened = co_await open(method, std::move(call.request), call.cancel);
    if (!opened) {
        const std::string frame = model::error_frame(opened.error());
        (void)co_await call.stream->write(frame, {loop_.in(kTakeTimeout), call.cancel});
        co_return;
    }
    co_await server::relay(*call.stream, **opened, call.cancel);
}

}  // namespace drover::server
