/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --network, --ipc, --pid: whose namespace a container has. */
#include "base/failure.h"

enum network_kind {
    NETWORK_DEFAULT,   /* "", default, bridge, private: an address on the default network */
    NETWORK_NONE,      /* none */
    NETWORK_HOST,      /* host */
    NETWORK_CONTAINER, /* container:ID; target: ID */
    NETWORK_NAMED,     /* a network of that name; target: name */
};

struct network_mode {
    enum network_kind kind;
    char *target; /* owned; NULL unless said above */
};

/* NULL is default. A name: [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 128 bytes. -EINVAL with a sentence. */
int network_mode_parse(const char *text, struct network_mode *ret_mode, struct failure *f) must_check;
void network_mode_free(struct network_mode *m);

enum share_kind {
    SHARE_PRIVATE,   /* "" and private (ipc: shareable, none are said to be private too) */
    SHARE_HOST,      /* host */
    SHARE_CONTAINER, /* container:ID */
};

struct share_mode {
    enum share_kind kind;
    char *target; /* owned */
};

/* --ipc and --pid; `option`: the flag's name, for the sentence. */
int share_mode_parse(const char *option, const char *text, struct share_mode *ret_mode,
                     struct failure *f) must_check;
void share_mode_free(struct share_mode *m);
