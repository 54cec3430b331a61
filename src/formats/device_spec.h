/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --device HOST[:CONTAINER[:rwm]] */
#include "base/failure.h"

#include <stdbool.h>

struct device_spec {
    char *host, *inside; /* absolute, cleaned; inside is host when left out */
    bool read, write, mknod;
};

/* -EINVAL with a sentence, -ENOMEM. */
int device_spec_parse(const char *text, struct device_spec *ret_device, struct failure *f) must_check;
void device_spec_free(struct device_spec *d);
