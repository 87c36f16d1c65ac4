#pragma once
// Loops, and what coroutines wait for on them: what most users of this room need.

#include "net/event_loop.h"
#include "net/signal.h"
