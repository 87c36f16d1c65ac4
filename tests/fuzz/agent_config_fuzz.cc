// Agent configuration files: any bytes either become a configuration or an error.

#include <cstdint>
#include <string_view>

#include "agent/config_load.h"
#include "agent/config_reader.h"
#include "agent/config_syntax.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace drover;
    auto tree = agent::parse_config_text({reinterpret_cast<const char*>(data), size});
    if (!tree) return 0;
    agent::Config config = agent::dev_config();
    if (agent::read_tree(*tree, codec::type_of<agent::Config>(), &config)) (void)agent::check_config(config);
    return 0;
}
