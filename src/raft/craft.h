#pragma once
// C-Raft's header as C++ takes it: it has no extern "C", and it measures anonymous structures inside static_assert,
// which C++ forbids. Only the engine and the messages include this.

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

#pragma push_macro("static_assert")
#define static_assert(...) typedef int craft_unused_assert_
extern "C" {
#include <raft.h>
}
#pragma pop_macro("static_assert")

// Earlier versions commit entries of earlier terms by counting replicas, and lose what they acknowledged.
#if RAFT_VERSION_NUMBER != 2201
#error "C-Raft 0.22.1 is required (Debian's bookworm-backports)"
#endif
