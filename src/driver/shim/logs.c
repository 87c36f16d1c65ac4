#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim.h"

enum {
    kMove = 65536,      /* most that one call moves */
    kLineSearch = 32768 /* so close to its end a file is cut at the end of a line, if one comes */
};

static char buffer[4096];

static void file_name(char* out, const struct Log* log, uint32_t index) {
    char digits[12];
    int n = 0;
    do digits[n++] = (char)('0' + index % 10);
    while ((index /= 10) != 0);
    size_t length = strlen(log->name);
    memcpy(out, log->name, length);
    out[length++] = '.';
    while (n > 0) out[length++] = digits[--n];
    out[length] = 0;
}

/* The directory may be writable for the task: what it plants there in a log's place (a link, a pipe, a second name of
 * another file) is not written to. */
static void open_file(struct Log* log, int fresh) {
    char name[sizeof log->name + 16];
    struct stat found;
    file_name(name, log, log->index);
    if (fresh) unlinkat(log->directory, name, 0);
    log->file = openat(log->directory, name,
                       O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (fresh ? O_EXCL : 0), 0644);
    if (log->file < 0) return;
    if (fstat(log->file, &found) != 0 || !S_ISREG(found.st_mode) || found.st_nlink != 1) {
        close(log->file);
        log->file = -1;
        return;
    }
    log->size = (uint64_t)lseek(log->file, 0, SEEK_END);
}

void log_open(struct Log* log, const struct ShimLogStart* start, int directory, int pipe) {
    log->pipe = pipe;
    log->directory = directory;
    log->file = -1;
    log->index = start->index;
    log->lowest = start->lowest;
    memcpy(log->name, start->name, sizeof log->name);
    log->name[sizeof log->name - 1] = 0;
    if (directory >= 0) open_file(log, 0);
}

void log_trim(struct Log* log, const struct ShimLogLimits* limits) {
    char name[sizeof log->name + 16];
    while (log->directory >= 0 && log->index - log->lowest >= limits->max_files && log->lowest < log->index) {
        file_name(name, log, log->lowest++);
        unlinkat(log->directory, name, 0);
    }
}

static void rotate(struct Log* log, const struct ShimLogLimits* limits) {
    if (log->file >= 0) close(log->file);
    log->file = -1;
    log->size = 0;
    log->full = 0;
    log->index++;
    log_trim(log, limits);
    open_file(log, 1);
}

static void put(struct Log* log, const char* data, size_t length) {
    while (length > 0) {
        ssize_t n = log->file < 0 ? -1 : write(log->file, data, length);
        if (n < 0 && log->file >= 0 && errno == EINTR) continue;
        if (n <= 0) {
            log->dropped += length;
            return;
        }
        log->size += (uint64_t)n;
        data += n;
        length -= (size_t)n;
    }
}

static void at_end(struct Log* log) {
    close(log->pipe);
    log->pipe = -1;
    if (log->file >= 0) close(log->file);
    log->file = -1;
}

/* Through our own memory: near the end of a file, and where splice cannot write. */
static void copy(struct Log* log, const struct ShimLogLimits* limits, uint64_t left) {
    size_t most = left > 0 && left < sizeof buffer ? (size_t)left : sizeof buffer;
    ssize_t n = read(log->pipe, buffer, most);
    if (n == 0) at_end(log);
    if (n <= 0) return;
    log->bytes += (uint64_t)n;
    if (log->directory < 0) return;
    size_t cut = (size_t)n;
    const char* line_end = left <= kLineSearch ? memrchr(buffer, '\n', (size_t)n) : NULL;
    if (line_end != NULL) cut = (size_t)(line_end - buffer) + 1;
    put(log, buffer, cut);
    log->full = line_end != NULL || log->size >= limits->max_size_bytes;
    if (cut == (size_t)n) return;
    rotate(log, limits);
    put(log, buffer + cut, (size_t)n - cut);
}

void log_pump(struct Log* log, const struct ShimLogLimits* limits) {
    if (log->directory >= 0 && log->file < 0) open_file(log, 0);
    int waiting = 1;
    ioctl(log->pipe, FIONREAD, &waiting);
    int over = log->full || log->size >= limits->max_size_bytes;
    if (over && waiting > 0) rotate(log, limits); /* and not at the end, which would leave an empty file */
    uint64_t left = limits->max_size_bytes > log->size ? limits->max_size_bytes - log->size : 0;
    if (log->file >= 0 && left > kLineSearch) {
        size_t most = left - kLineSearch < kMove ? (size_t)(left - kLineSearch) : kMove;
        ssize_t n = splice(log->pipe, NULL, log->file, NULL, most, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
        if (n > 0) {
            log->size += (uint64_t)n;
            log->bytes += (uint64_t)n;
            return;
        }
        if (n == 0) {
            at_end(log);
            return;
        }
        if (errno == EAGAIN || errno == EINTR) return;
    }
    copy(log, limits, left);
}
