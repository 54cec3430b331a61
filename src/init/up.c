/* SPDX-License-Identifier: Apache-2.0 */
/* unroot-init up: the root phase, a stub per service, and process 1 that is nobody. */
#include "init/control.h"
#include "init/descriptors.h"
#include "init/files.h"
#include "init/launch.h"
#include "init/root_phase.h"
#include "init/stub.h"
#include "init/supervisor.h"
#include "init/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define CONFIG_FILE "/etc/unroot.conf"
#define NOBODY_ID 65532u

own_frame static int drop_to(const struct root_phase *p, const struct identity *identity, const int *kept,
                             size_t kept_count, struct failure *f)
{
    struct drop drop = {.identity = *identity,
                        .change_identity = p->privileged,
                        .keep_signals = true,
                        .kept = kept,
                        .kept_count = kept_count};
    return drop_run(&drop, f);
}

/* In the child: becomes the service's user, keeps its own sockets alone, and stays. */
own_frame static int run_stub(struct root_phase *p, size_t index, int control)
{
    struct failure f = {0};
    char prefix[SERVICE_NAME_MAX + 4];
    int listens[LISTENS_MAX], kept[LISTENS_MAX + 1];
    size_t count = 0;
    struct stub_setup setup = {.service = &p->config.services[index], .control = control, .listens = listens};
    for (size_t i = 0; i < p->config.listen_count; i++)
        if (p->config.listens[i].service == index)
            listens[count++] = p->listens[i];
    setup.listen_count = count;
    memcpy(kept, listens, count * sizeof(listens[0]));
    kept[count] = control;
    int r = root_phase_environment(p, index, &setup.environment, &f);
    if (r == 0)
        r = drop_to(p, &p->who->services[index], kept, count + 1, &f);
    if (r < 0) {
        say("%s: %s", p->config.services[index].name, f.text);
        return f.exit_code;
    }
    free(p->who);
    format_text(prefix, sizeof(prefix), "[%s] ", p->config.services[index].name);
    setup.prefix = p->config.service_count > 1 ? prefix : NULL;
    return stub_run(&setup);
}

static int fork_stub(struct root_phase *p, size_t index, struct supervisor *s, struct failure *f)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail_system(f, -errno, "a socket for %s", p->config.services[index].name);
    pid_t pid = fork();
    if (pid < 0)
        return fail_system(f, -errno, "starting the supervisor of %s", p->config.services[index].name);
    if (pid == 0)
        _exit(run_stub(p, index, ends[1]));
    close(ends[1]);
    s->entries[index] = (struct entry){.service = &p->config.services[index],
                                       .stub = pid,
                                       .fd = ends[0],
                                       .uid = p->who->services[index].uid};
    s->count = index + 1;
    return 0;
}

static bool is_taken(const struct root_phase *p, uint32_t id)
{
    for (size_t i = 0; i < p->config.service_count; i++)
        if (p->who->services[i].uid == id)
            return true;
    return false;
}

/* An id that no service has, so that none may send signals to process 1 or look into it. A user namespace may
 * be too small for it: then the first service's. */
static struct identity choose_nobody(const struct root_phase *p)
{
    uint32_t id = NOBODY_ID;
    while (is_taken(p, id))
        id--;
    if (!id_is_mapped("/proc/self/uid_map", id) || !id_is_mapped("/proc/self/gid_map", id))
        return p->who->services[0];
    return (struct identity){.uid = id, .gid = id};
}

static int become_nobody(const struct root_phase *p, struct supervisor *s, struct failure *f)
{
    struct identity nobody = p->who->started_as;
    int kept[SERVICES_MAX + 1];
    size_t count = 0;
    if (p->privileged)
        nobody = choose_nobody(p);
    for (size_t i = 0; i < s->count; i++)
        kept[count++] = s->entries[i].fd;
    if (s->control >= 0)
        kept[count++] = s->control;
    int r = drop_to(p, &nobody, kept, count, f);
    free(p->who);
    return r;
}

own_frame static int start(struct root_phase *p, struct supervisor *s, struct failure *f)
{
    int r = streams_open(f);
    if (r == 0)
        r = root_phase_prepare(p, false, f);
    if (r < 0)
        return r;
    if (getpid() != 1)
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* orphans of a stub that died are still ours */
    accounts_free(&p->accounts);
    signals_set_mask(UINT64_MAX); /* before the first child, so that no SIGCHLD and no SIGTERM is lost */
    for (size_t i = 0; i < p->config.service_count; i++) {
        r = fork_stub(p, i, s, f);
        if (r < 0)
            return r;
    }
    s->control = control_open();
    return become_nobody(p, s, f);
}

int up_run(char **words, char *const *environment, struct failure *f)
{
    struct supervisor supervisor = {.control = -1};
    if (words[0] && words[1])
        return fail_usage(f, "usage: unroot-init up [FILE]");
    struct root_phase *p = calloc(1, sizeof(*p));
    if (!p)
        return fail_system(f, -ENOMEM, "starting");
    int r = root_phase_read(words[0] ? words[0] : CONFIG_FILE, environment, p, f);
    if (r == 0)
        r = start(p, &supervisor, f);
    return r < 0 ? r : supervisor_run(&supervisor);
}
