/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "kernel/process.h"
#include "runtime/workspace.h"

#include <errno.h>
#include <string.h>

/* Both maps as one text, to compare with. */
static int map_describe(const struct id_map *uids, const struct id_map *gids, char **ret_text)
{
    char lines[ID_MAP_TEXT_MAX + 1];
    autotext struct text text = {0};
    const struct id_map *const maps[] = {uids, gids};
    for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
        int r = id_map_to_text(maps[i], lines);
        if (r < 0)
            return r;
        text_printf(&text, "%s%s", i ? "|" : "", lines);
    }
    int r = text_error(&text);
    *ret_text = r == 0 ? text_take(&text) : NULL;
    return r;
}

static void map_replace(struct workspace *w, int fd, char *text)
{
    if (w->map_fd >= 0)
        (void)close(w->map_fd);
    free(w->map_text);
    w->map_fd = fd;
    w->map_text = text;
}

void workspace_keep_map(struct workspace *w, int userns_fd, const struct id_map *uids,
                        const struct id_map *gids)
{
    char *text = NULL;
    if (map_describe(uids, gids, &text) < 0) { /* then it is made anew */
        (void)close(userns_fd);
        return;
    }
    map_replace(w, userns_fd, text);
}

int workspace_open_map(struct workspace *w, const struct id_map *uids, const struct id_map *gids,
                       struct failure *failure)
{
    autofree char *text = NULL;
    int r = map_describe(uids, gids, &text);
    if (r < 0)
        return fail(failure, r, "an id map of mounts");
    if (w->map_fd >= 0 && streq(text, w->map_text))
        return w->map_fd;
    autofree char *map = strdup(text);
    char *bar = map ? strchr(map, '|') : NULL;
    if (!bar)
        return fail(failure, -ENOMEM, "an id map of mounts");
    *bar = '\0';
    int fd = userns_make(w->proc_fd, map, bar + 1);
    if (fd < 0)
        return fail(failure, fd, "making an id map of mounts");
    map_replace(w, fd, TAKE_PTR(text));
    return fd;
}
