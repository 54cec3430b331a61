/* SPDX-License-Identifier: Apache-2.0 */
/* The member "linux" (runtime-spec config-linux.md). */
#include "formats/oci_config.h"
#include "formats/oci_tables.h"
#include "formats/sysctl_spec.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <linux/personality.h>
#include <string.h>
#include <sys/mount.h>

#define NAME_LENGTH_MAX 15 /* of a network interface: IFNAMSIZ - 1 */

static const struct json_word namespace_words[] = {
    {"cgroup", OCI_NAMESPACE_CGROUP},   {"ipc", OCI_NAMESPACE_IPC}, {"mount", OCI_NAMESPACE_MOUNT},
    {"network", OCI_NAMESPACE_NETWORK}, {"pid", OCI_NAMESPACE_PID}, {"time", OCI_NAMESPACE_TIME},
    {"user", OCI_NAMESPACE_USER},       {"uts", OCI_NAMESPACE_UTS}, {0},
};

const char *oci_namespace_name(enum oci_namespace_kind kind)
{
    return namespace_words[kind].name;
}

/* An item of "namespaces", which become an array by kind. */
struct namespace_item {
    int kind;
    char *path;
};

static const struct json_row namespace_item_rows[] = {
    {.name = "type",
     .type = &json_shape_choice,
     .offset = offsetof(struct namespace_item, kind),
     .required = true,
     .detail = namespace_words},
    {.name = "path", .type = &json_shape_path, .offset = offsetof(struct namespace_item, path)},
    {0},
};
static const struct json_table namespace_item_table = {.rows = namespace_item_rows};

static void read_namespaces(struct json_binder *b, struct json_object *value, void *base,
                            const struct json_row *row)
{
    struct oci_namespace *namespaces = (void *)((char *)base + row->offset);
    if (!json_bind_expect(b, value, json_type_array))
        return;
    size_t count = json_object_array_length(value);
    for (size_t i = 0; i < count; i++) {
        struct namespace_item item = {.kind = -1};
        struct json_object *object = json_object_array_get_idx(value, i);
        size_t length = json_bind_enter(b, NULL, i);
        unsigned line = b->line;
        b->line = json_line(object) > 0 ? json_line(object) : line;
        json_bind_object(b, object, &namespace_item_table, &item);
        if (item.kind >= 0 && namespaces[item.kind].given)
            json_bind_refuse(b, "type", "oci/namespace", "\"%s\" stands there twice",
                             oci_namespace_name((enum oci_namespace_kind)item.kind));
        else if (item.kind >= 0)
            namespaces[item.kind] = (struct oci_namespace){true, TAKE_PTR(item.path)};
        free(item.path);
        b->line = line;
        json_bind_leave(b, length);
    }
}

static void release_namespaces(void *base, const struct json_row *row)
{
    struct oci_namespace *namespaces = (void *)((char *)base + row->offset);
    for (size_t i = 0; i < OCI_NAMESPACE_COUNT; i++)
        free(namespaces[i].path);
    memset(namespaces, 0, sizeof(*namespaces) * OCI_NAMESPACE_COUNT);
}
static const struct json_shape type_namespaces = {read_namespaces, release_namespaces};

static void read_device_type(struct json_binder *b, struct json_object *value, void *base,
                             const struct json_row *row)
{
    if (!json_bind_expect(b, value, json_type_string))
        return;
    const char *text = json_object_get_string(value);
    if (text[0] == '\0' || text[1] != '\0' || !strchr("bcup", text[0]))
        json_bind_refuse(b, NULL, "oci/device", "\"%.20s\" is none of c, b, u, p", text);
    else
        *((char *)base + row->offset) = text[0] == 'u' ? 'c' : text[0];
}
static const struct json_shape type_device_type = {read_device_type, NULL};

static void check_device(struct json_binder *b, void *base)
{
    const struct oci_device *d = base;
    if (streq(d->path, "/"))
        json_bind_refuse(b, "path", "oci/device", "is the root");
    if (d->type == 'p' && (d->major != 0 || d->minor != 0))
        json_bind_refuse(b, NULL, "oci/device", "a pipe has no device numbers");
}

#define DEVICE(member) .offset = offsetof(struct oci_device, member)
static const struct json_row device_rows[] = {
    {.name = "type", .type = &type_device_type, DEVICE(type), .required = true},
    {.name = "path", .type = &json_shape_path, DEVICE(path), .required = true},
    {.name = "major", .type = &json_shape_i64, DEVICE(major), .max = 0xfff},
    {.name = "minor", .type = &json_shape_i64, DEVICE(minor), .max = 0xfffff},
    {.name = "fileMode", .type = &json_shape_maybe_u32, DEVICE(mode), .max = 0177777},
    {.name = "uid", .type = &json_shape_maybe_u32, DEVICE(uid), .max = ID_MAP_ID_MAX},
    {.name = "gid", .type = &json_shape_maybe_u32, DEVICE(gid), .max = ID_MAP_ID_MAX},
    {0},
};
static const struct json_table device_table = {
    .rows = device_rows, .item_size = sizeof(struct oci_device), .check = check_device};

static void check_offset(struct json_binder *b, void *base)
{
    (void)b;
    ((struct oci_time_offset *)base)->given = true;
}

static const struct json_row offset_rows[] = {
    {.name = "secs", .type = &json_shape_i64, .offset = offsetof(struct oci_time_offset, seconds)},
    {.name = "nanosecs",
     .type = &json_shape_u32,
     .offset = offsetof(struct oci_time_offset, nanoseconds),
     .max = 999999999},
    {0},
};
static const struct json_table offset_table = {.rows = offset_rows, .check = check_offset};

static const struct json_row time_rows[] = {
    {.name = "boottime",
     .type = &json_shape_struct,
     .offset = offsetof(struct oci_linux, boottime),
     .detail = &offset_table},
    {.name = "monotonic",
     .type = &json_shape_struct,
     .offset = offsetof(struct oci_linux, monotonic),
     .detail = &offset_table},
    {0},
};
static const struct json_table time_table = {.rows = time_rows};

/* The form depends on the driver (a path, or "slice:prefix:name"); a way up is none of it (CVE-2019-18837).
 */
static void read_cgroups_path(struct json_binder *b, struct json_object *value, void *base,
                              const struct json_row *row)
{
    json_shape_text.read(b, value, base, row);
    const char *path = *(char **)(void *)((char *)base + row->offset);
    for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        if (part[0] == '.' && part[1] == '.' && (part[2] == '/' || part[2] == '\0')) {
            json_bind_refuse(b, NULL, "oci/cgroup", "\"%.200s\" leads upwards", path);
            return;
        }
}

static void release_cgroups_path(void *base, const struct json_row *row)
{
    json_shape_text.release(base, row);
}
static const struct json_shape type_cgroups_path = {read_cgroups_path, release_cgroups_path};

static const struct json_word propagation_words[] = {
    {"private", MS_PRIVATE},
    {"rprivate", MS_PRIVATE | MS_REC},
    {"shared", MS_SHARED},
    {"rshared", MS_SHARED | MS_REC},
    {"slave", MS_SLAVE},
    {"rslave", MS_SLAVE | MS_REC},
    {"unbindable", MS_UNBINDABLE},
    {"runbindable", MS_UNBINDABLE | MS_REC},
    {0},
};

static void read_propagation(struct json_binder *b, struct json_object *value, void *base,
                             const struct json_row *row)
{
    const struct json_row word = {.detail = propagation_words};
    int flags = 0;
    if (json_object_is_type(value, json_type_string) && json_object_get_string_len(value) == 0)
        return;
    json_shape_choice.read(b, value, &flags, &word);
    *(unsigned long *)(void *)((char *)base + row->offset) = (unsigned long)flags;
}
static const struct json_shape type_propagation = {read_propagation, NULL};

static void read_seccomp(struct json_binder *b, struct json_object *value, void *base,
                         const struct json_row *row)
{
    struct oci_linux *linux_part = base;
    (void)row;
    autofree char *place = json_bind_place(b, NULL);
    if (!place) {
        json_bind_fail(b, -ENOMEM);
        return;
    }
    int r = seccomp_profile_read(place, value, b->report, &linux_part->seccomp);
    linux_part->has_seccomp = r == 0;
    json_bind_fail(b, r);
}

static void release_seccomp(void *base, const struct json_row *row)
{
    struct oci_linux *linux_part = base;
    (void)row;
    seccomp_profile_free(&linux_part->seccomp);
    linux_part->has_seccomp = false;
}
static const struct json_shape type_seccomp = {read_seccomp, release_seccomp};

static void refuse_sysctl(struct json_binder *b, const char *why)
{
    const char *rest = string_after(why, "--sysctl "); /* the command line's name for it */
    json_bind_refuse(b, NULL, "oci/sysctl", "%.350s", rest ? rest : why);
}

/* Only what a namespace has of its own: any other would be the host's. */
static void read_sysctls(struct json_binder *b, struct json_object *value, void *base,
                         const struct json_row *row)
{
    const struct strings *list = (void *)((char *)base + row->offset);
    json_shape_map.read(b, value, base, row);
    for (size_t i = 0; i < list->count; i++) {
        struct sysctl_spec spec = {0};
        struct failure why = {0};
        int r = sysctl_spec_parse(list->items[i], &spec, &why);
        if (r == -ENOMEM)
            json_bind_fail(b, r);
        else if (r < 0)
            refuse_sysctl(b, why.text);
        else
            sysctl_spec_free(&spec);
    }
}

static void release_sysctls(void *base, const struct json_row *row)
{
    json_shape_map.release(base, row);
}
static const struct json_shape type_sysctls = {read_sysctls, release_sysctls};

static const struct json_word personality_words[] = {{"LINUX", PER_LINUX}, {"LINUX32", PER_LINUX32}, {0}};

static void read_personality_flags(struct json_binder *b, struct json_object *value, void *base,
                                   const struct json_row *row)
{
    (void)base;
    (void)row;
    if (json_bind_expect(b, value, json_type_array) && json_object_array_length(value) > 0)
        json_bind_refuse(b, NULL, "oci/not-supported", "not supported: the specification names no flag");
}
static const struct json_shape type_personality_flags = {read_personality_flags, NULL};

struct personality_item {
    int domain;
};

static const struct json_row personality_rows[] = {
    {.name = "domain",
     .type = &json_shape_choice,
     .offset = offsetof(struct personality_item, domain),
     .required = true,
     .detail = personality_words},
    {.name = "flags", .type = &type_personality_flags},
    {0},
};
static const struct json_table personality_table = {.rows = personality_rows};

static void read_personality(struct json_binder *b, struct json_object *value, void *base,
                             const struct json_row *row)
{
    struct oci_u32 *personality = (struct oci_u32 *)(void *)((char *)base + row->offset);
    struct personality_item item = {-1};
    json_bind_object(b, value, &personality_table, &item);
    if (item.domain >= 0)
        *personality = (struct oci_u32){true, (uint32_t)item.domain};
}
static const struct json_shape type_personality = {read_personality, NULL};

static const struct json_word memory_modes[] = {
    {"MPOL_DEFAULT", MPOL_DEFAULT},
    {"MPOL_PREFERRED", MPOL_PREFERRED},
    {"MPOL_BIND", MPOL_BIND},
    {"MPOL_INTERLEAVE", MPOL_INTERLEAVE},
    {"MPOL_LOCAL", MPOL_LOCAL},
    {"MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY},
    {"MPOL_WEIGHTED_INTERLEAVE", 6}, /* Linux 6.9 */
    {0},
};

static const struct json_word memory_flags[] = {
    {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
    {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
    {"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING},
    {0},
};

const char *oci_memory_mode_name(size_t i)
{
    return memory_modes[i].name;
}

const char *oci_memory_flag_name(size_t i)
{
    return memory_flags[i].name;
}

static void check_memory_policy(struct json_binder *b, void *base)
{
    struct oci_memory_policy *p = base;
    bool without = p->mode == MPOL_DEFAULT || p->mode == MPOL_LOCAL;
    p->given = true;
    if (without && p->nodes)
        json_bind_refuse(b, "nodes", "oci/memory-policy", "this mode has none (set_mempolicy(2))");
    if (!without && p->mode != MPOL_PREFERRED && !p->nodes)
        json_bind_refuse(b, "nodes", "oci/memory-policy", "this mode needs some (set_mempolicy(2))");
}

#define POLICY(member) .offset = offsetof(struct oci_memory_policy, member)
static const struct json_row memory_policy_rows[] = {
    {.name = "mode", .type = &json_shape_choice, POLICY(mode), .required = true, .detail = memory_modes},
    {.name = "nodes", .type = &oci_type_cpu_list, POLICY(nodes)},
    {.name = "flags", .type = &json_shape_flags, POLICY(flags), .detail = memory_flags},
    {0},
};
static const struct json_table memory_policy_table = {.rows = memory_policy_rows,
                                                      .check = check_memory_policy};

/* "%d" is the kernel's place for a free number, any other "%" its mistake: dev_alloc_name() in Linux. */
static bool interface_name_is_valid(const char *name, bool is_template)
{
    size_t n = strlen(name);
    const char *percent = strchr(name, '%');
    if (percent && (!is_template || percent[1] != 'd' || strchr(percent + 1, '%')))
        return false;
    return n > 0 && n <= NAME_LENGTH_MAX && name[strcspn(name, "/: \t\n\v\f\r")] == '\0' &&
           !streq(name, ".") && !streq(name, "..");
}

static void check_net_device(struct json_binder *b, void *base)
{
    const struct oci_net_device *d = base;
    if (!interface_name_is_valid(d->host_name, false))
        json_bind_refuse(b, NULL, "oci/net-device", "\"%.40s\" is no name of an interface", d->host_name);
    if (d->name && d->name[0] != '\0' && !interface_name_is_valid(d->name, true))
        json_bind_refuse(b, "name", "oci/net-device", "\"%.40s\" is no name of an interface", d->name);
}

static const struct json_row net_device_rows[] = {
    {.name = "name", .type = &json_shape_text, .offset = offsetof(struct oci_net_device, name)},
    {0},
};
static const struct json_table net_device_table = {
    .rows = net_device_rows, .item_size = sizeof(struct oci_net_device), .check = check_net_device};

static const char rdt_refusal[] =
    "not supported: cache and bandwidth classes (resctrl) are not set by this runtime";

#define LINUX(member) .offset = offsetof(struct oci_linux, member)
static const struct json_row linux_rows[] = {
    {.name = "namespaces", .type = &type_namespaces, LINUX(namespaces)},
    {.name = "uidMappings",
     .type = &json_shape_list,
     LINUX(uids.items),
     .count_offset = offsetof(struct oci_linux, uids.count),
     .detail = &oci_mapping_table},
    {.name = "gidMappings",
     .type = &json_shape_list,
     LINUX(gids.items),
     .count_offset = offsetof(struct oci_linux, gids.count),
     .detail = &oci_mapping_table},
    {.name = "timeOffsets", .type = &json_shape_struct, .detail = &time_table},
    {.name = "devices",
     .type = &json_shape_list,
     LINUX(devices),
     .count_offset = offsetof(struct oci_linux, device_count),
     .detail = &device_table},
    {.name = "netDevices",
     .type = &json_shape_named_list,
     LINUX(net_devices),
     .count_offset = offsetof(struct oci_linux, net_device_count),
     .detail = &net_device_table},
    {.name = "cgroupsPath", .type = &type_cgroups_path, LINUX(cgroups_path)},
    {.name = "resources", .type = &json_shape_struct, LINUX(resources), .detail = &oci_resources_table},
    {.name = "rootfsPropagation", .type = &type_propagation, LINUX(rootfs_propagation)},
    {.name = "seccomp", .type = &type_seccomp},
    {.name = "sysctl", .type = &type_sysctls, LINUX(sysctls)},
    {.name = "maskedPaths", .type = &json_shape_paths, LINUX(masked_paths)},
    {.name = "readonlyPaths", .type = &json_shape_paths, LINUX(readonly_paths)},
    {.name = "mountLabel", .type = &json_shape_text, LINUX(mount_label)},
    {.name = "personality", .type = &type_personality, LINUX(personality)},
    {.name = "memoryPolicy",
     .type = &json_shape_struct,
     LINUX(memory_policy),
     .detail = &memory_policy_table},
    {.name = "intelRdt", .type = &json_shape_refused, .detail = rdt_refusal},
    {0},
};

static void check_linux(struct json_binder *b, void *base)
{
    const struct oci_linux *l = base;
    oci_mappings_check(b, "uidMappings", &l->uids);
    oci_mappings_check(b, "gidMappings", &l->gids);
}
const struct json_table oci_linux_table = {.rows = linux_rows, .check = check_linux};
