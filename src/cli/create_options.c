/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/create_options.h"

#include "base/number.h"
#include "cli/environment_options.h"
#include "cli/limit_options.h"
#include "cli/path_options.h"

#include <errno.h>
#include <string.h>

#define ROW(member) OPTION(struct create_options, member)
#define REQUEST(member) OPTION(struct create_options, request.member)

const struct create_options create_defaults = {
    .request = {.stop_timeout_seconds = UINT32_MAX}, .sig_proxy = -1, .registry = REGISTRY_FLAGS_NONE};

const struct option create_rows[] = {
    {"add-host", 0, OPTION_STRINGS, REQUEST(add_hosts), "NAME:IP", "Add a line to /etc/hosts"},
    {"annotation", 0, OPTION_STRINGS, REQUEST(annotations), "NAME=VALUE", "Add an annotation"},
    REGISTRY_AUTHFILE_ROW(struct create_options),
    REGISTRY_CREDS_ROW(struct create_options),
    REGISTRY_TLS_ROW(struct create_options),
    {"cap-add", 0, OPTION_STRINGS, REQUEST(cap_add), "CAP",
     "Add a capability (works for every user, not only root)"},
    {"cap-drop", 0, OPTION_STRINGS, REQUEST(cap_drop), "CAP", "Drop a capability, or ALL"},
    {"cgroup-parent", 0, OPTION_STRING, REQUEST(cgroup_parent), "PATH",
     "Parent of the container's control group"},
    LIMIT_ROWS(REQUEST, OPTION_U32, OPTION_U64),
    {"blkio-weight-device", 0, OPTION_STRINGS, REQUEST(blkio_weight_devices), "DISK:WEIGHT",
     "The same for one disk"},
    {"cidfile", 0, OPTION_STRING, ROW(cidfile), "FILE", "Write the container's id to a new file"},
    {"detach-keys", 0, OPTION_STRING, REQUEST(detach_keys), "KEYS",
     "Keys that detach (default ctrl-p,ctrl-q)"},
    {"device", 0, OPTION_STRINGS, REQUEST(devices), "HOST[:INSIDE[:rwm]]", "Give a device of the host"},
    {"device-read-bps", 0, OPTION_STRINGS, REQUEST(device_read_bps), "DISK:BYTES",
     "Bytes read from a disk in a second"},
    {"device-read-iops", 0, OPTION_STRINGS, REQUEST(device_read_iops), "DISK:NUMBER",
     "Reads from a disk in a second"},
    {"device-write-bps", 0, OPTION_STRINGS, REQUEST(device_write_bps), "DISK:BYTES",
     "Bytes written to a disk in a second"},
    {"device-write-iops", 0, OPTION_STRINGS, REQUEST(device_write_iops), "DISK:NUMBER",
     "Writes to a disk in a second"},
    {"dns", 0, OPTION_STRINGS, REQUEST(dns), "IP", "Name server"},
    {"dns-search", 0, OPTION_STRINGS, REQUEST(dns_search), "DOMAIN", "Search domain"},
    {"entrypoint", 0, OPTION_STRING, ROW(entrypoint), "PROGRAM",
     "Replace the image's ENTRYPOINT (\"\" = none)"},
    {"env", 'e', OPTION_STRINGS, ROW(env), "NAME[=VALUE]", "Set a variable, or pass this shell's on"},
    {"env-file", 0, OPTION_STRINGS, ROW(env_files), "FILE", "Set the variables of a file"},
    {"gidmap", 0, OPTION_STRINGS, REQUEST(gidmap), "INSIDE:OUTSIDE[:N]", "Map group ids (podman's syntax)"},
    {"group-add", 0, OPTION_STRINGS, REQUEST(group_add), "GROUP",
     "Join a group of the container, or host:NAME"},
    {"hostname", 'h', OPTION_STRING, REQUEST(hostname), "NAME",
     "Host name (default: the first 12 digits of the id)"},
    {"init", 0, OPTION_BOOL, REQUEST(init), NULL,
     "Put an init in front that reaps processes and forwards signals"},
    {"interactive", 'i', OPTION_BOOL, REQUEST(interactive), NULL, "Keep standard input open"},
    {"ipc", 0, OPTION_STRING, REQUEST(ipc), "MODE", "private, or container:ID"},
    {"label", 'l', OPTION_STRINGS, ROW(labels), "NAME[=VALUE]", "Set a label"},
    {"label-file", 0, OPTION_STRINGS, ROW(label_files), "FILE", "Set the labels of a file"},
    {"log-driver", 0, OPTION_STRING, ROW(log_driver), "NAME", "json-file is the only one yet"},
    {"log-opt", 0, OPTION_STRINGS, ROW(log_opts), "NAME=VALUE", "max-size=10m, max-file=5"},
    {"memory-swappiness", 0, OPTION_STRING, REQUEST(memory_swappiness), "NUMBER",
     "How soon memory is swapped out (0 .. 100; control groups of version 1)"},
    {"mount", 0, OPTION_STRINGS, REQUEST(mounts), "type=..,src=..,dst=..",
     "Attach a volume, a folder of the host or a tmpfs"},
    {"name", 0, OPTION_STRING, REQUEST(name), "NAME", "Name of the container"},
    {"network", 0, OPTION_STRINGS, ROW(networks), "MODE", "none, host, default or container:ID"},
    {"net", 0, OPTION_STRINGS, ROW(networks), NULL, NULL},
    {"oom-kill-disable", 0, OPTION_BOOL, REQUEST(oom_kill_disable), NULL,
     "Let processes wait for memory instead of ending them (control groups of version 1)"},
    {"oom-score-adj", 0, OPTION_INT, REQUEST(oom_score_adj), NULL,
     "Who is killed first when memory runs out (-1000 .. 1000)"},
    {"pid", 0, OPTION_STRING, REQUEST(pid), "MODE", "private, or container:ID"},
    {"privileged", 0, OPTION_BOOL, REQUEST(privileged), NULL, "All powers within its own user namespace"},
    {"publish", 'p', OPTION_STRINGS, REQUEST(publish), "[IP:][HOST:]INSIDE[/udp]", "Publish a port"},
    {"publish-all", 'P', OPTION_BOOL, REQUEST(publish_all), NULL,
     "Publish the image's exposed ports on free ones"},
    {"platform", 0, OPTION_STRING, ROW(platform), "OS/ARCH[/VARIANT]",
     "Which image to pull (default: this machine's)"},
    {"pull", 0, OPTION_STRING, ROW(pull), "WHEN",
     "always, missing (default) or never: ask the registry for the image"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "No notes on standard error"},
    {"read-only", 0, OPTION_BOOL, REQUEST(read_only), NULL,
     "Root file system read-only, /run /tmp /var/tmp in memory"},
    {"replace", 0, OPTION_BOOL, ROW(replace), NULL, "Remove the container that has the name first"},
    {"rm", 0, OPTION_BOOL, REQUEST(auto_remove), NULL, "Remove the container when it ends"},
    {"root", 0, OPTION_STRING, REQUEST(root_mode), "none|mapped",
     "Whether uid 0 exists inside (default: as the image's user asks)"},
    {"secret", 0, OPTION_STRINGS, REQUEST(secrets), "src=..,target=..",
     "Give a file that only the container's user reads"},
    {"security-opt", 0, OPTION_STRINGS, REQUEST(security_opt), "OPTION",
     "seccomp=FILE, no-new-privileges=.., apparmor=.."},
    {"shm-size", 0, OPTION_STRING, REQUEST(shm_size), "BYTES", "Size of /dev/shm"},
    {"stop-signal", 0, OPTION_STRING, REQUEST(stop_signal), "SIGNAL", "Signal that stops it"},
    {"stop-timeout", 0, OPTION_U32, REQUEST(stop_timeout_seconds), "SECONDS",
     "Time to end before it is killed (default 10)"},
    {"subgidname", 0, OPTION_STRING, REQUEST(subgidname), "NAME",
     "Take the group ids of this name in /etc/subgid"},
    {"subuidname", 0, OPTION_STRING, REQUEST(subuidname), "NAME",
     "Take the user ids of this name in /etc/subuid"},
    {"sysctl", 0, OPTION_STRINGS, REQUEST(sysctls), "NAME=VALUE", "Set a kernel parameter of its namespaces"},
    {"tmpfs", 0, OPTION_STRINGS, REQUEST(tmpfs), "PATH[:OPTIONS]", "Mount a tmpfs"},
    {"tty", 't', OPTION_BOOL, REQUEST(tty), NULL, "Give it a terminal"},
    {"uidmap", 0, OPTION_STRINGS, REQUEST(uidmap), "INSIDE:OUTSIDE[:N]", "Map user ids (podman's syntax)"},
    {"ulimit", 0, OPTION_STRINGS, REQUEST(ulimits), "NAME=SOFT[:HARD]", "Set a resource limit"},
    {"umask", 0, OPTION_STRING, REQUEST(umask), "MODE", "File mode mask (default 0022)"},
    {"user", 'u', OPTION_STRING, REQUEST(user), "USER[:GROUP]", "User inside, by name or id"},
    {"userns", 0, OPTION_STRING, REQUEST(userns), "MODE",
     "auto (default), remap[:USER], keep-id, host, container:ID, ns:PATH"},
    {"volume", 'v', OPTION_STRINGS, REQUEST(volumes), "[SOURCE:]PATH[:OPTIONS]",
     "Attach a volume or a folder of the host"},
    {"workdir", 'w', OPTION_STRING, REQUEST(workdir), "PATH", "Working folder inside"},
    {NULL},
};

static int finish_network(struct create_options *o, struct failure *failure)
{
    if (o->networks.count > 1)
        return refuse(failure, -ENOTSUP, "several networks are not there yet: give --network once");
    if (o->networks.count == 0)
        return 0;
    o->request.network = strdup(o->networks.items[0]);
    return o->request.network ? 0 : fail(failure, -ENOMEM, "reading the options");
}

static int finish_log(struct create_options *o, struct failure *failure)
{
    if (o->log_driver && !streq(o->log_driver, "json-file"))
        return refuse(failure, -ENOTSUP, "--log-driver %s is not there yet: json-file is the only one",
                      o->log_driver);
    for (size_t i = 0; i < o->log_opts.count; i++) {
        const char *size = string_after(o->log_opts.items[i], "max-size=");
        const char *files = string_after(o->log_opts.items[i], "max-file=");
        uint64_t count = 0;
        if (size) {
            free(o->request.log_max_size);
            o->request.log_max_size = strdup(size);
            if (!o->request.log_max_size)
                return fail(failure, -ENOMEM, "reading the options");
        } else if (files) {
            if (number_parse(files, 1000, &count) < 0 || count == 0)
                return refuse(failure, -EINVAL, "--log-opt max-file=%s: a number from 1 to 1000 is needed",
                              files);
            o->request.log_max_files = (uint32_t)count;
        } else
            return refuse(failure, -ENOTSUP, "--log-opt %s is not there yet: max-size= and max-file= are",
                          o->log_opts.items[i]);
    }
    return 0;
}

static int finish_entrypoint(struct create_options *o, struct failure *failure)
{
    if (!o->entrypoint)
        return 0;
    o->request.entrypoint_set = true;
    if (o->entrypoint[0] != '\0' && strings_add(&o->request.entrypoint, o->entrypoint) < 0)
        return fail(failure, -ENOMEM, "reading the options");
    return 0;
}

static int finish_attach(const struct create_options *o, struct failure *failure)
{
    for (size_t i = 0; i < o->attach.count; i++) {
        const char *stream = o->attach.items[i];
        if (!streq(stream, "stdin") && !streq(stream, "stdout") && !streq(stream, "stderr"))
            return refuse(failure, -EINVAL, "-a takes stdin, stdout or stderr, not \"%s\"", stream);
        if (o->request.detach)
            return refuse(failure, -EINVAL, "--attach and --detach contradict each other");
    }
    return 0;
}

static int finish_pull(const struct create_options *o, struct failure *failure)
{
    if (!o->pull || streq(o->pull, "missing") || streq(o->pull, "never") || streq(o->pull, "always"))
        return 0;
    if (streq(o->pull, "newer"))
        return refuse(failure, -ENOTSUP, "--pull newer is not there yet");
    return refuse(failure, -EINVAL, "--pull takes always, missing or never, not \"%s\"", o->pull);
}

static int finish_paths(struct create_options *o, struct failure *failure)
{
    int r = volumes_make_absolute(&o->request.volumes, failure);
    if (r == 0)
        r = fields_make_absolute(&o->request.mounts, failure);
    if (r == 0)
        r = fields_make_absolute(&o->request.secrets, failure);
    return r == 0 ? profiles_make_absolute(&o->request.security_opt, failure) : r;
}

int create_options_finish(struct create_options *o, const struct arguments *arguments,
                          struct failure *failure)
{
    int r = finish_network(o, failure);
    if (r == 0)
        r = finish_log(o, failure);
    if (r == 0)
        r = finish_entrypoint(o, failure);
    if (r == 0)
        r = finish_attach(o, failure);
    if (r == 0)
        r = finish_pull(o, failure);
    if (r == 0 && o->replace && !o->request.name)
        r = refuse(failure, -EINVAL, "--replace needs --name");
    if (r == 0)
        r = finish_paths(o, failure);
    if (r == 0)
        r = environment_collect(&o->env_files, &o->env, &o->request.environment, failure);
    if (r == 0)
        r = labels_collect(&o->label_files, &o->labels, &o->request.labels, failure);
    if (r < 0)
        return r;
    o->request.image = strdup(arguments->items[0]);
    r = o->request.image ? 0 : -ENOMEM;
    for (int i = 1; i < arguments->count && r == 0; i++)
        r = strings_add(&o->request.command, arguments->items[i]);
    return r < 0 ? fail(failure, r, "reading the options") : 0;
}
