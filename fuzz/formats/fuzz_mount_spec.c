/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses -v, --mount or --tmpfs. Property: an accepted mount has a clean absolute target that
 * is not "/", a source that fits its kind, and a subpath that stays below; a refused one has a sentence. */
#include "base/strings.h"
#include "formats/mount_spec.h"
#include "formats/path_text.h"
#include "formats/reference.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const char *path)
{
    autofree char *clean = NULL;
    if (!path || path_text_clean(path, &clean) < 0 || !streq(path, clean))
        abort();
}

static void check_mount(const struct mount_spec *m)
{
    check_path(m->target);
    if (streq(m->target, "/"))
        abort();
    if (m->kind == MOUNT_KIND_BIND)
        check_path(m->source);
    if (m->kind == MOUNT_KIND_VOLUME && m->source && !object_name_is_valid(m->source))
        abort();
    if (m->kind == MOUNT_KIND_TMPFS &&
        (m->source || m->exec == MOUNT_SWITCH_UNSET || m->suid == MOUNT_SWITCH_UNSET))
        abort();
    if (m->subpath && !path_text_stays_below(m->subpath))
        abort();
    if ((m->idmap == MOUNT_IDMAP_OWNERS) != (m->owner_count > 0) ||
        (m->idmap != MOUNT_IDMAP_EXPLICIT && (m->uid_extent_count > 0 || m->gid_extent_count > 0)))
        abort();
    if (m->chown && m->idmap != MOUNT_IDMAP_DEFAULT)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int (*const parsers[])(const char *, struct mount_spec *, struct failure *) = {
        mount_spec_parse_volume, mount_spec_parse_mount, mount_spec_parse_tmpfs};
    if (size == 0)
        return 0;
    autofree char *text = strndup((const char *)data + 1, size - 1);
    automount struct mount_spec m = {0};
    struct failure f = {0};
    if (!text)
        return 0;
    if (parsers[data[0] % 3](text, &m, &f) < 0) {
        if (f.text[0] == '\0' || m.target)
            abort();
        return 0;
    }
    check_mount(&m);
    return 0;
}
