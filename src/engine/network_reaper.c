/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network_reaper.h"

#include "base/strings.h"
#include "engine/network_bridge.h"
#include "engine/network_firewall.h"
#include "engine/network_forward.h"
#include "engine/network_link.h"
#include "kernel/link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

/* A namespace that died takes its link along by itself within this time. */
#define SETTLE_MS 100
/* While containers come and go, what leaves waits: the kernel would stop the next start until it is gone ..
 */
#define QUIET_MS 300
/* .. but not longer than this. */
#define BUSY_MS 3000
/* How long bridge and tables stay behind the last container. */
#define LINGER_MS 1000
#define FAILURES_MAX 10

#ifdef UNROOT_TEST_HOOKS
#include "base/number.h"

/* The step suites wait for the end of the network after each of a hundred failures. */
static int linger_ms(void)
{
    uint64_t ms = LINGER_MS;
    const char *text = getenv("UNROOT_LINGER_MS");
    if (text && number_parse(text, LINGER_MS, &ms) < 0)
        ms = LINGER_MS;
    return (int)ms;
}
#else
static int linger_ms(void)
{
    return LINGER_MS;
}
#endif

static int lease_release(struct network_state *state, int rtnl, int nft, struct network_lease *lease,
                         struct failure *f)
{
    int r = lease->state == LEASE_CLOSED ? 0 : firewall_remove(nft, &state->leases, lease, f);
    if (r == 0)
        r = network_link_remove(rtnl, lease, f);
    if (r == 0)
        network_leases_remove(&state->leases, lease);
    return r;
}

int network_release(struct network_state *state, struct network_lease *lease, struct failure *f)
{
    autoclose int rtnl = netlink_open(NETLINK_ROUTE), nft = netlink_open(NETLINK_NETFILTER);
    if (rtnl < 0 || nft < 0)
        return fail(f, rtnl < 0 ? rtnl : nft, "opening a netlink socket");
    int r = lease_release(state, rtnl, nft, lease, f);
    return r < 0 ? r : network_state_save(state, f);
}

static int leaving_release(struct network_state *state, int rtnl, int nft, struct failure *f)
{
    bool changed = false;
    int r = 0;
    for (size_t i = state->leases.count; r == 0 && i > 0; i--) {
        if (state->leases.items[i - 1].state == LEASE_ACTIVE)
            continue;
        r = lease_release(state, rtnl, nft, &state->leases.items[i - 1], f);
        changed = true;
    }
    if (!changed || r < 0)
        return r;
    return network_state_save(state, f);
}

static int network_destroy(struct network_state *state, int rtnl, int nft, struct failure *f)
{
    int r = forward_disallow(nft, &state->leases, f);
    if (r == 0)
        r = firewall_destroy(nft, &state->leases, f);
    if (r == 0)
        r = bridge_remove(rtnl, &state->leases, f);
    return r < 0 ? r : network_state_clear(state, f);
}

int network_settle_state(struct network_state *state, struct failure *f)
{
    if (state->leases.bridge[0] == '\0')
        return 0;
    autoclose int rtnl = netlink_open(NETLINK_ROUTE), nft = netlink_open(NETLINK_NETFILTER);
    if (rtnl < 0 || nft < 0)
        return fail(f, rtnl < 0 ? rtnl : nft, "opening a netlink socket");
    int r = leaving_release(state, rtnl, nft, f);
    return r == 0 && state->leases.count == 0 ? network_destroy(state, rtnl, nft, f) : r;
}

/* The lock that a running reaper holds; -EAGAIN when one does. */
static int reaper_lock(const struct network_state *state)
{
    autoclose int fd = openat(state->folder_fd, "reaper", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        return -errno;
    return TAKE_FD(fd);
}

bool network_reaper_is_running(const struct network_state *state)
{
    autoclose int fd = reaper_lock(state);
    return fd == -EAGAIN;
}

enum turn { TURN_AGAIN, TURN_LINGER, TURN_DONE };

/* One reaper's life. */
struct reaper {
    int run_fd, lock_fd, rtnl, nft;
    int waited_ms; /* for quiet */
    bool lingered;
    struct network_leases known; /* bridge and subnet, for when the file is gone */
};

/* Removes the links of `leases` that are leaving, without the state's lock: their names are theirs alone. */
static int links_remove(const struct reaper *reaper, const struct network_leases *leases, struct failure *f)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < leases->count; i++)
        if (leases->items[i].state != LEASE_ACTIVE)
            r = network_link_remove(reaper->rtnl, &leases->items[i], f);
    return r;
}

static int leaving_unpublish(struct network_state *state, const struct reaper *reaper, size_t *ret_count,
                             struct failure *f)
{
    int r = 0;
    *ret_count = 0;
    for (size_t i = 0; r == 0 && i < state->leases.count; i++) {
        struct network_lease *lease = &state->leases.items[i];
        if (lease->state == LEASE_LEAVING)
            r = firewall_remove(reaper->nft, &state->leases, lease, f);
        *ret_count += lease->state != LEASE_ACTIVE;
    }
    return r;
}

/* Takes out of the file what was removed; a lease with another interface is a newer one. */
static int leases_strike(struct network_state *state, const struct network_leases *removed, struct failure *f)
{
    for (size_t i = 0; i < removed->count; i++) {
        struct network_lease *lease = network_leases_find(&state->leases, removed->items[i].id);
        if (removed->items[i].state != LEASE_ACTIVE && lease &&
            streq(lease->interface, removed->items[i].interface))
            network_leases_remove(&state->leases, lease);
    }
    return network_state_save(state, f);
}

/* The reaper's lock is given back before the state's, so whoever marks a lease afterwards starts a reaper. */
static int reaper_finish(struct network_state *state, struct reaper *reaper, struct failure *f)
{
    int r = 0;
    if (state->leases.count == 0 && state->leases.bridge[0] != '\0')
        r = network_destroy(state, reaper->rtnl, reaper->nft, f);
    if (r == 0 && reaper->lock_fd >= 0)
        (void)close(TAKE_FD(reaper->lock_fd)); /* only a lock */
    return r;
}

static int port_take(const char *name, void *context)
{
    return -EBUSY;
}

/* RUNROOT was removed with everything in it: nobody else knows any more of a bridge without ports. */
static int bridge_abandon(const struct reaper *reaper, enum turn *ret_turn, struct failure *f)
{
    struct link_facts facts;
    int r = link_find(reaper->rtnl, reaper->known.bridge, &facts);
    if (r == 0)
        r = link_walk_ports(reaper->rtnl, facts.index, port_take, NULL);
    if (r == 0)
        r = bridge_remove(reaper->rtnl, &reaper->known, f);
    if (r < 0 && r != -ENODEV)
        return r;
    r = forward_disallow(reaper->nft, &reaper->known, f);
    if (r == 0)
        r = firewall_destroy(reaper->nft, &reaper->known, f);
    *ret_turn = TURN_DONE;
    return r;
}

static int reaper_turn(struct reaper *reaper, enum turn *ret_turn, struct failure *f)
{
    autonetwork struct network_state state = NETWORK_STATE_EMPTY;
    autonetwork struct network_state before = NETWORK_STATE_EMPTY;
    size_t leaving = 0;
    int r = network_state_open_existing(&before, reaper->run_fd, f);
    *ret_turn = TURN_AGAIN;
    if (r == -ENOENT)
        return bridge_abandon(reaper, ret_turn, f);
    if (r < 0)
        return r;
    if (reaper->waited_ms < BUSY_MS && network_state_age_ms(&before) < QUIET_MS)
        return 0;
    r = leaving_unpublish(&before, reaper, &leaving, f);
    if (r == 0 && leaving > 0) {
        network_state_unlock(&before);
        r = links_remove(reaper, &before.leases, f);
        if (r == 0)
            r = network_state_open_existing(&state, reaper->run_fd, f);
        reaper->waited_ms = 0;
        reaper->lingered = false;
        return r < 0 ? r : leases_strike(&state, &before.leases, f);
    }
    if (r == 0 && before.leases.count == 0 && before.leases.bridge[0] != '\0' && !reaper->lingered) {
        *ret_turn = TURN_LINGER;
        return 0;
    }
    *ret_turn = TURN_DONE;
    return r < 0 ? r : reaper_finish(&before, reaper, f);
}

static void pause_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL); /* waking up early does no harm */
}

static void reaper_run(struct reaper *reaper)
{
    enum turn turn = TURN_AGAIN;
    for (int failures = 0; turn != TURN_DONE && failures < FAILURES_MAX;) {
        struct failure f = {0};
        const int wait_ms = turn == TURN_LINGER ? linger_ms() : SETTLE_MS;
        pause_ms(wait_ms);
        reaper->lingered = turn == TURN_LINGER;
        reaper->waited_ms += wait_ms;
        if (reaper_turn(reaper, &turn, &f) < 0)
            failures++; /* nobody to tell; what stays is tried again by the next command */
    }
    pause_ms(SETTLE_MS); /* before the socket is closed: see network_reaper_start() */
}

/* Closes all descriptors but those of `kept` (sorted ascending). */
static void descriptors_keep(const int *kept, size_t count)
{
    unsigned int next = 0;
    for (size_t i = 0; i < count; i++) {
        /* A failure would only mean that something stays open for a second. */
        if ((unsigned)kept[i] > next)
            (void)close_range(next, (unsigned)kept[i] - 1, 0);
        next = (unsigned)kept[i] + 1;
    }
    (void)close_range(next, ~0u, 0);
}

static int compare_int(const void *a, const void *b)
{
    const int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

/* Runs in: a grandchild of the command. Power: the command's. Must not: keep a descriptor, terminal, folder
 * or child relation of the command. */
static void reaper_main(struct reaper *reaper)
{
    int kept[4];
    size_t count = 0;
    const int all[] = {reaper->run_fd, reaper->lock_fd, reaper->rtnl, reaper->nft};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        if (all[i] >= 0)
            kept[count++] = all[i];
    qsort(kept, count, sizeof(*kept), compare_int);
    descriptors_keep(kept, count);
    (void)setsid(); /* cannot fail in a child that leads no group */
    if (chdir("/") < 0)
        return;
    (void)prctl(PR_SET_NAME, "unroot-network");
    for (int signal = 1; signal < SIGRTMIN; signal++)
        (void)sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL); /* KILL and STOP refuse */
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (reaper->lock_fd >= 0)
        reaper_run(reaper);
    else
        pause_ms(SETTLE_MS);
}

static int run_orphan(struct reaper *reaper)
{
    pid_t child = fork();
    if (child < 0)
        return -errno;
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0)
            reaper_main(reaper);
        _exit(grandchild < 0 ? 1 : 0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return status == 0 ? 0 : -EAGAIN;
}

int network_reaper_start(const struct network_state *state, int run_fd, int nft)
{
    autoclose int lock = reaper_lock(state);
    if (lock < 0 && lock != -EAGAIN)
        return lock;
    if (lock == -EAGAIN && nft < 0)
        return 0;
    autoclose int rtnl = netlink_open(NETLINK_ROUTE);
    autoclose int own_nft = nft < 0 ? netlink_open(NETLINK_NETFILTER) : -EBADF;
    if (rtnl < 0 || (nft < 0 && own_nft < 0))
        return rtnl < 0 ? rtnl : own_nft;
    struct reaper reaper = {.run_fd = run_fd, .lock_fd = lock, .rtnl = rtnl, .nft = nft < 0 ? own_nft : nft};
    memcpy(reaper.known.bridge, state->leases.bridge, sizeof(reaper.known.bridge));
    reaper.known.subnet = state->leases.subnet;
    return run_orphan(&reaper);
}

void network_socket_hold(const struct network_state *state, int nft)
{
    struct reaper holder = {.run_fd = -EBADF, .lock_fd = -EBADF, .rtnl = -EBADF, .nft = nft};
    bool likely = false;
    for (size_t i = 0; i < state->leases.count; i++)
        likely |= state->leases.items[i].state == LEASE_CLOSED;
    int r = likely ? run_orphan(&holder) : 0;
    (void)r; /* without it the caller only waits */
}
