#pragma once
// The parts of the shim. One thread, no heap: everything is in static storage, and pages that are not needed after the
// start (the spec, the argument arrays) are mapped and unmapped.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"

/* logs.c: one stream of the task, from its pipe into numbered files. A task is never held up by its log: what cannot be
 * written is dropped and counted. */
struct Log {
    int pipe;      /* read end, or -1 at its end */
    int directory; /* or -1: discard */
    int file;      /* or -1 */
    uint32_t index, lowest;
    uint64_t size; /* of the file */
    int full;      /* what comes next goes into the next file */
    uint64_t bytes, dropped;
    char name[256];
};

void log_open(struct Log* log, const struct ShimLogStart* start, int directory, int pipe);
/* Moves a bounded amount; call when the pipe is readable. */
void log_pump(struct Log* log, const struct ShimLogLimits* limits);
void log_trim(struct Log* log, const struct ShimLogLimits* limits);

/* launch.c: reads the spec and starts the task. */
struct Launch {
    struct Log out, err;
    struct ShimLogLimits limits;
    int durable;
    pid_t pid;
    int32_t error; /* errno of a failed start */
    uint32_t stage;
};

/* 0, or -1 with error and stage set. */
int launch(struct Launch* launch);

/* tree.c: the task and everything that descends from it. */
uint64_t process_start_ticks(pid_t pid);
/* Kills every child of this process; orphans of the task have become its children. */
void kill_children(void);
