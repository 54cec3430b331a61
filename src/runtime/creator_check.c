/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of the payload before anybody is told that it was created: a difference is a failed
 * start. */
#include "base/number.h"
#include "formats/capability.h"
#include "kernel/file.h"
#include "runtime/creator_tree.h"
#include "runtime/drop.h"

#include <errno.h>
#include <string.h>

#define STATUS_MAX_BYTES 16384

/* The first word behind "NAME:\t" of /proc/PID/status, proc(5). */
static int status_word(const char *status, const char *name, char ret_word[32])
{
    const char *line = status;
    size_t length = strlen(name);
    while (line && (strncmp(line, name, length) != 0 || line[length] != ':')) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    if (!line)
        return -ENODATA;
    line += length + 1;
    line += strspn(line, " \t");
    size_t n = strcspn(line, " \t\n");
    if (n >= 32)
        return -EFBIG;
    memcpy(ret_word, line, n);
    ret_word[n] = '\0';
    return 0;
}

/* More rights than asked for are the failure; a runtime that is confined itself hands its confinement on. */
static bool is_as_wanted(const char *name, uint64_t number, uint64_t wanted)
{
    if (strncmp(name, "Cap", 3) == 0)
        return (number & ~wanted) == 0;
    return name[1] == 'i' ? number == wanted : number >= wanted; /* Uid, Gid; NoNewPrivs, Seccomp */
}

static int check_number(struct creator *c, const char *status, const char *name, uint64_t wanted)
{
    char word[32];
    uint64_t number = 0;
    bool is_set = strncmp(name, "Cap", 3) == 0;
    int r = status_word(status, name, word);
    if (r == 0)
        r = is_set ? capability_set_from_hex(word, &number) : number_parse(word, UINT64_MAX, &number);
    if (r < 0)
        return fail(c->base.failure, r, "reading %s of the new process", name);
    if (is_as_wanted(name, number, wanted))
        return 0;
    return refuse(c->base.failure, -EBADMSG, "%s of the new process is %s, not %llu as was asked for", name,
                  word, (unsigned long long)wanted);
}

int creator_check_process(struct creator *c)
{
    const struct process_plan *p = &c->base.plan->process;
    char path[32];
    autofree char *status = NULL;
    uid_t uid;
    gid_t gid;
    (void)snprintf(path, sizeof(path), "%d/status", (int)c->base.pid); /* fits */
    int r = supervisor_find_user(&c->base, &uid, &gid);
    if (r < 0)
        return r;
    r = file_read_all(c->base.workspace.proc_fd, path, STATUS_MAX_BYTES, &status, NULL);
    if (r < 0)
        return fail(c->base.failure, r, "looking at the new process");
    r = check_number(c, status, "Uid", uid);
    if (r == 0)
        r = check_number(c, status, "Gid", gid);
    if (r == 0)
        r = check_number(c, status, "NoNewPrivs", p->no_new_privs);
    if (r == 0)
        r = check_number(c, status, "CapBnd", p->bounding);
    if (r == 0)
        r = check_number(c, status, "CapPrm", p->permitted | privileges_kept(p));
    if (r == 0)
        r = check_number(c, status, "CapInh", p->inheritable);
    return r == 0 ? check_number(c, status, "Seccomp", p->filter && !p->no_new_privs && !p->listens ? 2 : 0)
                  : r;
}
