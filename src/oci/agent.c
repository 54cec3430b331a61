/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/agent.h"

#include "base/clock.h"
#include "oci/console.h"

#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#define LOOK_AGAIN_MS 5

int agent_check(const struct seccomp_profile *profile, struct failure *failure)
{
    struct stat status;
    if (!profile->listener_path)
        return refuse(failure, -EINVAL, "linux.seccomp: SCMP_ACT_NOTIFY needs a listenerPath");
    if (stat(profile->listener_path, &status) < 0)
        return fail(failure, -errno, "linux.seccomp.listenerPath %s", profile->listener_path);
    if (!S_ISSOCK(status.st_mode))
        return refuse(failure, -ENOTSOCK, "linux.seccomp.listenerPath %s is not a socket",
                      profile->listener_path);
    return 0;
}

/* Nothing tells when a peer has read; what it has not read still counts as ours: unix(7) SIOCOUTQ. */
static int wait_until_taken(int channel)
{
    const struct timespec pause = {0, LOOK_AGAIN_MS * 1000000};
    const int64_t deadline = clock_now_ms() + AGENT_TIMEOUT_MS;
    int waiting = 0, error = 0;
    socklen_t size = sizeof(error);
    while (ioctl(channel, SIOCOUTQ, &waiting) == 0 && waiting > 0) {
        if (clock_now_ms() >= deadline)
            return -ETIMEDOUT;
        (void)nanosleep(&pause, NULL); /* a signal only makes it sooner */
    }
    /* After it: an end that closes with something unread says so before it throws that away. */
    if (waiting > 0 || getsockopt(channel, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return -errno;
    return -error;
}

int agent_give(void *context, pid_t pid, int listener_fd, struct failure *failure)
{
    const struct agent *a = context;
    const char *path = a->profile->listener_path;
    struct oci_state state;
    autofree char *text = NULL;
    container_describe(a->container, a->status, &state);
    const struct oci_process_state process = {
        .pid = pid, .metadata = a->profile->listener_metadata, .state = &state};
    int r = oci_process_state_write(&process, &text);
    if (r < 0)
        return fail(failure, r, "the state for the seccomp agent");
    autoclose int channel = socket_connect(path, AGENT_TIMEOUT_MS, failure);
    if (channel < 0)
        return fail_within(failure, "the seccomp agent does not answer");
    r = socket_send_descriptor(channel, listener_fd, text);
    if (r == 0)
        r = wait_until_taken(channel);
    return r < 0 ? fail(failure, r, "the seccomp agent at %s has not taken the listener", path) : 0;
}
