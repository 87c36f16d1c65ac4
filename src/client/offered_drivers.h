#pragma once
// The drivers that this node has, as its configuration sets them up. Which of them it tells the servers about is the
// fingerprint's business.

#include "base/clock.h"
#include "base/result.h"
#include "client/config.h"
#include "driver/driver.h"
#include "net/stream.h"

namespace drover::client {

// raw_exec by `plugin "raw_exec"` (or the older option driver.raw_exec.enable), mock_driver where a plugin block of
// that name asks for it. An error names the plugin whose configuration makes no sense. The network outlives the
// drivers.
Result<driver::Drivers> make_drivers(const ClientConfig& config, net::Network& network, const Clock& clock);

}  // namespace drover::client
