/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* capabilities(7): names, numbers, sets as bit masks, and what --cap-add and --cap-drop make of them. */
#include "base/failure.h"
#include "base/strings.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define CAPABILITY_LAST 40 /* CAP_CHECKPOINT_RESTORE, Linux 5.9 */
#define CAPABILITY_NAME_SIZE 24
#define CAPABILITY_BIT(number) (UINT64_C(1) << (number))
#define CAPABILITY_ALL ((CAPABILITY_BIT(CAPABILITY_LAST) << 1) - 1)
#define CAPABILITY_NONE UINT64_C(0)

/* podman's eleven: CHOWN DAC_OVERRIDE FSETID FOWNER SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT
 * KILL. */
extern const uint64_t capability_default_root;

/* Number for "NET_ADMIN", "cap_net_admin" ..; -EINVAL for others (ALL too). */
int capability_number(const char *name) must_check;
/* "CAP_NET_ADMIN"; NULL for a number that has no name. Static. */
const char *capability_name(int number);
/* The nearest known name ("CAP_..") or NULL; static. */
const char *capability_closest(const char *name);

struct capability_request {
    const struct strings *add, *drop; /* NULL: none; each may hold commas; "ALL" */
    bool root;                        /* uid 0 inside: starts from capability_default_root, else from none */
    bool privileged;                  /* starts from all */
    uint64_t available; /* the bounding set of the engine: naming another one in `add` is an error */
};

/* (default - drop) + add; drop ALL: exactly `add`; add ALL: all available - drop. -EINVAL: an unknown name,
 * or the same one in both; -EPERM: known but unavailable. With a sentence. */
int capability_resolve(const struct capability_request *request, uint64_t *ret_set,
                       struct failure *f) must_check;

/* "CAP_CHOWN,CAP_KILL"; "" for none. */
void capability_set_write(uint64_t set, struct text *text);
/* Appends the names in the order of their numbers. */
int capability_set_names(uint64_t set, struct strings *list) must_check;
/* 16 hex digits as /proc/PID/status has them. -EINVAL. */
int capability_set_from_hex(const char *hex, uint64_t *ret_set) must_check;
