#include "driver/driver.h"

namespace drover::driver {

DESCRIBE(TaskHandle, FIELD(Driver), FIELD(ID), FIELD(Version), FIELD(State));
DESCRIBE(ExitResult, FIELD(ExitCode), FIELD(Signal), FIELD(OOMKilled), FIELD(Err));

}  // namespace drover::driver
