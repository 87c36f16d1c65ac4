#pragma once
// Threads of the program under test as a part of the simulation: from enable() on, a thread runs only when the loop's
// thread hands it the turn, and hands it back where it waits for a condition, for the end of another thread, or ends.
// They take turns in the order in which they became ready, so that the same inputs give the same order.
//
// It stands in for the C library's pthread_create, pthread_join and conditions. Mutexes are real: a thread that holds
// one does not wait for anything else, or the simulation stands still.

#include <functional>

namespace drover::sim {

// On the loop's thread, once. `post` brings a call onto the loop.
void enable_lockstep(std::function<void(std::function<void()>)> post);

}  // namespace drover::sim
