#pragma once
// mock_driver: runs nothing, and does what its configuration says a task does: starts or refuses, runs for a while,
// exits so or so. For tests, in real and in virtual time; a node offers it only if its configuration asks for it.

#include <memory>

#include "driver/driver.h"

namespace drover::driver {

std::unique_ptr<Driver> make_mock_driver(net::Loop& loop);

}  // namespace drover::driver
