/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/environment_options.h"

#include "base/text.h"
#include "formats/environment.h"

#include <errno.h>
#include <stdio.h>

/* The file's bytes; at most one more than is allowed, so that the reader refuses it. */
static int read_file(const char *path, struct text *ret_text, struct failure *failure)
{
    char buffer[16384];
    size_t n;
    FILE *file = fopen(path, "re");
    if (!file)
        return fail(failure, -errno, "reading %s", path);
    while (ret_text->length <= ENVIRONMENT_FILE_MAX && (n = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_append_n(ret_text, buffer, n);
    int error = ferror(file) ? -errno : text_error(ret_text);
    (void)fclose(file); /* only read from */
    return error < 0 ? fail(failure, error, "reading %s", path) : 0;
}

static struct strings peek_environment(void)
{
    struct strings host = {.items = environ};
    while (environ && environ[host.count])
        host.count++;
    return host;
}

int environment_collect(const struct strings *files, const struct strings *assignments,
                        struct strings *ret_list, struct failure *failure)
{
    const struct strings host = peek_environment();
    int r = 0;
    for (size_t i = 0; i < files->count && r == 0; i++) {
        autotext struct text content = {0};
        r = read_file(files->items[i], &content, failure);
        if (r == 0)
            r = environment_read_file(
                &(struct environment_file){files->items[i], text_peek(&content), content.length}, &host,
                ret_list, failure);
    }
    for (size_t i = 0; i < assignments->count && r == 0; i++)
        r = environment_add(assignments->items[i], &host, ret_list, failure);
    return r;
}

int labels_collect(const struct strings *files, const struct strings *assignments, struct strings *ret_list,
                   struct failure *failure)
{
    int r = 0;
    for (size_t i = 0; i < files->count && r == 0; i++) {
        autotext struct text content = {0};
        r = read_file(files->items[i], &content, failure);
        if (r == 0)
            r = label_read_file(
                &(struct environment_file){files->items[i], text_peek(&content), content.length}, ret_list,
                failure);
    }
    for (size_t i = 0; i < assignments->count && r == 0; i++)
        r = label_add(assignments->items[i], ret_list, failure);
    return r;
}
