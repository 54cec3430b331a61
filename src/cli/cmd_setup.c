/* SPDX-License-Identifier: Apache-2.0 */
/* Without an engine: what the first command as root does by itself, the store's folders and the pool of ids.
 * With one: what docker, podman or containerd must be told to start containers by unroot-runtime. Telling is
 * the default, because the file is somebody else's. */
#include "cli/lines.h"
#include "cli/say.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "engine/engine.h"
#include "host/id_ledger.h"
#include "host/peer.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define RUNTIME_PROGRAM "unroot-runtime"

struct setup_options {
    bool apply, undo, make_default;
    char *runtime, *file;
};

static int setup_store(struct cli *cli)
{
    struct id_pool pool;
    struct failure failure = {0};
    bool created;
    int code = session_open(cli);
    if (code != 0)
        return code;
    if (id_pool_prepare(&pool, &created, &failure) < 0)
        return say_failure(cli, &failure);
    printf("Store:     %s\nRun state: %s\nIds:       %u ranges of 65536 from %u, for %s in /etc/subuid and "
           "/etc/subgid\n",
           cli->engine->root, cli->engine->runroot, pool.ranges, pool.first, ID_POOL_NAME);
    return 0;
}

/* The runtime's absolute path: as given, beside this program, or where it is installed. */
static int runtime_find(const char *given, char ret_path[PATH_MAX], struct failure *failure)
{
    char self[PATH_MAX] = "", beside[PATH_MAX + sizeof(RUNTIME_PROGRAM)];
    if (given) {
        if (!realpath(given, ret_path))
            return fail(failure, -errno, "looking for %s", given);
    } else {
        ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
        char *slash = n > 0 ? strrchr(self, '/') : NULL;
        if (slash)
            slash[1] = '\0';
        (void)snprintf(beside, sizeof(beside), "%s" RUNTIME_PROGRAM, self);
        const char *path = access(beside, X_OK) == 0 ? beside : UNROOT_LIBEXECDIR "/" RUNTIME_PROGRAM;
        if (!realpath(path, ret_path))
            return fail(failure, -errno, "looking for " RUNTIME_PROGRAM " (say where it is with --runtime)");
    }
    return access(ret_path, X_OK) < 0 ? fail(failure, -errno, "%s cannot be run", ret_path) : 0;
}

static void show(const struct peer_change *change, const struct setup_options *o, const char *name)
{
    if (streq(change->before, change->after)) {
        printf("%s says so already.\n", change->file);
        return;
    }
    lines_print_change(change->file, change->before, change->after);
    if (o->apply || o->undo)
        printf("\nWritten%s. To do now: %s\n",
               change->saved || !change->before || o->undo ? "" : ", with a copy of the old file beside it",
               change->advice);
    else
        printf("\nNothing is written yet: the same command with --apply does it, `unroot setup %s --undo` "
               "takes it back.\n",
               name);
}

#ifndef UNROOT_SYSTEMD
#define UNROOT_SYSTEMD 0
#endif

/* docker's choice on hosts with systemd and control groups v2, unless it is told otherwise. */
static void show_cgroup_driver(const struct peer_request *q, const struct peer_change *change)
{
    bool by_systemd = !UNROOT_SYSTEMD && access("/run/systemd/system", F_OK) == 0 &&
                      access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    if (q->peer == PEER_DOCKER && !q->undo && by_systemd && change->after &&
        !strstr(change->after, "native.cgroupdriver=cgroupfs"))
        printf("\nIt also needs \"exec-opts\": [\"native.cgroupdriver=cgroupfs\"], and a restart of docker: "
               "this unroot was built without control groups by systemd.\n");
}

static int setup_peer(struct cli *cli, const struct setup_options *o, const char *name)
{
    char runtime[PATH_MAX];
    struct failure failure = {0};
    autopeer struct peer_change change = {0};
    struct peer_request request = {
        .file = o->file,
        .runtime = runtime,
        .home = geteuid() != 0 ? getenv("HOME") : NULL,
        .make_default = o->make_default,
        .undo = o->undo,
    };
    if (peer_find(name, &request.peer) < 0)
        return say_usage(cli, "%s: known engines are docker, podman and containerd", name);
    int r = o->undo ? 0 : runtime_find(o->runtime, runtime, &failure);
    if (r == 0)
        r = peer_plan(&request, &change, &failure);
    if (r == 0 && (o->apply || o->undo))
        r = peer_commit(&request, &change, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    show(&change, o, name);
    show_cgroup_driver(&request, &change);
    return 0;
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct setup_options *o = options;
    bool any = o->apply || o->undo || o->make_default || o->runtime || o->file;
    if (any && arguments->count == 0)
        return say_usage(cli, "these options need the name of an engine: docker, podman or containerd");
    if (o->undo && (o->apply || o->make_default || o->runtime))
        return say_usage(cli, "--undo goes with --file alone");
    if (o->file && o->file[0] != '/')
        return say_usage(cli, "--file: %s is not an absolute path", o->file);
    return 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    return arguments->count == 0 ? setup_store(cli) : setup_peer(cli, options, arguments->items[0]);
}

#define ROW(member) OPTION(struct setup_options, member)
static const struct option rows[] = {
    {"apply", 0, OPTION_BOOL, ROW(apply), NULL, "Write the change instead of showing it"},
    {"default", 0, OPTION_BOOL, ROW(make_default), NULL, "Also for containers that ask for no runtime"},
    {"file", 0, OPTION_STRING, ROW(file), "FILE",
     "The engine's configuration, where it is not in its usual place"},
    {"runtime", 0, OPTION_STRING, ROW(runtime), "PROGRAM", "unroot-runtime, where it is not beside unroot"},
    {"undo", 0, OPTION_BOOL, ROW(undo), NULL, "Take the change out of the configuration again"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_setup = {
    .name = "setup",
    .usage = "[OPTIONS] [docker|podman|containerd]",
    .summary =
        "Make the store and take a pool of ids, as the first run does; or add unroot to another engine",
    .notes =
        "With the name of an engine it shows what its configuration needs for containers to be started by\n"
        "unroot-runtime; --apply writes it, keeping everything else and a copy, --undo takes it out again.",
    .options = {.tables = tables},
    .options_size = sizeof(struct setup_options),
    .max_args = 1,
    .failure_code = 1,
    .check = check,
    .run = run,
};
