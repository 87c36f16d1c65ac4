#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim.h"

enum { kMaxCgroups = 16, kMaxRlimits = 16 };

/* What the spec says, pointing into its mapping. */
struct Spec {
    char* base;
    size_t size;
    char** vectors; /* argv, null, envp, null; a mapping of vectors_size */
    size_t vectors_size;
    size_t arguments, variables;
    const char* program;
    const char* directory;
    const char* log_directory;
    const struct ShimLogStart *out, *err;
    const uint32_t* user;
    size_t user_words;
    const char* cgroups[kMaxCgroups];
    const struct ShimRlimit* rlimits[kMaxRlimits];
    size_t cgroup_count, rlimit_count;
    const int32_t* oom_score;
};

static struct Spec spec;

static int is_text(const char* data, uint32_t size) { return size > 0 && memchr(data, 0, size) == data + size - 1; }

/* -1 for a record that makes no sense. Tags from a newer agent are refused: they would ask for what we do not do. */
static int take(struct Launch* l, uint32_t tag, char* data, uint32_t size) {
    switch (tag) {
        case kSpecArgument: return is_text(data, size) ? (spec.vectors[spec.arguments++] = data, 0) : -1;
        case kSpecVariable:
            return is_text(data, size) ? (spec.vectors[spec.arguments + 1 + spec.variables++] = data, 0) : -1;
        case kSpecProgram: return spec.program = data, is_text(data, size) ? 0 : -1;
        case kSpecDirectory: return spec.directory = data, is_text(data, size) ? 0 : -1;
        case kSpecLogDirectory: return spec.log_directory = data, is_text(data, size) ? 0 : -1;
        case kSpecStdoutLog: return spec.out = (void*)data, size == sizeof *spec.out ? 0 : -1;
        case kSpecStderrLog: return spec.err = (void*)data, size == sizeof *spec.err ? 0 : -1;
        case kSpecLogLimits:
            if (size != sizeof l->limits) return -1;
            memcpy(&l->limits, data, size);
            return l->limits.max_files > 0 && l->limits.max_size_bytes > 0 ? 0 : -1;
        case kSpecUser:
            spec.user = (void*)data;
            spec.user_words = size / 4;
            return spec.user_words >= 2 ? 0 : -1;
        case kSpecRlimit:
            if (size != sizeof **spec.rlimits || spec.rlimit_count == kMaxRlimits) return -1;
            spec.rlimits[spec.rlimit_count++] = (void*)data;
            return 0;
        case kSpecCgroup:
            if (!is_text(data, size) || spec.cgroup_count == kMaxCgroups) return -1;
            spec.cgroups[spec.cgroup_count++] = data;
            return 0;
        case kSpecOomScore: return spec.oom_score = (void*)data, size == 4 ? 0 : -1;
        case kSpecDurable: return l->durable = 1, 0;
        default: return -1;
    }
}

/* All arguments come before the first variable: both share one array. */
static int read_records(struct Launch* l) {
    size_t at = 8, count = 2;
    for (int pass = 0; pass < 2; ++pass) {
        for (at = 8; at + 8 <= spec.size;) {
            uint32_t head[2];
            memcpy(head, spec.base + at, 8);
            if (head[1] > spec.size - at - 8) return -1;
            if (pass == 0) {
                ++count;
            } else {
                if (head[0] == kSpecArgument && spec.variables > 0) return -1;
                if (take(l, head[0], spec.base + at + 8, head[1]) != 0) return -1;
            }
            at += 8 + ((size_t)head[1] + 3) / 4 * 4;
        }
        if (pass == 1) break;
        spec.vectors_size = count * sizeof(char*);
        spec.vectors = mmap(NULL, spec.vectors_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (spec.vectors == MAP_FAILED) return -1;
    }
    return spec.program && spec.directory && spec.arguments > 0 ? 0 : -1;
}

static int read_spec(struct Launch* l) {
    struct stat found;
    uint32_t version;
    int fd = open("spec", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    errno = EINVAL;
    if (fstat(fd, &found) == 0 && found.st_size >= 8) {
        spec.size = (size_t)found.st_size;
        spec.base = mmap(NULL, spec.size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        if (spec.base == MAP_FAILED) spec.base = NULL;
    }
    close(fd);
    unlink("spec"); /* it holds the task's environment, secrets among it */
    if (spec.base == NULL) return -1;
    memcpy(&version, spec.base + 4, 4);
    errno = EPROTO;
    if (memcmp(spec.base, "DSPC", 4) != 0 || version != kShimProtocolVersion) return -1;
    return read_records(l);
}

static void write_number(int fd, int32_t value) {
    char digits[16];
    int at = sizeof digits;
    uint32_t rest = value < 0 ? (uint32_t)-value : (uint32_t)value;
    do digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0) digits[--at] = '-';
    if (write(fd, digits + at, sizeof digits - (size_t)at) < 0) return;
}

static int enter_cgroups(void) {
    for (size_t i = 0; i < spec.cgroup_count; ++i) {
        int directory = open(spec.cgroups[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        int fd = openat(directory, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : write(fd, "0", 1);
        if (directory >= 0) close(directory);
        if (fd >= 0) close(fd);
        if (n != 1) return -1;
    }
    return 0;
}

static int set_limits(void) {
    if (spec.oom_score != NULL) {
        int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        if (fd < 0) return -1;
        write_number(fd, *spec.oom_score);
        close(fd);
    }
    for (size_t i = 0; i < spec.rlimit_count; ++i) {
        struct rlimit limit = {.rlim_cur = spec.rlimits[i]->soft, .rlim_max = spec.rlimits[i]->hard};
        if (setrlimit((int)spec.rlimits[i]->resource, &limit) != 0) return -1;
    }
    return 0;
}

/* By system call: the library's functions would synchronise threads, in memory that we share with the parent. */
static int become_user(void) {
    if (spec.user == NULL) return 0;
    if (syscall(SYS_setgroups, spec.user_words - 2, spec.user + 2) != 0) return -1;
    if (syscall(SYS_setgid, spec.user[1]) != 0) return -1;
    return (int)syscall(SYS_setuid, spec.user[0]);
}

static void become_ordinary(void) {
    static const int changed[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGQUIT, SIGUSR1, SIGUSR2};
    sigset_t none;
    for (size_t i = 0; i < sizeof changed / sizeof *changed; ++i) signal(changed[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the new process, which shares our memory until it executes: only system calls, and l->stage to say where it is. */
static void run_task(struct Launch* l, int in, int out, int err) {
    setsid();
    l->stage = kStageCgroup;
    if (enter_cgroups() != 0) return;
    l->stage = kStageLimits;
    if (set_limits() != 0) return;
    l->stage = kStagePipes;
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) return;
    l->stage = kStageUser;
    if (become_user() != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* without its shim nobody would learn how the task ended */
    l->stage = kStageDirectory;
    if (chdir(spec.directory) != 0) return;
    l->stage = kStageExecute;
    become_ordinary();
    execve(spec.program, spec.vectors, spec.vectors + spec.arguments + 1);
}

static int make_pipe(int* write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    *write_end = ends[1];
    return ends[0];
}

int launch(struct Launch* l) {
    int out = -1, err = -1;
    l->limits = (struct ShimLogLimits){.max_size_bytes = 10 << 20, .max_files = 10};
    l->out.pipe = l->err.pipe = -1;
    l->stage = kStageSpec;
    l->error = read_spec(l) == 0 ? 0 : errno;
    if (l->error != 0) return -1;

    l->stage = kStagePipes;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int logs = spec.log_directory ? open(spec.log_directory, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    int kept = spec.log_directory != NULL && spec.out != NULL && spec.err != NULL;
    if (null >= 0 && kept) {
        log_open(&l->out, spec.out, logs, make_pipe(&out));
        log_open(&l->err, spec.err, logs, make_pipe(&err));
    } else {
        out = err = null;
    }
    l->error = null < 0 || out < 0 || err < 0 ? errno : 0;
    if (l->error != 0) return -1;

    l->pid = vfork();
    if (l->pid == 0) {
        run_task(l, null, out, err);
        l->error = errno;
        _exit(127);
    }
    if (l->pid < 0) l->error = errno;
    if (l->pid > 0 && l->error != 0) waitpid(l->pid, NULL, 0);
    close(null);
    if (kept) close(out), close(err);
    munmap(spec.base, spec.size);
    munmap(spec.vectors, spec.vectors_size);
    if (l->error != 0) return -1;
    l->stage = kStageNone;
    return 0;
}
