/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Walks test/data/<module>: a file ok-* must be accepted, a file bad-* refused. */
#include "base/failure.h" /* before cmocka.h, which has a macro fail() */

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Whether the bytes were accepted. */
typedef bool data_file_check(const char *name, const char *data, size_t size);

static inline void data_file_check_one(const char *folder, const char *name, data_file_check *check)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    static char buffer[1 << 20];
    size_t size = fread(buffer, 1, sizeof(buffer), f);
    fclose(f);
    char *exact = malloc(size ? size : 1); /* lets the address sanitizer see a read past the end */
    assert_non_null(exact);
    memcpy(exact, buffer, size);
    bool accepted = check(name, exact, size), wanted = strncmp(name, "ok-", 3) == 0;
    free(exact);
    if (accepted != wanted)
        fail_msg("%s: %s", path, accepted ? "accepted" : "refused");
}

/* Returns how many files there were. */
static inline int data_files_check(const char *module, data_file_check *check)
{
    const char *root = getenv("UNROOT_TEST_DATA");
    assert_non_null(root);
    char folder[4096];
    snprintf(folder, sizeof(folder), "%s/%s", root, module);
    DIR *d = opendir(folder);
    assert_non_null(d);
    int count = 0;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (strncmp(e->d_name, "ok-", 3) != 0 && strncmp(e->d_name, "bad-", 4) != 0)
            continue;
        data_file_check_one(folder, e->d_name, check);
        count++;
    }
    closedir(d);
    assert_true(count > 0);
    return count;
}
