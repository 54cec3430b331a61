/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --sysctl NAME=VALUE: only those that belong to a namespace of the container; any other would be the host's.
 */
#include "base/failure.h"

enum sysctl_namespace {
    SYSCTL_IPC,     /* kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.* */
    SYSCTL_NETWORK, /* net.* */
    SYSCTL_UTS,     /* kernel.domainname */
};

struct sysctl_spec {
    enum sysctl_namespace space;
    char *name;  /* as docker shows it: "net.ipv4.ip_forward" */
    char *path;  /* below /proc/sys: "net/ipv4/ip_forward"; no empty, "." or ".." component */
    char *value; /* no line break, no NUL, at most 4,095 bytes */
};

/* -EPERM: not namespaced, refused with the reason; -EINVAL: no such form; -ENOMEM. */
int sysctl_spec_parse(const char *text, struct sysctl_spec *ret_sysctl, struct failure *f) must_check;
void sysctl_spec_free(struct sysctl_spec *s);
