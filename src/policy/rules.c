/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include <errno.h>
#include <strings.h>

/* One row a rule, in the order of enum rule_id. */
static const struct rule rules[RULE_COUNT] = {
    [NR101] = {"NR101", LEVEL_ERROR, "the user is root by its own words",
               "USER 10001:10001 (any number from 1000 on, with its group)",
               "The user was written down and comes out as uid 0. Not only `root` and `0` do: an integer is "
               "an id and "
               "never a name, so 00, +0 and -0 are 0; `:1000` and `:` name no user, which is root; a name is "
               "looked up "
               "in the image's /etc/passwd and may have uid 0 there; a variable takes its default.\n"
               "Uid 0 without a user namespace is the host's root: a kernel or runtime bug, a bind mount or "
               "a leaked "
               "descriptor is then the whole machine."},
    [NR102] =
        {"NR102", LEVEL_ERROR, "no USER, and the base image is root",
         "end the last stage with USER 10001:10001, after giving that user the folders it writes to",
         "Nothing in the chain from the last stage down to scratch sets a user, so the process runs as uid "
         "0. "
         "USER in a stage that is only copied from does not count, USER in a stage that is built FROM does."},
    [NR103] = {"NR103", LEVEL_WARNING, "the user cannot be resolved",
               "use a number (USER 10001:10001), or name the base image's user: --base IMAGE=USER",
               "Something that decides the user is not at hand: the base image, its /etc/passwd, a variable "
               "without a "
               "value, a file. It may well be fine; it is not known to be. A name is decided by the image's "
               "passwd file "
               "and by nothing else."},
    [NR104] = {"NR104", LEVEL_WARNING, "starts as root and drops by itself",
               "set the user from outside (--user, user:, runAsUser) and give it the folders that the "
               "entrypoint chowns",
               "The entrypoint runs as uid 0 and hands over to another user with gosu, su-exec, setpriv, "
               "runuser, su, "
               "s6-setuidgid or chpst. What it does before that runs as root, over files that the dropped "
               "user may own; "
               "and `docker exec` still enters as root."},
    [NR105] = {"NR105", LEVEL_ERROR, "the master stays root, only its workers drop",
               "use the image's unprivileged variant, or run it as its worker's user with a port above 1023",
               "nginx, httpd, php-fpm and postfix keep a master process as uid 0 for the life of the "
               "container; the "
               "workers' user in the program's own configuration does not change that."},
    [NR106] = {"NR106", LEVEL_ERROR, "a setting makes an image that is not root run as root",
               "remove the setting, the image's own user is better",
               "The image sets a user that is not root, and compose `user: 0`, runAsUser: 0, a hook or an "
               "exec overrides "
               "it."},
    [NR107] =
        {"NR107", LEVEL_NOTE, "the group is 0", "name the group as well: USER 10001:10001",
         "A user given by number alone and without a line in the image's passwd gets gid 0. Files that are "
         "writable by the root group (many images have them so, for arbitrary uids) are writable by it."},
    [NR108] =
        {"NR108", LEVEL_NOTE, "the user is a name",
         "use the number: then it can be checked without the image",
         "A name is resolved when the container starts, by the image's passwd file. Kubernetes does not "
         "resolve "
         "it: with runAsNonRoot and no runAsUser the container does not start (CreateContainerConfigError: "
         "image has non-numeric user)."},
    [NR109] = {"NR109", LEVEL_ERROR, "runAsNonRoot with uid 0: will not start",
               "runAsUser: 10001, or an image with another USER",
               "The kubelet refuses a container whose user is 0 when runAsNonRoot is true."},
    [NR110] = {"NR110", LEVEL_WARNING, "runAsNonRoot does not hold for this container",
               "securityContext.runAsNonRoot: true for the pod, and remove what overrides it",
               "runAsNonRoot lets the kubelet refuse uid 0. It counts when the container says it, or the pod "
               "does and the "
               "container does not say false; init and ephemeral containers have their own. hostUsers: false "
               "makes it "
               "less needed, since uid 0 is then no root of the host."},
    [NR111] =
        {"NR111", LEVEL_NOTE,
         "an account is made and never used, or USER stands before a step that needs root",
         "USER behind the last step that needs root",
         "A user is created in the Dockerfile but no USER names it; or USER comes before a RUN that installs "
         "packages or creates accounts, which fails or makes people put USER root back."},
    [NR112] = {"NR112", LEVEL_NOTE, "ONBUILD, or another target, is root",
               "USER in the ONBUILD trigger's image or in that stage",
               "What is judged is the last stage. Another stage that can be chosen with --target, or an "
               "image built FROM "
               "this one with its ONBUILD triggers, ends as root."},
    [NR113] = {"NR113", LEVEL_NOTE, "a uid that means somebody else",
               "a uid of 10000 or more, that no account of the host has",
               "Uids below 1000 are system accounts: on the host they may be those of a service. A uid that "
               "is also a "
               "login account's shares that person's files, processes and limits when something is mounted "
               "or leaks."},
    [NR201] = {"NR201", LEVEL_ERROR, "privileged", "cap_add and devices: only what is needed",
               "All capabilities, all devices, no seccomp and no masks: uid 0 in it is root of the host in "
               "every way."},
    [NR202] =
        {"NR202", LEVEL_NOTE, "capabilities are added", "cap_drop: [ALL] and only what is needed",
         "Some capabilities reach the host (SYS_ADMIN, SYS_MODULE, SYS_PTRACE, SYS_RAWIO, DAC_READ_SEARCH, "
         "BPF, "
         "NET_ADMIN on the host's network ..): error. Some are a way to uid 0 or around file permissions "
         "inside "
         "(SETUID, SETGID, DAC_OVERRIDE, CHOWN, SETFCAP, ..): warning. For a user that is not root docker "
         "and "
         "Kubernetes give none of them to the process (they land in the bounding set only); podman does."},
    [NR203] = {"NR203", LEVEL_NOTE, "capabilities are not dropped", "cap_drop: [ALL]",
               "A user that is not root has no capabilities, but the bounding set still holds the defaults, "
               "which a "
               "setuid file or a file with capabilities turns into power."},
    [NR204] = {"NR204", LEVEL_WARNING, "no_new_privs is not set and there is a way up",
               "security_opt: [\"no-new-privileges:true\"] (Kubernetes: allowPrivilegeEscalation: false)",
               "With no_new_privs setuid bits and file capabilities do nothing. Without it, what NR205 found "
               "works."},
    [NR205] = {"NR205", LEVEL_WARNING, "a way back to root for this user",
               "remove the bit (chmod a-s FILE), the rule or the account",
               "Files with the setuid or setgid bit or with file capabilities that this user may execute, "
               "sudoers rules "
               "without a password, doas rules, an empty root password, another account with uid 0, a passwd "
               "file or "
               "root-run files that it may write."},
    [NR206] = {"NR206", LEVEL_ERROR, "the container runtime's socket is inside",
               "take the socket out; a proxy that allows a few calls is the least",
               "Whoever can write to the runtime's socket starts a privileged container: root of the host, "
               "whatever the "
               "uid inside. read-only mounts of a socket do not help."},
    [NR207] = {"NR207", LEVEL_WARNING, "namespaces, devices or paths of the host are shared",
               "remove the setting, or mount it read-only and narrower",
               "The host's pid, ipc, network or user namespace, its devices, shared mount propagation, or a "
               "writable "
               "path of the host's system."},
    [NR208] =
        {"NR208", LEVEL_WARNING, "a fence is taken down",
         "remove the setting; a profile of your own is better than none",
         "seccomp or the LSM profile is unconfined, /proc is not masked, or a sysctl is set that is not "
         "namespaced."},
    [NR209] =
        {"NR209", LEVEL_NOTE, "a port below 1024 and a user that is not root",
         "sysctls: net.ipv4.ip_unprivileged_port_start: \"0\", or a port above 1023",
         "docker 20.10 and later, podman in its own network namespace and this project set "
         "net.ipv4.ip_unprivileged_port_start to 0 in the container's network namespace, so it works there. "
         "Kubernetes and host networking do not."},
    [NR301] = {"NR301", LEVEL_WARNING, "a folder it needs is not writable by the user",
               "RUN chown (or COPY --chown) before USER",
               "A VOLUME, WORKDIR, HOME or data folder belongs to another user: the process fails at run "
               "time, and the "
               "usual answer to that is to go back to root."},
    [NR302] = {"NR302", LEVEL_WARNING, "what is mounted belongs to another uid",
               "chown the source to the container's uid, or a named volume; tmpfs with uid=",
               "A bind mount keeps its owner; a tmpfs is owned by root unless uid= is given and hides what "
               "the image "
               "prepared there."},
    [NR303] = {"NR303", LEVEL_NOTE, "the service may write its own code",
               "COPY without --chown for code; only data belongs to the user",
               "A process that can change its own program turns a bug that writes files into one that runs "
               "code, and it "
               "stays."},
    [NR401] = {"NR401", LEVEL_WARNING, "the daemon maps no user namespace",
               "\"userns-remap\": \"default\" in daemon.json, or rootless mode",
               "Every container's uid 0 is then the host's uid 0."},
    [NR402] = {"NR402", LEVEL_WARNING, "the daemon is open wider than needed", "see the object",
               "A TCP listener without TLS client verification, insecure registries, containers allowed more "
               "by default "
               "than the engine's own defaults; members of the group that may use the socket are root."},
    [NR403] = {"NR403", LEVEL_ERROR, "subordinate ids are missing, overlap, or cover real accounts",
               "one range of 65536 ids a user, above 100000, that no other range or account is in",
               "Two users whose ranges overlap can read each other's containers. A range with uid 0 or a "
               "real account in "
               "it lets a container become that account."},
    [NR501] = {"NR501", LEVEL_ERROR, "a process in a container is the host's root",
               "run it as another user, or in a user namespace",
               "Judged by the process's uid and its user namespace's map: what it is to the host."},
    [NR502] = {"NR502", LEVEL_NOTE, "root in a user namespace",
               "a user that is not root inside is better still",
               "Uid 0 inside, an unprivileged uid outside. It has power over what its namespace owns, and "
               "reaches more "
               "of the kernel's code than an ordinary user does."},
    [NR503] = {"NR503", LEVEL_NOTE, "root, and has never used a capability", "try it as an ordinary user",
               "The kernel marks a process that used its privileges (PF_SUPERPRIV). This one never did: it "
               "may well run "
               "as an ordinary user."},
    [NR504] = {"NR504", LEVEL_WARNING, "not root, but with privileges left over",
               "drop ambient capabilities and the bounding set; docker exec -u",
               "A process with uid other than 0 that has effective or ambient capabilities; a root shell in "
               "a container "
               "whose service is not root; a service that dropped from root and kept a full bounding set."},
};

const struct rule *rule_get(enum rule_id id)
{
    return &rules[id];
}

int rule_find(const char *name)
{
    for (int i = 0; i < RULE_COUNT; i++)
        if (strcasecmp(rules[i].name, name) == 0)
            return i;
    return -ENOENT;
}

const char *rule_level_name(enum rule_level level)
{
    static const char *const names[] = {"note", "warning", "error"};
    return names[level];
}
