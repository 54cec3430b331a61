/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The root of a container for `cp`: of a running one the root that its processes have (volumes included), of
 * a stopped one its writable layer upon its image, mounted nowhere. */
#include "engine/changes_tree.h"

struct copy_root {
    struct engine *engine;
    const struct store *store;
    char id[CONTAINER_ID_LENGTH + 1];
    int root_fd;  /* O_PATH or a folder; paths in it are a stranger's */
    int lock_fd;  /* keeps a stopped container stopped */
    char map[64]; /* of the user namespace in which its files are what they are inside; "" = the stored ids */
    int add_lock; /* as the work folder lies among what is being made */
    char work[STAGING_NAME_SIZE]; /* overlay's work folder, "" when there is none */
};

/* `write`: files will be written. copy_root_close() must follow, also after a failure. */
int copy_root_open(struct copy_root *c, const char *who, bool write, struct failure *failure) must_check;
void copy_root_close(struct copy_root *c);

/* A path in the root, with all links on the way (and, with `follow`, its last component) resolved within the
 * root. */
struct copy_place {
    int folder_fd; /* the folder that holds it (O_RDONLY | O_DIRECTORY) */
    char *name;    /* in that folder; "" when the path is the root itself, which folder_fd then is */
    bool exists, is_folder;
};

int copy_place_find(int root_fd, const char *path, bool follow, struct copy_place *ret_place,
                    struct failure *failure) must_check;
void copy_place_free(struct copy_place *place);
