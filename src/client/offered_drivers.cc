#include "client/offered_drivers.h"

#include "base/strings.h"
#include "driver/mock_driver.h"
#include "driver/raw_exec.h"

namespace drover::client {

Result<driver::Drivers> make_drivers(const ClientConfig& config, net::Network& network, const Clock& clock) {
    driver::Drivers out;
    const auto plugin = config.plugins.find("raw_exec");
    auto raw_exec = driver::raw_exec_options(plugin == config.plugins.end() ? codec::AnyObject{} : plugin->second);
    if (!raw_exec) return fail(raw_exec.error().wrapped("plugin \"raw_exec\": "));
    if (const auto* enable = config.options.get("driver.raw_exec.enable");
        enable && parse_bool(*enable).value_or(false)) {
        raw_exec->enabled = true;
    }
    raw_exec->shim_program = driver::find_shim();
    if (const auto* path = config.host_environment.get("PATH")) raw_exec->search_path = *path;
    out["raw_exec"] = driver::make_raw_exec(std::move(*raw_exec), network, clock);
    if (config.plugins.contains("mock_driver")) out["mock_driver"] = driver::make_mock_driver(network.loop());
    return out;
}

}  // namespace drover::client
