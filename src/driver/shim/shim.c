/* The process beside every task: owns the task's pipes, rotates its logs, waits for its exit status and reports, and
 * outlives the agent. `drover-shim <directory>`, with the listening socket as descriptor 3; see protocol.h. */

#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    kListen = 3,
    kConnections = 8,
    kRequestMax = 128,
    kDrainMs = 1000, /* how long output may come after everything has been killed */
    kKillMs = 5000,  /* how long killed processes may take to go */
    kLookMs = 60000  /* how often an ended shim looks whether its directory is still there */
};

struct Connection {
    int fd; /* or -1 */
    int waits;
    uint32_t wait_id;
    size_t held;
    char request[kRequestMax];
};

static struct Launch task;
static struct ShimStatus status;
static struct Connection connections[kConnections];
static int ending;           /* the task itself is gone, its descendants and output are being finished */
static int64_t ending_since; /* monotonic ms */
static int children_left;

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t wall_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void write_state(int durable) {
    struct {
        char magic[4];
        uint32_t version;
        struct ShimStatus status;
    } file = {{'D', 'S', 'S', 'T'}, kShimProtocolVersion, status};
    int fd = open("state.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return;
    int whole = write(fd, &file, sizeof file) == (ssize_t)sizeof file;
    if (durable) fdatasync(fd);
    close(fd);
    if (whole) rename("state.new", "state");
}

static void drop(struct Connection* c) {
    close(c->fd);
    c->fd = -1;
}

static void answer(struct Connection* c, uint16_t type, uint32_t id, const void* body, size_t size) {
    char out[sizeof(struct ShimHeader) + 128];
    struct ShimHeader header = {.size = (uint32_t)size, .type = type, .id = id};
    memcpy(out, &header, sizeof header);
    memcpy(out + sizeof header, body, size);
    ssize_t whole = (ssize_t)(sizeof header + size);
    if (send(c->fd, out, (size_t)whole, MSG_NOSIGNAL | MSG_DONTWAIT) != whole) drop(c);
}

static int32_t send_signal(const char* body, size_t size) {
    struct ShimSignalRequest request;
    if (size < sizeof request) return EINVAL;
    memcpy(&request, body, sizeof request);
    if (status.state != kShimRunning || ending) return ESRCH;
    if (request.target == kTargetTask) return kill(task.pid, request.signal) == 0 ? 0 : errno;
    int32_t error = kill(-task.pid, request.signal) == 0 ? 0 : errno;
    if (request.target == kTargetAll && request.signal == SIGKILL) kill_children();
    return error;
}

static int32_t change_limits(const char* body, size_t size) {
    struct ShimLogLimits limits;
    if (size < sizeof limits) return EINVAL;
    memcpy(&limits, body, sizeof limits);
    if (limits.max_files == 0 || limits.max_size_bytes == 0) return EINVAL;
    task.limits = limits;
    log_trim(&task.out, &limits);
    log_trim(&task.err, &limits);
    return 0;
}

static struct ShimStats read_stats(void) {
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    return (struct ShimStats){
        .stdout_bytes = task.out.bytes,
        .stderr_bytes = task.err.bytes,
        .dropped_bytes = task.out.dropped + task.err.dropped,
        .user_us = (uint64_t)used.ru_utime.tv_sec * 1000000 + (uint64_t)used.ru_utime.tv_usec,
        .system_us = (uint64_t)used.ru_stime.tv_sec * 1000000 + (uint64_t)used.ru_stime.tv_usec,
    };
}

static void handle(struct Connection* c, const struct ShimHeader* header, const char* body) {
    struct ShimErrno result = {0};
    struct ShimStats stats;
    uint16_t type = header->type | kShimAnswer;
    switch (header->type) {
        case kShimWait:
            c->waits = status.state == kShimRunning;
            c->wait_id = header->id;
            if (c->waits) return;
            /* fall through */
        case kShimStatusRequest: answer(c, type, header->id, &status, sizeof status); return;
        case kShimStatsRequest:
            stats = read_stats();
            answer(c, type, header->id, &stats, sizeof stats);
            return;
        case kShimSignal: result.error = send_signal(body, header->size); break;
        case kShimLogs: result.error = change_limits(body, header->size); break;
        case kShimFinish: result.error = status.state == kShimRunning ? EBUSY : 0; break;
        default: type = kShimUnknown; break;
    }
    answer(c, type, header->id, &result, sizeof result);
    if (header->type == kShimFinish && result.error == 0) _exit(0);
}

static void receive(struct Connection* c) {
    ssize_t n = recv(c->fd, c->request + c->held, sizeof c->request - c->held, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        drop(c);
        return;
    }
    c->held += (size_t)n;
    struct ShimHeader header;
    while (c->fd >= 0 && c->held >= sizeof header) {
        memcpy(&header, c->request, sizeof header);
        if (header.size > sizeof c->request - sizeof header) {
            drop(c);
            return;
        }
        size_t whole = sizeof header + header.size;
        if (c->held < whole) return;
        handle(c, &header, c->request + sizeof header);
        c->held -= whole;
        memmove(c->request, c->request + whole, c->held);
    }
}

static void accept_one(void) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    int fd = accept4(kListen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || (peer.uid != 0 && peer.uid != geteuid())) {
        close(fd);
        return;
    }
    struct Connection* c = &connections[0]; /* the oldest makes room: its agent has likely gone */
    for (int i = 0; i < kConnections; ++i) {
        if (connections[i].fd < 0) c = &connections[i];
    }
    if (c->fd >= 0) {
        drop(c);
        memmove(connections, connections + 1, sizeof connections - sizeof *connections);
        c = &connections[kConnections - 1];
    }
    memset(c, 0, sizeof *c);
    c->fd = fd;
}

static void reap_task(const siginfo_t* found) {
    status.finished_ns = wall_ns();
    status.exit_code = found->si_code == CLD_EXITED ? found->si_status : 128 + found->si_status;
    status.signal = found->si_code == CLD_EXITED ? 0 : found->si_status;
    ending = 1;
    ending_since = now_ms();
}

static void reap(void) {
    siginfo_t found;
    for (;;) {
        found.si_pid = 0;
        children_left = waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT) == 0;
        if (!children_left || found.si_pid == 0) break;
        if (found.si_pid == task.pid && !ending) {
            reap_task(&found);
            kill(-task.pid, SIGKILL); /* while the dead leader still keeps the group's number from being given anew */
        }
        waitpid(found.si_pid, NULL, 0);
    }
    if (ending && children_left) kill_children();
}

/* The end is reported when no process of the task is left and its output has been written. */
static void maybe_end(void) {
    int64_t waited = now_ms() - ending_since;
    int output_left = task.out.pipe >= 0 || task.err.pipe >= 0;
    if (children_left && waited < kKillMs) return;
    if (output_left && waited < kDrainMs) return;
    status.state = kShimEnded;
    ending = 0;
    write_state(0);
    for (int i = 0; i < kConnections; ++i) {
        struct Connection* c = &connections[i];
        if (c->fd >= 0 && c->waits) answer(c, kShimWait | kShimAnswer, c->wait_id, &status, sizeof status);
        c->waits = 0;
    }
    if (task.durable) write_state(1);
}

static int timeout_ms(void) {
    if (ending) return 20;
    return status.state == kShimRunning ? -1 : kLookMs;
}

static void serve(int signals) {
    struct pollfd ready[4 + kConnections];
    struct signalfd_siginfo ignored;
    struct stat here;
    for (;;) {
        ready[0] = (struct pollfd){.fd = signals, .events = POLLIN};
        ready[1] = (struct pollfd){.fd = kListen, .events = POLLIN};
        ready[2] = (struct pollfd){.fd = task.out.pipe, .events = POLLIN};
        ready[3] = (struct pollfd){.fd = task.err.pipe, .events = POLLIN};
        for (int i = 0; i < kConnections; ++i) {
            ready[4 + i] = (struct pollfd){.fd = connections[i].fd, .events = POLLIN};
        }
        int n = poll(ready, 4 + kConnections, timeout_ms());
        if (n == 0 && !ending && status.state != kShimRunning && stat(".", &here) == 0 && here.st_nlink == 0) _exit(0);
        if (n < 0) continue;
        if (ready[2].revents) log_pump(&task.out, &task.limits);
        if (ready[3].revents) log_pump(&task.err, &task.limits);
        if (ready[0].revents && read(signals, &ignored, sizeof ignored) > 0) reap();
        for (int i = 0; i < kConnections; ++i) {
            if (ready[4 + i].revents) receive(&connections[i]);
        }
        if (ready[1].revents) accept_one();
        if (ending && n == 0) reap();
        if (ending) maybe_end();
    }
}

int main(int argc, char** argv) {
    static const int ignored[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGQUIT, SIGUSR1, SIGUSR2};
    sigset_t child;
    if (argc != 2) return 2;
    syscall(SYS_close_range, kListen + 1, ~0U, 0);
    if (chdir(argv[1]) != 0 || fcntl(kListen, F_SETFD, FD_CLOEXEC) != 0) return 1;
    setsid();
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; ++i) signal(ignored[i], SIG_IGN);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    for (int i = 0; i < kConnections; ++i) connections[i].fd = -1;

    status = (struct ShimStatus){.version = kShimProtocolVersion, .shim_pid = getpid()};
    int failed = launch(&task);
    status.started_ns = wall_ns();
    status.state = failed ? kShimStartFailed : kShimRunning;
    status.error = failed ? task.error : 0;
    status.stage = failed ? task.stage : kStageNone;
    status.task_pid = failed ? 0 : task.pid;
    status.task_start_ticks = failed ? 0 : process_start_ticks(task.pid);
    write_state(0);
    serve(signals);
}
