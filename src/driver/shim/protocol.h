#pragma once
// What the agent and a shim say to each other, shared by the shim (C) and the driver room (C++).
//
// A shim lives in a directory of its own, made by the agent:
//   spec     what to start: written by the agent, read and removed by the shim at its start
//   socket   unix stream socket, bound and listening before the shim is started, handed to it as descriptor 3
//   state    magic, version and ShimStatus: written when the task has started or could not, and when it has ended
//
// Both sides are on one machine: integers are in native byte order. The protocol only grows, because an old shim lives
// on under a newer agent: messages get new members at their end, and a reader takes what it knows and leaves the rest.
// docs/formats/shim.md tells the whole.

#include <stdint.h>

enum { kShimProtocolVersion = 1 };

/* spec: "DSPC", u32 version, then records {u32 tag, u32 size, bytes, padding to 4}. Texts end in a NUL that counts. */
enum ShimSpecTag {
    kSpecArgument = 1,     /* text, repeated: argv in order */
    kSpecVariable = 2,     /* text NAME=value, repeated */
    kSpecProgram = 3,      /* text: absolute path to execute */
    kSpecDirectory = 4,    /* text: working directory of the task */
    kSpecLogDirectory = 5, /* text; without it the outputs go to the null device */
    kSpecStdoutLog = 6,    /* ShimLogStart */
    kSpecStderrLog = 7,    /* ShimLogStart */
    kSpecLogLimits = 8,    /* ShimLogLimits */
    kSpecUser = 9,         /* u32 uid, u32 gid, then u32 for each supplementary group */
    kSpecRlimit = 10,      /* ShimRlimit, repeated */
    kSpecCgroup = 11,      /* text, repeated: directory whose cgroup.procs the task enters before it runs */
    kSpecOomScore = 12,    /* i32 */
    kSpecDurable = 13,     /* empty: the last state is on the disk before the shim rests */
};

struct ShimLogStart {
    uint32_t index;  /* the file to go on with */
    uint32_t lowest; /* the oldest file that exists */
    char name[256];  /* "<task>.stdout", NUL-terminated; files are <name>.<index> */
};

struct ShimLogLimits {
    uint64_t max_size_bytes;
    uint32_t max_files;
    uint32_t reserved;
};

struct ShimRlimit {
    uint32_t resource;
    uint32_t reserved;
    uint64_t soft, hard;
};

/* Every message is a header and `size` bytes. An answer carries the id of its request and its type | kShimAnswer. */
struct ShimHeader {
    uint32_t size;
    uint16_t type;
    uint16_t reserved;
    uint32_t id;
};

enum ShimMessage {
    kShimStatusRequest = 1, /* -> ShimStatus */
    kShimWait = 2,          /* -> ShimStatus, sent when the task has ended (at once if it has, or never started) */
    kShimSignal = 3,        /* ShimSignalRequest -> ShimErrno */
    kShimStatsRequest = 4,  /* -> ShimStats */
    kShimLogs = 5,          /* ShimLogLimits -> ShimErrno */
    kShimFinish = 6,        /* the result was collected: -> ShimErrno, and the shim ends; EBUSY while the task runs */
    kShimAnswer = 0x8000,
    kShimUnknown = 0xffff, /* the answer to a request that this shim does not know */
};

enum ShimState { kShimRunning = 1, kShimEnded = 2, kShimStartFailed = 3 };

/* Where a start failed; `error` is the errno there. */
enum ShimStage {
    kStageNone = 0,
    kStageSpec = 1,
    kStagePipes = 2,
    kStageCgroup = 3,
    kStageLimits = 4,
    kStageUser = 5,
    kStageDirectory = 6,
    kStageExecute = 7,
};

struct ShimStatus {
    uint32_t version; /* of the protocol, as the shim speaks it */
    uint32_t state;
    int32_t shim_pid;
    int32_t task_pid;
    uint64_t task_start_ticks; /* field 22 of /proc/<pid>/stat: tells the task from a later process with its pid */
    int64_t started_ns;        /* wall clock */
    int64_t finished_ns;
    int32_t exit_code;
    int32_t signal; /* that ended the task, or 0 */
    int32_t error;
    uint32_t stage;
};

enum ShimTarget { kTargetTask = 0, kTargetGroup = 1, kTargetAll = 2 };

struct ShimSignalRequest {
    int32_t signal;
    uint32_t target;
};

struct ShimErrno {
    int32_t error;
};

struct ShimStats {
    uint64_t stdout_bytes, stderr_bytes; /* taken from the task */
    uint64_t dropped_bytes;              /* of these, what could not be written */
    uint64_t user_us, system_us;         /* of the task's processes that have ended */
};
