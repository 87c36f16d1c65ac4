#pragma once
// NodeCalls: what operators ask of nodes, and of a named server, through any server: which methods these are, and the
// way to the node: over its own connection to this server, or through the server that has it. Requests and answers pass
// as they are; what they mean is the node's business. Lives on the server's loop.

#include <memory>
#include <string>
#include <string_view>

#include "net/rpc.h"
#include "server/node_sessions.h"

namespace drover::server {

class RpcPort;
class Server;

struct NodeMethod {
    enum class Names {
        alloc,           // the request's AllocID
        node,            // its NodeID
        node_or_server,  // its NodeID; without one its ServerID; without both the server that is asked
        controller,      // its ControllerNodeID
    };
    std::string_view name;       // at servers
    std::string_view node_name;  // at the node
    Names names = Names::node;
    bool streams = false;
};
// Null: no method of nodes.
const NodeMethod* find_node_method(std::string_view name, bool streams);
// Whether nodes have methods under that service ("FileSystem."), as servers name it.
bool has_node_service(std::string_view service);

class NodeCalls {
public:
    // All outlive it.
    NodeCalls(const Server& server, RpcPort& port, net::Loop& loop);
    ~NodeCalls();  // after stop()

    // The node's answer, or its error as ErrorCode::internal with its text. not_found: `Unknown allocation "<id>"`,
    // `Unknown node "<id>"`, `No path to node`.
    net::Task<Result<std::string>> call(const NodeMethod& method, std::string request, net::CancelToken cancel);
    // The stream after the exchange that begins it. Errors as above.
    net::Task<Result<std::unique_ptr<net::Stream>>> open(const NodeMethod& method, std::string request,
                                                         net::CancelToken cancel);
    // Serves such a call of somebody else: opens the stream and moves bytes both ways until either side ends.
    net::Task<> relay(const NodeMethod& method, net::RpcStreamCall call);

    // The node of this very process, which has no connection. The service outlives this object's use.
    void set_own_node(std::string node_id, net::RpcService service);
    // What this very server answers of Names::node_or_server.
    void set_own_server(net::RpcHandler handler) { own_server_ = std::move(handler); }
    // Whether the node can be called from here, and since when.
    struct Connected {
        bool connected = false;
        Time since;
    };
    Connected connected(const std::string& node_id) const;
    NodeSessions& sessions() { return sessions_; }
    const NodeSessions& sessions() const { return sessions_; }

    net::Task<> stop();

private:
    struct Way;
    net::Task<Result<Way>> find_way(const NodeMethod& method, const std::string& request, net::CancelToken cancel);
    Result<Way> way_to_server(const std::string& server_id) const;
    net::Task<Result<Way>> way_to_node(std::string node_id, bool forwarded, net::CancelToken cancel);
    Result<std::unique_ptr<net::Stream>> open_own(const NodeMethod& method, std::string request);

    const Server& server_;
    RpcPort& port_;
    net::Loop& loop_;
    NodeSessions sessions_;
    std::string own_node_;
    Time own_since_;
    net::RpcService own_service_;
    net::RpcHandler own_server_;
    net::TaskGroup group_;  // streams of the own node
};

}  // namespace drover::server
