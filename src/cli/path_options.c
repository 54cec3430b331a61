/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/path_options.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

/* Whether a relative path stands there, up to `end` (a character that closes it). */
static bool is_relative(const char *path, char end)
{
    size_t dots = strspn(path, ".");
    return dots >= 1 && dots <= 2 && (path[dots] == '/' || path[dots] == end || path[dots] == '\0');
}

/* The item with the working folder put in at `at`. */
static int insert_folder(char **item, size_t at, struct failure *failure)
{
    autotext struct text t = {0};
    autofree char *folder = get_current_dir_name();
    if (!folder)
        return fail(failure, -errno, "looking for the working folder");
    text_append_n(&t, *item, at);
    text_printf(&t, "%s/%s", folder, *item + at);
    char *whole = text_take(&t);
    if (!whole)
        return fail(failure, -ENOMEM, "reading the options");
    free(*item);
    *item = whole;
    return 0;
}

int volumes_make_absolute(struct strings *volumes, struct failure *failure)
{
    int r = 0;
    for (size_t i = 0; i < volumes->count && r == 0; i++)
        if (is_relative(volumes->items[i], ':'))
            r = insert_folder(&volumes->items[i], 0, failure);
    return r;
}

/* Where the value of src= or source= begins, or 0. */
static size_t find_source(const char *mount)
{
    for (const char *field = mount; field; field = strchr(field, ',')) {
        field += *field == ',';
        const char *value = string_after(field, "src=");
        value = value ? value : string_after(field, "source=");
        if (value)
            return (size_t)(value - mount);
    }
    return 0;
}

int fields_make_absolute(struct strings *mounts, struct failure *failure)
{
    int r = 0;
    for (size_t i = 0; i < mounts->count && r == 0; i++) {
        size_t at = find_source(mounts->items[i]);
        if (at > 0 && is_relative(mounts->items[i] + at, ','))
            r = insert_folder(&mounts->items[i], at, failure);
    }
    return r;
}

int profiles_make_absolute(struct strings *options, struct failure *failure)
{
    static const char *const words[] = {"", "unconfined", "builtin", "default"};
    int r = 0;
    for (size_t i = 0; i < options->count && r == 0; i++) {
        const char *path = string_after(options->items[i], "seccomp=");
        bool word = !path || path[0] == '/';
        for (size_t k = 0; k < ARRAY_SIZE(words) && !word; k++)
            word = streq(path, words[k]);
        if (!word)
            r = insert_folder(&options->items[i], strlen("seccomp="), failure);
    }
    return r;
}
