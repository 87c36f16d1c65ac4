#pragma once
// The disk of a simulated server, which outlives its lives, and what can happen to it.

#include <string>

#include "raft/memory_disk.h"
#include "world.h"

namespace drover::sim {

class SimDisk {
public:
    SimDisk(World& world, std::string who) : world_(world), who_(std::move(who)), disk_(world.rng) {}

    raft::MemoryDisk& disk() { return disk_; }
    bool full() const { return full_; }

    // The power goes: what was not synced is lost in part. restore_power() before it is used again.
    void lose_power() { disk_.crash(); }
    void restore_power() { disk_.fail_syncs(raft::MemoryDisk::kNever); }

    // It is full from now on, or fails soon (only where `in_use`), or all disks of this world are slow or quick.
    void trouble(bool in_use);
    void make_room();
    // Flips a bit of what the newest segment holds. False where it holds too little.
    bool damage();
    // Damaged, and not known to be whole again.
    bool damaged = false;

private:
    World& world_;
    const std::string who_;
    raft::MemoryDisk disk_;
    bool full_ = false;
};

}  // namespace drover::sim
