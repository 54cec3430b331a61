/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever an archive calls an entry, what comes out is a path that stays below its folder, and is its own
 * clean form. */
#include "unpack/entry_path.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int condition)
{
    if (!condition)
        abort();
}

static void check_components(const struct entry_path *p)
{
    const char *next = p->text;
    while (*next) {
        size_t length = strcspn(next, "/");
        check(length > 0 && length <= NAME_MAX);
        check(!(length == 1 && next[0] == '.') && !(length == 2 && next[0] == '.' && next[1] == '.'));
        next += length;
        if (*next == '/')
            check(*++next != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct entry_path path, again;
    char *raw = malloc(size + 1);
    if (!raw)
        return 0;
    memcpy(raw, data, size);
    raw[size] = '\0';
    if (entry_path_clean(raw, &path) == 0) {
        enum whiteout kind;
        const char *hidden = NULL;
        check(path.length == strlen(path.text) && path.length < PATH_MAX && path.text[0] != '/');
        check(path.parent_length <= path.length && path.name_start <= path.length);
        check_components(&path);
        if (path.length > 0) {
            check(entry_path_clean(path.text, &again) == 0 && strcmp(again.text, path.text) == 0);
            check(strchr(entry_path_name(&path), '/') == NULL && *entry_path_name(&path) != '\0');
        }
        if (entry_path_whiteout(&path, &kind, &hidden) == 0 && kind == WHITEOUT_FILE)
            check(hidden[0] != '\0' && strcmp(hidden, ".") != 0 && strcmp(hidden, "..") != 0);
    }
    free(raw);
    return 0;
}
