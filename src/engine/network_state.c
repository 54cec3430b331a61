/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network_state.h"

#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define FOLDER "network"
#define LEASES "leases"
#define LEASES_MAX_BYTES (32u << 20) /* 65,000 containers with a few ports each */

static int state_lock(struct network_state *state, struct failure *f)
{
    state->lock_fd = openat(state->folder_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (state->lock_fd < 0)
        return fail(f, -errno, "opening the network's lock");
    while (flock(state->lock_fd, LOCK_EX) < 0)
        if (errno != EINTR)
            return fail(f, -errno, "locking the network");
    return 0;
}

static int state_load(struct network_state *state, struct failure *f)
{
    autofree char *data = NULL;
    autoreport struct report report = {0};
    size_t size = 0;
    int r = file_read_all(state->folder_fd, LEASES, LEASES_MAX_BYTES, &data, &size);
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return fail(f, r, "reading the network's leases");
    r = network_leases_parse("network/" LEASES, data, size, &report, &state->leases);
    if (r < 0 && report.count > 0)
        return refuse(f, r, "%s: %s (removing the file forgets what is connected)", report.items[0].place,
                      report.items[0].text);
    return r < 0 ? fail(f, r, "reading the network's leases") : 0;
}

int network_state_open_existing(struct network_state *state, int run_fd, struct failure *f)
{
    state->folder_fd = openat(run_fd, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (state->folder_fd < 0)
        return errno == ENOENT ? -ENOENT : fail(f, -errno, "opening the network's folder");
    state->containers_fd = openat(run_fd, "containers", O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (state->containers_fd < 0 && errno != ENOENT)
        return fail(f, -errno, "opening the containers' folder");
    int r = state_lock(state, f);
    return r < 0 ? r : state_load(state, f);
}

int network_state_open(struct network_state *state, int run_fd, struct failure *f)
{
    int r = network_state_open_existing(state, run_fd, f);
    if (r != -ENOENT)
        return r;
    if (mkdirat(run_fd, FOLDER, 0700) == 0) {
        /* A supervisor acts with a container's uid: the folder must not become that container's. */
        if (fchownat(run_fd, FOLDER, 0, 0, AT_SYMLINK_NOFOLLOW) < 0)
            return fail(f, -errno, "giving the network's folder to root");
    } else if (errno != EEXIST) {
        return fail(f, -errno, "making the network's folder");
    }
    r = network_state_open_existing(state, run_fd, f);
    return r == -ENOENT ? fail(f, r, "opening the network's folder") : r;
}

int network_state_save(const struct network_state *state, struct failure *f)
{
    autotext struct text text = {0};
    network_leases_write(&state->leases, &text);
    int r = text_error(&text);
    if (r == 0)
        r = file_write_atomic(state->folder_fd, LEASES, text_peek(&text), text.length, false);
    return r < 0 ? fail(f, r, "writing the network's leases") : 0;
}

int network_state_clear(struct network_state *state, struct failure *f)
{
    if (unlinkat(state->folder_fd, LEASES, 0) < 0 && errno != ENOENT)
        return fail(f, -errno, "removing the network's leases");
    network_leases_free(&state->leases);
    return 0;
}

int network_state_is_stale(const struct network_state *state, const struct network_lease *lease)
{
    if (state->containers_fd < 0)
        return 1;
    if (faccessat(state->containers_fd, lease->id, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    return errno == ENOENT ? 1 : -errno;
}

static void descriptor_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* only read, or a lock */
    *fd = -EBADF;
}

int network_state_age_ms(const struct network_state *state)
{
    struct stat st;
    struct timespec now;
    if (fstatat(state->folder_fd, LEASES, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        clock_gettime(CLOCK_REALTIME, &now) < 0)
        return INT_MAX;
    const int64_t age_ms =
        (int64_t)(now.tv_sec - st.st_mtim.tv_sec) * 1000 + (now.tv_nsec - st.st_mtim.tv_nsec) / 1000000;
    /* The clock may have been set back: then as if it were long ago. */
    return age_ms < 0 || age_ms > INT_MAX ? INT_MAX : (int)age_ms;
}

void network_state_unlock(struct network_state *state)
{
    descriptor_close(&state->lock_fd);
}

void network_state_close(struct network_state *state)
{
    descriptor_close(&state->lock_fd);
    descriptor_close(&state->containers_fd);
    descriptor_close(&state->folder_fd);
    network_leases_free(&state->leases);
}
