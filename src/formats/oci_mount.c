/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_mount.h"
#include "formats/oci_tables.h"
#include "formats/path_text.h"

#include <errno.h>
#include <string.h>

/* runtime-spec config.md "Mounts" wants an absolute path; what engines write without the '/' runc takes below
 * the root, with a warning. */
static void read_destination(struct json_binder *b, struct json_object *value, void *base,
                             const struct json_row *row)
{
    char **destination = (char **)(void *)((char *)base + row->offset);
    if (!json_bind_expect(b, value, json_type_string))
        return;
    const char *text = json_object_get_string(value);
    if (text[0] == '\0') {
        json_bind_refuse(b, NULL, "oci/mount", "is empty");
        return;
    }
    if (text[0] != '/')
        json_bind_warn(b, NULL, "oci/path", "\"%.200s\" is not absolute: taken as \"/%.200s\"", text, text);
    int r = path_text_join("/", text, destination);
    if (r == -ENAMETOOLONG)
        json_bind_refuse(b, NULL, "oci/path", "the path is longer than the kernel allows");
    else
        json_bind_fail(b, r);
}

static void release_destination(void *base, const struct json_row *row)
{
    json_shape_text.release(base, row);
}
static const struct json_shape type_destination = {read_destination, release_destination};

static void read_options(struct json_binder *b, struct json_object *value, void *base,
                         const struct json_row *row)
{
    struct oci_mount *m = base;
    json_shape_texts.read(b, value, base, row);
    for (size_t i = 0; i < m->option_words.count; i++) {
        int r = oci_mount_option_read(m->option_words.items[i], &m->options);
        if (r == -EINVAL)
            json_bind_refuse(b, NULL, "oci/mount", "more than %d propagations", OCI_PROPAGATION_MAX);
        else
            json_bind_fail(b, r);
    }
}

static void release_options(void *base, const struct json_row *row)
{
    struct oci_mount *m = base;
    json_shape_texts.release(base, row);
    oci_mount_options_free(&m->options);
}
static const struct json_shape type_options = {read_options, release_options};

static void check_mapping(struct json_binder *b, void *base)
{
    const struct id_extent *e = base;
    if (e->count == 0)
        json_bind_refuse(b, "size", "oci/mapping", "is 0: nothing is mapped");
    else if ((uint64_t)e->inside + e->count > (uint64_t)ID_MAP_ID_MAX + 1 ||
             (uint64_t)e->outside + e->count > (uint64_t)ID_MAP_ID_MAX + 1)
        json_bind_refuse(b, NULL, "oci/mapping", "ends beyond the highest id, %u", ID_MAP_ID_MAX);
}

static const struct json_row mapping_rows[] = {
    {.name = "containerID",
     .type = &json_shape_id,
     .offset = offsetof(struct id_extent, inside),
     .required = true},
    {.name = "hostID",
     .type = &json_shape_id,
     .offset = offsetof(struct id_extent, outside),
     .required = true},
    {.name = "size", .type = &json_shape_u32, .offset = offsetof(struct id_extent, count), .required = true},
    {0},
};
const struct json_table oci_mapping_table = {
    .rows = mapping_rows, .item_size = sizeof(struct id_extent), .check = check_mapping};

void oci_mappings_check(struct json_binder *b, const char *member, const struct oci_mappings *mappings)
{
    struct id_map map = {0};
    for (size_t i = 0; i < mappings->count; i++) {
        int r = id_map_add(&map, mappings->items[i]);
        if (r == -EEXIST)
            json_bind_refuse(b, member, "oci/mapping", "item %zu overlaps an earlier one", i);
        else if (r == -E2BIG)
            json_bind_refuse(b, member, "oci/mapping", "the kernel takes at most %d items",
                             ID_MAP_EXTENTS_MAX);
        if (r < 0)
            return;
    }
}

static void check_bind(struct json_binder *b, struct oci_mount *m)
{
    if (!m->source && !m->options.remount)
        json_bind_refuse(b, "source", "oci/mount", "a bind needs one");
    if (m->options.copy_up)
        json_bind_refuse(b, "options", "oci/mount", "tmpcopyup is for a tmpfs");
    if (m->options.data.count + m->options.flags.count > 0)
        json_bind_warn(b, "options", "oci/mount",
                       "\"%.100s\" is for a file system and has no effect on a bind",
                       m->options.data.count > 0 ? m->options.data.items[0] : m->options.flags.items[0]);
}

static void check_idmap(struct json_binder *b, struct oci_mount *m)
{
    if ((m->uids.count == 0) != (m->gids.count == 0))
        json_bind_refuse(b, NULL, "oci/mapping", "uidMappings and gidMappings need each other");
    if (m->uids.count > 0 && m->options.idmap == OCI_IDMAP_NONE)
        m->options.idmap = OCI_IDMAP_MOUNT;
    if (m->options.idmap != OCI_IDMAP_NONE && !m->is_bind)
        json_bind_refuse(b, NULL, "oci/mapping", "only a bind can be idmapped");
    oci_mappings_check(b, "uidMappings", &m->uids);
    oci_mappings_check(b, "gidMappings", &m->gids);
}

static void check_mount(struct json_binder *b, void *base)
{
    struct oci_mount *m = base;
    m->is_bind = m->options.bind || streq(m->type, "bind") || streq(m->type, "rbind");
    if (streq(m->type, "rbind"))
        m->options.recursive = true;
    if (m->is_bind)
        check_bind(b, m);
    else if (!m->type && !m->options.remount && m->options.propagation_count == 0)
        json_bind_refuse(b, "type", "oci/mount", "is needed where the mount is no bind");
    else if (m->options.copy_up && !streq(m->type, "tmpfs"))
        json_bind_refuse(b, "options", "oci/mount", "tmpcopyup is for a tmpfs");
    check_idmap(b, m);
}

#define MOUNT(member) .offset = offsetof(struct oci_mount, member)
static const struct json_row mount_rows[] = {
    {.name = "destination", .type = &type_destination, MOUNT(destination), .required = true},
    {.name = "type", .type = &json_shape_text, MOUNT(type)},
    {.name = "source", .type = &json_shape_text, MOUNT(source)},
    {.name = "options", .type = &type_options, MOUNT(option_words)},
    {.name = "uidMappings",
     .type = &json_shape_list,
     MOUNT(uids.items),
     .count_offset = offsetof(struct oci_mount, uids.count),
     .detail = &oci_mapping_table},
    {.name = "gidMappings",
     .type = &json_shape_list,
     MOUNT(gids.items),
     .count_offset = offsetof(struct oci_mount, gids.count),
     .detail = &oci_mapping_table},
    {0},
};
const struct json_table oci_mount_table = {
    .rows = mount_rows, .item_size = sizeof(struct oci_mount), .check = check_mount};
