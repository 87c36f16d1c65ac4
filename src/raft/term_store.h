#pragma once
// TermStore: the server's term and vote on disk, and what names the cluster: small values that must never go back. Two
// files written in turn, each with a checksum (docs/formats/log.md). One thread at a time; blocks on the disk.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "raft/disk.h"

namespace drover::raft {

struct TermRecord {
    uint64_t term = 0;
    uint64_t voted_for = 0;         // the engine's number of a server; 0: nobody
    std::string cluster_id;         // empty until the cluster was bootstrapped
    uint64_t incarnation = 0;       // of this server among the members
    std::string bootstrap_promise;  // a proposal that this server promised itself to; empty: none
};

class TermStore {
public:
    // Where both files are damaged: an error that names them (never a silent zero). No files: a zero record.
    static Result<std::unique_ptr<TermStore>> open(Disk& disk);
    virtual ~TermStore() = default;

    virtual const TermRecord& record() const = 0;
    // Lasts when it returns. Works on a full disk: the files never grow.
    virtual Result<> save(TermRecord record) = 0;
};

}  // namespace drover::raft
