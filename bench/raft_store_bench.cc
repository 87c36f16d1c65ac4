// Entries of 256 bytes appended to the log's storage on a real disk, by the size of the batches; beside it what the
// disk takes for a bare write and fdatasync of the same bytes. Then checksums, and opening a log. The folder is
// ./build/raft_store_bench, on the disk of the working directory.

#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <vector>

#include "raft/crc32c.h"
#include "raft/entry_store.h"

namespace {

using namespace drover;
using namespace drover::raft;

constexpr uint64_t kEntryBytes = 256;
constexpr const char* kFolder = "build/raft_store_bench";

struct Folder {
    Folder() {
        std::filesystem::remove_all(kFolder);
        auto opened = open_disk(kFolder);
        if (opened) disk = std::move(*opened);
    }
    ~Folder() {
        disk.reset();
        std::filesystem::remove_all(kFolder);
    }
    std::unique_ptr<Disk> disk;
};

std::vector<StoredEntry> make_batch(const std::string& data, uint64_t count) {
    return std::vector<StoredEntry>(count, StoredEntry{0, 1, 1, data});
}

Result<> append(EntryStore& store, std::vector<StoredEntry>& batch) {
    uint64_t index = store.last_index() + 1;
    for (StoredEntry& entry : batch) entry.index = index++;
    return store.append(batch);
}

void append_batches(benchmark::State& state) {
    Folder folder;
    SeededRng rng(1);
    auto store = EntryStore::open(*folder.disk, rng, {});
    const std::string data(kEntryBytes, 'd');
    auto batch = make_batch(data, static_cast<uint64_t>(state.range(0)));
    for (auto _ : state) {
        if (!append(**store, batch)) return state.SkipWithError("append failed");
        // A server takes snapshots, and keeps no more of its log than this.
        if ((*store)->last_index() % 100000 < batch.size() && (*store)->last_index() > 200000) {
            if (!(*store)->drop_before((*store)->last_index() - 100000)) return state.SkipWithError("drop failed");
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append_batches)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->UseRealTime();

void bare_write_and_sync(benchmark::State& state) {
    Folder folder;
    auto file = folder.disk->open("bare", Disk::Open::create);
    const std::string bytes(static_cast<size_t>(state.range(0)) * kEntryBytes, 'd');
    constexpr uint64_t kSize = 64 << 20;
    if (!(*file)->allocate(kSize)) return state.SkipWithError("allocate failed");
    if (state.range(1) != 0 && !(*file)->write_at(0, std::string(kSize, '\0')))
        return state.SkipWithError("write failed");
    if (!(*file)->sync()) return state.SkipWithError("sync failed");
    uint64_t offset = 0;
    for (auto _ : state) {
        if (!(*file)->write_at(offset, bytes) || !(*file)->sync()) return state.SkipWithError("write failed");
        offset += bytes.size();
        if (offset + bytes.size() > kSize) offset = 0;
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
// Into room that was only allocated, and into room that was written before.
BENCHMARK(bare_write_and_sync)
    ->ArgNames({"entries", "written"})
    ->ArgsProduct({{1, 16, 256, 1024}, {0, 1}})
    ->UseRealTime();

void open_log(benchmark::State& state) {
    Folder folder;
    SeededRng rng(1);
    const std::string data(kEntryBytes, 'd');
    constexpr int kBatches = 2000, kBatchEntries = 256;
    {
        auto store = EntryStore::open(*folder.disk, rng, {});
        auto batch = make_batch(data, kBatchEntries);
        for (int i = 0; i < kBatches; ++i) {
            if (!append(**store, batch)) return state.SkipWithError("append failed");
        }
    }
    for (auto _ : state) {
        auto store = EntryStore::open(*folder.disk, rng, {});
        benchmark::DoNotOptimize(store);
    }
    state.SetBytesProcessed(state.iterations() * kBatches * kBatchEntries * static_cast<int64_t>(kEntryBytes));
}
BENCHMARK(open_log)->Unit(benchmark::kMillisecond);

void read_back(benchmark::State& state) {
    Folder folder;
    SeededRng rng(1);
    EntryStoreConfig config;
    config.cache_bytes = static_cast<uint64_t>(state.range(0));
    auto store = EntryStore::open(*folder.disk, rng, config);
    const std::string data(kEntryBytes, 'd');
    auto batch = make_batch(data, 256);
    for (int i = 0; i < 100; ++i) {
        if (!append(**store, batch)) return state.SkipWithError("append failed");
    }
    int64_t entries = 0;
    for (auto _ : state) {
        auto read = (*store)->read_range(1, (*store)->last_index(), UINT64_MAX);
        entries += static_cast<int64_t>(read->size());
    }
    state.SetItemsProcessed(entries);
}
BENCHMARK(read_back)->ArgName("cache")->Arg(0)->Arg(16 << 20);

void checksum(benchmark::State& state) {
    const std::string bytes(64 << 10, 'b');
    for (auto _ : state) benchmark::DoNotOptimize(state.range(0) ? crc32c(bytes) : crc32c_portable(bytes));
    state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
}
BENCHMARK(checksum)->ArgName("instruction")->Arg(0)->Arg(1);

}  // namespace
