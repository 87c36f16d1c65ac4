#pragma once
// The allocations of a snapshot: what many share is written once, and what the store keeps packed is written as it is,
// with the layout that tells another program what it means (docs/formats/state-snapshot.md).

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "state/alloc_row.h"
#include "state/loader.h"
#include "state/packed_layout.h"
#include "state/view.h"

namespace drover::state {

// Kinds of rows. Numbered things count from 1, in the order of their rows.
enum SnapshotRow : uint8_t {
    kLayoutRow = 240,     // Layout
    kTextsRow = 241,      // the dictionary's texts
    kSharedJobRow = 242,  // a job that groups refer to
    kGroupRow = 243,      // SnapshotGroup
    kResourcesRow = 244,  // as write_resources() makes it
    kPackedAllocRow = 245,
};

struct SnapshotGroup {
    uint32_t Job = 0;  // 0: none
    std::string Namespace;
    std::string JobID;
    std::string TaskGroup;
};
DECLARE_TYPE(SnapshotGroup);

// Gives rows to a sink in an order in which they can be read. One thread; the view outlives it.
class AllocWriter {
public:
    using Sink = std::function<Result<>(uint8_t kind, std::string_view body)>;
    AllocWriter(const View& view, Sink sink) : view_(view), sink_(std::move(sink)) {}

    Result<> write_all();

private:
    Result<> write_head();
    Result<> write_alloc(const AllocRow& row);
    Result<uint32_t> group_number(const GroupRow& group);
    Result<uint32_t> job_number(const Shared<model::Job>& job);
    Result<uint32_t> resources_number(const ResourcesRow& resources);

    const View& view_;
    const Sink sink_;
    std::unordered_map<const GroupRow*, uint32_t> groups_;
    std::unordered_map<const model::Job*, uint32_t> jobs_;
    std::unordered_map<const ResourcesRow*, uint32_t> resources_;
};

// Takes such rows into a loader. What is malformed is an error, after which both are thrown away.
class AllocReader {
public:
    explicit AllocReader(StateLoader& loader);

    static bool takes(uint8_t kind) { return kind >= kLayoutRow && kind <= kPackedAllocRow; }
    Result<> read(uint8_t kind, std::string_view body);

private:
    Result<> read_layout(std::string_view body);
    Result<> read_texts(std::string_view body);
    Result<> read_group(std::string_view body);
    Result<Ref<const ResourcesRow>> make_resources_row(std::string_view body);
    Result<> read_alloc(std::string_view body);
    template <class Part>
    Result<Ref<const Packed>> packed(std::string_view bytes, uint32_t root);

    StateLoader& loader_;
    Layout layout_;
    bool is_own_layout_ = false;
    std::vector<std::string> texts_;
    PackedReader packed_reader_;
    std::vector<Shared<model::Job>> jobs_;
    std::vector<Ref<const GroupRow>> groups_;
    std::vector<Ref<const ResourcesRow>> resources_;
};

}  // namespace drover::state
