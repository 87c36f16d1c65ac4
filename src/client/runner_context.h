#pragma once
// What the runners of one client share. Owned by the client, which outlives them; loop thread.

#include "base/rng.h"
#include "client/config.h"
#include "client/state_store.h"
#include "driver/driver.h"
#include "model/node.h"
#include "net/loop.h"

namespace drover::client {

struct RunnerContext {
    net::Loop& loop;
    Rng& rng;
    const ClientConfig& config;
    const driver::Drivers& drivers;
    StateStore& store;
    Shared<model::Node> node;      // the newest
    net::Event servers_contacted;  // the servers have told once what should run here

    Time now() const { return loop.clock().now(); }
};

}  // namespace drover::client
