/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --detach-keys: "ctrl-p,ctrl-q" -> 0x10 0x11 (moby/term ToBytes). */
#include "base/failure.h"

#include <stddef.h>

#define DETACH_KEYS_MAX 16
#define DETACH_KEYS_DEFAULT "ctrl-p,ctrl-q"

struct detach_keys {
    size_t count; /* 0: detaching by keys is off ("") */
    unsigned char bytes[DETACH_KEYS_MAX];
};

/* NULL is DETACH_KEYS_DEFAULT. A key: one ASCII byte, or ctrl- and a-z @ [ \ ] ^ _. -EINVAL with a sentence.
 */
int detach_keys_parse(const char *text, struct detach_keys *ret_keys, struct failure *f) must_check;
