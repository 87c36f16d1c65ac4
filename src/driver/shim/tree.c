#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

static char text[1024];

static ssize_t read_file(const char* path, char* out, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t n = read(fd, out, size - 1);
    close(fd);
    if (n >= 0) out[n] = 0;
    return n;
}

static char* append_number(char* end, uint32_t value) {
    char digits[12];
    int n = 0;
    do digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (n > 0) *end++ = digits[--n];
    *end = 0;
    return end;
}

uint64_t process_start_ticks(pid_t pid) {
    char path[48] = "/proc/";
    strcpy(append_number(path + 6, (uint32_t)pid), "/stat");
    if (read_file(path, text, sizeof text) <= 0) return 0;
    char* at = strrchr(text, ')'); /* the name before it may hold anything */
    for (int field = 2; at != NULL && field < 22; ++field) at = strchr(at + 1, ' ');
    uint64_t ticks = 0;
    for (at = at ? at + 1 : text + strlen(text); *at >= '0' && *at <= '9'; ++at)
        ticks = ticks * 10 + (uint64_t)(*at - '0');
    return ticks;
}

void kill_children(void) {
    char path[64] = "/proc/self/task/";
    strcpy(append_number(path + 16, (uint32_t)getpid()), "/children");
    if (read_file(path, text, sizeof text) <= 0) return;
    pid_t pid = 0;
    for (const char* at = text; *at; ++at) {
        if (*at >= '0' && *at <= '9') {
            pid = pid * 10 + (*at - '0');
        } else {
            if (pid > 0) kill(pid, SIGKILL); /* a number cut off by the buffer's end is left for the next call */
            pid = 0;
        }
    }
}
