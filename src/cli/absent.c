/* SPDX-License-Identifier: Apache-2.0 */
/* What docker 28 and podman 5 know and we do not yet: named, so that nobody takes silence for an effect. */
#include "cli/absent.h"

#include "cli/command.h"

const char *const absent_commands[] = {
    "auto-update",
    "checkpoint",
    "compose",
    "config",
    "context",
    "events",
    "farm",
    "generate",
    "healthcheck",
    "kube",
    "machine",
    "manifest add",
    "manifest annotate",
    "manifest create",
    "manifest exists",
    "manifest push",
    "manifest remove",
    "manifest rm",
    "mount",
    "network",
    "node",
    "plugin",
    "pod",
    "quadlet",
    "search",
    "secret",
    "service",
    "stack",
    "swarm",

    "trust",
    "umount",
    "unmount",
    "unshare",
    "untag",
    "init",
    "clone",
    "container checkpoint",
    "container clone",
    "container exists",
    "container init",
    "container mount",
    "container restore",
    "container runlabel",
    "container umount",
    "container unmount",
    "image build",
    "image diff",
    "image exists",
    "image mount",
    "image scp",
    "image search",
    "image sign",
    "image trust",
    "image unmount",
    "image untag",
    "volume exists",
    "volume export",
    "volume import",
    "volume mount",
    "volume reload",
    "volume unmount",
    "volume update",
    NULL,
};

const char *const absent_health_flags[] = {"health-cmd",
                                           "health-interval",
                                           "health-log-destination",
                                           "health-max-log-count",
                                           "health-max-log-size",
                                           "health-on-failure",
                                           "health-retries",
                                           "health-start-period",
                                           "health-startup-cmd",
                                           "health-startup-interval",
                                           "health-startup-retries",
                                           "health-startup-success",
                                           "health-startup-timeout",
                                           "health-timeout",
                                           "no-healthcheck",
                                           NULL};

/* run and create; checked against `docker run --help` of 28.2 and podman-run(1) of 5.4. */
const char *const absent_container_flags[] = {
    "arch",
    "cert-dir",
    "cgroup-conf",
    "cgroupns",
    "cgroups",
    "chrootdirs",
    "conmon-pidfile",
    "cpu-count",
    "cpu-percent",
    "cpu-rt-period",
    "cpu-rt-runtime",
    "decryption-key",
    "device-cgroup-rule",
    "disable-content-trust",
    "dns-option",
    "dns-opt",
    "domainname",
    "env-host",
    "env-merge",
    "expose",
    "gpus",
    "group-entry",
    "health-start-interval",
    "hosts-file",
    "hostuser",
    "http-proxy",
    "image-volume",
    "init-ctr",
    "init-path",
    "intel-rdt-closid",
    "io-maxbandwidth",
    "io-maxiops",
    "ip",
    "ip6",
    "isolation",
    "kernel-memory",
    "link",
    "link-local-ip",
    "mac-address",
    "net-alias",
    "network-alias",
    "no-hostname",
    "no-hosts",
    "os",
    "passwd",
    "passwd-entry",
    "personality",
    "pidfile",
    "pod",
    "pod-id-file",
    "preserve-fd",
    "preserve-fds",
    "rdt-class",
    "read-only-tmpfs",
    "requires",
    "restart",
    "retry",
    "retry-delay",
    "rmi",
    "rootfs",
    "runtime",
    "sdnotify",
    "seccomp-policy",
    "shm-size-systemd",
    "signature-policy",
    "storage-opt",
    "systemd",
    "timeout",
    "tz",
    "unsetenv",
    "unsetenv-all",
    "use-api-socket",
    "uts",
    "variant",
    "volume-driver",
    "volumes-from",
    NULL,
};

const char *const absent_create_flags[] = {"attach", "detach", "sig-proxy", NULL};
const char *const absent_exec_flags[] = {"latest",  "preserve-fd", "preserve-fds",
                                         "cidfile", "no-session",  NULL};
const char *const absent_start_flags[] = {"all",       "checkpoint", "checkpoint-dir", "filter", "latest",
                                          "sig-proxy", NULL};
const char *const absent_stats_flags[] = {"latest", "no-reset", NULL};
const char *const absent_stop_flags[] = {"all", "cidfile", "filter", "ignore", "latest", NULL};
const char *const absent_restart_flags[] = {"all", "cidfile", "filter", "latest", "running", NULL};
const char *const absent_kill_flags[] = {"all", "cidfile", "latest", NULL};
const char *const absent_rm_flags[] = {"all",    "cidfile", "depend", "filter", "ignore",
                                       "latest", "link",    "time",   NULL};
const char *const absent_port_flags[] = {"all", "latest", NULL};
const char *const absent_ps_flags[] = {"external", "ns",   "namespace", "pod", "size",
                                       "sort",     "sync", "watch",     NULL};
const char *const absent_logs_flags[] = {"color", "details", "latest", "names", NULL};
const char *const absent_attach_flags[] = {"latest", NULL};
const char *const absent_wait_flags[] = {"condition", "ignore",          "interval",
                                         "latest",    "return-on-first", NULL};
const char *const absent_update_flags[] = {"blkio-weight-device",
                                           "cpu-rt-period",
                                           "cpu-rt-runtime",
                                           "device-read-bps",
                                           "device-read-iops",
                                           "device-write-bps",
                                           "device-write-iops",
                                           "env",
                                           "kernel-memory",
                                           "latest",
                                           "memory-swappiness",
                                           "restart",
                                           "ulimit",
                                           "unsetenv",
                                           NULL};
const char *const absent_inspect_flags[] = {"latest", "platform", "size", NULL};
const char *const absent_pause_flags[] = {"all", "cidfile", "filter", "latest", NULL};
const char *const absent_images_flags[] = {"history", "sort", "tree", NULL};
const char *const absent_rmi_flags[] = {"all", "ignore", "no-prune", "platform", NULL};
const char *const absent_build_flags[] = {
    "allow",      "annotation", "attest", "build-arg-file", "builder",
    "cache-from", "cache-to",   "call",   "cgroup-parent",  "debug",
    "isolation",  "load",       "memory", "metadata-file",  "no-cache-filter",
    "provenance", "push",       "rm",     "sbom",           "squash",
    "ulimit",     NULL};
const char *const absent_import_flags[] = {"arch", "os", "quiet", "signature-policy", "variant", NULL};
const char *const absent_load_flags[] = {"signature-policy", NULL};
const char *const absent_history_flags[] = {"platform", NULL};
const char *const absent_volume_create_flags[] = {"availability",
                                                  "driver",
                                                  "gid",
                                                  "group",
                                                  "ignore",
                                                  "limit-bytes",
                                                  "opt",
                                                  "required-bytes",
                                                  "scope",
                                                  "secret",
                                                  "sharing",
                                                  "topology-preferred",
                                                  "topology-required",
                                                  "type",
                                                  "uid",
                                                  NULL};
const char *const absent_volume_ls_flags[] = {"cluster", NULL};
const char *const absent_volume_rm_flags[] = {"all", "time", NULL};
const char *const absent_prune_flags[] = {"build-cache", "external", "filter", NULL};
const char *const absent_save_flags[] = {"compress",         "multi-image-archive", "platform", "quiet",
                                         "signature-policy", "uncompressed",        NULL};
const char *const absent_diff_flags[] = {"format", "latest", NULL};
const char *const absent_commit_flags[] = {"config", "format", "iidfile", "include-volumes", "squash", NULL};
const char *const absent_cp_flags[] = {"extract", "overwrite", "pause", NULL};
const char *const absent_pull_flags[] = {"arch", "cert-dir",    "decryption-key",   "disable-content-trust",
                                         "os",   "retry-delay", "signature-policy", "variant",
                                         NULL};
const char *const absent_push_flags[] = {
    "cert-dir", "compress", "disable-content-trust", "encrypt-layer", "encryption-key", "force-compression",
    "format",   "platform", "remove-signatures",     "retry-delay",   "sign-by",        NULL};
const char *const absent_login_flags[] = {"cert-dir", "compat-auth-file", "get-login",
                                          "secret",   "verbose",          NULL};
const char *const absent_logout_flags[] = {"all", "compat-auth-file", NULL};
