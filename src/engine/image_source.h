/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `import` and `load` read: a file, standard input, or a folder that is packed on the way. */
#include "base/failure.h"

#include <stdbool.h>

struct image_source {
    int fd;       /* the stream, or the folder */
    bool folder;  /* fd is a folder */
    int pidfd;    /* of the program that packs, -EBADF: none */
    int error_fd; /* what that program said */
};

/* `path` "-" is given_fd (lent). Folders are opened as such. */
int image_source_open(const char *path, int given_fd, struct image_source *ret_source,
                      struct failure *failure) must_check;
/* Turns an opened folder into a tar stream by the system's `tar`: owners as they are, extended attributes of
 * user.* and security.capability, no other file systems below. */
int image_source_pack(struct image_source *s, struct failure *failure) must_check;
/* The same of one name in the opened folder, with mount points below; the owner is root unless `keep_owner`.
 */
int image_source_pack_name(struct image_source *s, const char *name, bool keep_owner,
                           struct failure *failure) must_check;
/* After the last byte: whether packing went well. */
int image_source_finish(struct image_source *s, struct failure *failure) must_check;
void image_source_close(struct image_source *s);
