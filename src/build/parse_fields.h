/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A parsed Dockerfile as bytes and back. The same functions write and read, so both sides agree; what is read
 * is believed as far as a stranger's: lengths, kinds and positions are checked. */
#include "base/text.h"
#include "formats/dockerfile.h"

struct fields {
    bool writing;
    struct text out;  /* writing */
    const char *data; /* reading */
    size_t size, at;
    int error; /* -EBADMSG, -ENOMEM; the rest does nothing then */
};

void fields_number(struct fields *f, uint64_t *number);
/* Reading: the caller owns it. NULL stays NULL. */
void fields_string(struct fields *f, char **string);
/* All of it. Reading: `dockerfile` was zeroed; dockerfile_free() it also after an error. */
void fields_dockerfile(struct fields *f, struct dockerfile *dockerfile);
