#pragma once
// TermStore: the server's term and vote on disk, and what names the cluster: small values that must never go back. Two
// files, each with a checksum, written one after the other, so that what was saved is in both and damage to one loses
// nothing (docs/formats/log.md). One thread at a time; blocks on the disk.
//
// Errors: bad_request (a text over its limit, or a term below the one saved; nothing happened), too_large (no room for
// the files when they are made), not_implemented (a newer version), internal (the disk failed: the store refuses
// everything from then on).

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "raft/disk.h"

namespace drover::raft {

struct TermRecord {
    uint64_t term = 0;
    uint64_t voted_for = 0;  // the engine's number of a server; 0: nobody
    std::string cluster_id;  // empty until the cluster was bootstrapped
};

class TermStore {
public:
    static constexpr size_t kMaxClusterIdBytes = 256;

    // Where both files are damaged: an error that names them (never a silent zero). No files: a zero record, and both
    // are made. Where one is damaged or missing it is written again from the other. The disk outlives the store.
    static Result<std::unique_ptr<TermStore>> open(Disk& disk);
    virtual ~TermStore() = default;

    virtual const TermRecord& record() const = 0;
    // What open() put right without losing anything, in sentences for the operator.
    virtual const std::vector<std::string>& repairs() const = 0;
    // Lasts when it returns. Works on a full disk: the files never grow.
    virtual Result<> save(TermRecord record) = 0;
};

}  // namespace drover::raft
