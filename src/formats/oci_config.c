/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_config.h"
#include "formats/oci_tables.h"

#include <errno.h>
#include <string.h>

#define HOSTNAME_LENGTH_MAX 64
#define TIMEOUT_MAX 1000000000

static const char *const hook_names[] = {
    [OCI_HOOK_PRESTART] = "prestart",
    [OCI_HOOK_CREATE_RUNTIME] = "createRuntime",
    [OCI_HOOK_CREATE_CONTAINER] = "createContainer",
    [OCI_HOOK_START_CONTAINER] = "startContainer",
    [OCI_HOOK_POSTSTART] = "poststart",
    [OCI_HOOK_POSTSTOP] = "poststop",
};

const char *oci_hook_name(enum oci_hook_kind kind)
{
    return hook_names[kind];
}

const char *oci_annotation(const struct oci_config *c, const char *name)
{
    return strings_get_variable(&c->annotations, name);
}

#define HOOK(member) .offset = offsetof(struct oci_hook, member)
static const struct json_row hook_rows[] = {
    {.name = "path", .type = &json_shape_path, HOOK(path), .required = true},
    {.name = "args", .type = &json_shape_texts, HOOK(args)},
    {.name = "env", .type = &json_shape_texts, HOOK(environment)},
    {.name = "timeout", .type = &json_shape_maybe_i64, HOOK(timeout_seconds), .min = 1, .max = TIMEOUT_MAX},
    {0},
};
static const struct json_table hook_table = {.rows = hook_rows, .item_size = sizeof(struct oci_hook)};

#define HOOKS(kind, word)                                                                                    \
    {                                                                                                        \
        .name = word, .type = &json_shape_list, .offset = offsetof(struct oci_config, hooks[kind].items),    \
        .count_offset = offsetof(struct oci_config, hooks[kind].count), .detail = &hook_table                \
    }
static const struct json_row hooks_rows[] = {
    HOOKS(OCI_HOOK_PRESTART, "prestart"),
    HOOKS(OCI_HOOK_CREATE_RUNTIME, "createRuntime"),
    HOOKS(OCI_HOOK_CREATE_CONTAINER, "createContainer"),
    HOOKS(OCI_HOOK_START_CONTAINER, "startContainer"),
    HOOKS(OCI_HOOK_POSTSTART, "poststart"),
    HOOKS(OCI_HOOK_POSTSTOP, "poststop"),
    {0},
};
static const struct json_table hooks_table = {.rows = hooks_rows};

static const struct json_row root_rows[] = {
    {.name = "path",
     .type = &json_shape_text,
     .offset = offsetof(struct oci_config, root_path),
     .required = true},
    {.name = "readonly", .type = &json_shape_switch, .offset = offsetof(struct oci_config, root_readonly)},
    {0},
};
static const struct json_table root_table = {.rows = root_rows};

static void read_process(struct json_binder *b, struct json_object *value, void *base,
                         const struct json_row *row)
{
    struct oci_config *c = base;
    json_shape_struct.read(b, value, base, row);
    c->has_process = true;
}

static void release_process(void *base, const struct json_row *row)
{
    json_shape_struct.release(base, row);
}
static const struct json_shape type_process = {read_process, release_process};

/* Semantic versioning: all of 1.x. */
static void read_version(struct json_binder *b, struct json_object *value, void *base,
                         const struct json_row *row)
{
    json_shape_text.read(b, value, base, row);
    const char *version = *(char **)(void *)((char *)base + row->offset);
    if (!version)
        return;
    const char *at = string_after(version, "1.");
    size_t minor = at ? strspn(at, "0123456789") : 0;
    size_t patch = minor > 0 && at[minor] == '.' ? strspn(at + minor + 1, "0123456789") : 0;
    char after = patch > 0 ? at[minor + 1 + patch] : 'x';
    if (after != '\0' && after != '-' && after != '+')
        json_bind_refuse(b, NULL, "oci/version", "\"%.60s\" is no version 1.x of the specification", version);
}

static void release_version(void *base, const struct json_row *row)
{
    json_shape_text.release(base, row);
}
static const struct json_shape type_version = {read_version, release_version};

static void check_name(struct json_binder *b, const char *member, const char *name)
{
    if (name && strlen(name) > HOSTNAME_LENGTH_MAX)
        json_bind_refuse(b, member, "oci/hostname", "is longer than %d bytes", HOSTNAME_LENGTH_MAX);
}

/* A mount namespace by path is as it is there: what would change it is others' too. */
static void check_joined_mounts(struct json_binder *b, const struct oci_config *c)
{
    const struct oci_linux *l = &c->platform;
    const struct {
        const char *member;
        bool given;
    } rows[] = {
        {"mounts", c->mount_count > 0},
        {"root.readonly", c->root_readonly},
        {"process.terminal", c->process.terminal},
        {"linux.devices", l->device_count > 0},
        {"linux.maskedPaths", l->masked_paths.count > 0},
        {"linux.readonlyPaths", l->readonly_paths.count > 0},
        {"linux.rootfsPropagation", l->rootfs_propagation != 0},
        {"linux.sysctl", l->sysctls.count > 0},
        {"linux.mountLabel", l->mount_label != NULL},
    };
    if (c->root_path && !streq(c->root_path, "/"))
        json_bind_refuse(b, "root.path", "oci/namespace",
                         "must be \"/\" with a mount namespace by path: the root is the one that it has");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].given)
            json_bind_refuse(b, rows[i].member, "oci/namespace",
                             "cannot be with a mount namespace by path: its mounts are as they are there");
}

/* runtime-spec config-linux.md: what needs which namespace. */
static void check_namespaces(struct json_binder *b, const struct oci_config *c)
{
    const struct oci_linux *l = &c->platform;
    const struct oci_namespace *user = &l->namespaces[OCI_NAMESPACE_USER];
    const struct oci_namespace *mount = &l->namespaces[OCI_NAMESPACE_MOUNT];
    if ((c->hostname || c->domainname) && !l->namespaces[OCI_NAMESPACE_UTS].given)
        json_bind_refuse(b, c->hostname ? "hostname" : "domainname", "oci/namespace",
                         "needs a uts namespace in linux.namespaces: it would be the host's");
    if (!mount->given)
        json_bind_refuse(b, "linux.namespaces", "oci/not-supported",
                         "not supported: a container without a mount namespace, new or by path");
    if (mount->path)
        check_joined_mounts(b, c);
    if (!user->given && l->uids.count + l->gids.count > 0)
        json_bind_refuse(b, "linux.uidMappings", "oci/mapping",
                         "mappings without a user namespace in linux.namespaces");
    if (user->given && !user->path && (l->uids.count == 0 || l->gids.count == 0))
        json_bind_refuse(b, l->uids.count == 0 ? "linux.uidMappings" : "linux.gidMappings", "oci/mapping",
                         "a new user namespace needs mappings");
    if (user->path && l->uids.count + l->gids.count > 0)
        json_bind_warn(b, "linux.uidMappings", "oci/mapping",
                       "the user namespace at %.200s has its own mappings, these have no effect", user->path);
    if ((l->boottime.given || l->monotonic.given) &&
        (!l->namespaces[OCI_NAMESPACE_TIME].given || l->namespaces[OCI_NAMESPACE_TIME].path))
        json_bind_refuse(b, "linux.timeOffsets", "oci/namespace",
                         "needs a new time namespace in linux.namespaces");
    if (l->net_device_count > 0 && !l->namespaces[OCI_NAMESPACE_NETWORK].given)
        json_bind_refuse(b, "linux.netDevices", "oci/namespace",
                         "needs a network namespace in linux.namespaces");
}

static void check_config(struct json_binder *b, void *base)
{
    const struct oci_config *c = base;
    check_name(b, "hostname", c->hostname);
    check_name(b, "domainname", c->domainname);
    check_namespaces(b, c);
}

#define CONFIG(member) .offset = offsetof(struct oci_config, member)
static const char other_system[] = "not supported: it is for another operating system";
static const struct json_row config_rows[] = {
    {.name = "ociVersion", .type = &type_version, CONFIG(version), .required = true},
    {.name = "root", .type = &json_shape_struct, .detail = &root_table, .required = true},
    {.name = "process", .type = &type_process, CONFIG(process), .detail = &oci_process_table},
    {.name = "hostname", .type = &json_shape_text, CONFIG(hostname)},
    {.name = "domainname", .type = &json_shape_text, CONFIG(domainname)},
    {.name = "mounts",
     .type = &json_shape_list,
     CONFIG(mounts),
     .count_offset = offsetof(struct oci_config, mount_count),
     .detail = &oci_mount_table},
    {.name = "hooks", .type = &json_shape_struct, .detail = &hooks_table},
    {.name = "annotations", .type = &json_shape_map, CONFIG(annotations)},
    {.name = "linux",
     .type = &json_shape_struct,
     CONFIG(platform),
     .detail = &oci_linux_table,
     .required = true},
    {.name = "solaris", .type = &json_shape_refused, .detail = other_system},
    {.name = "windows", .type = &json_shape_refused, .detail = other_system},
    {.name = "vm",
     .type = &json_shape_refused,
     .detail = "not supported: this runtime makes no virtual machines"},
    {.name = "zos", .type = &json_shape_refused, .detail = other_system},
    {.name = "freebsd", .type = &json_shape_refused, .detail = other_system},
    {0},
};
static const struct json_table config_table = {.rows = config_rows, .check = check_config};

int oci_config_parse(const char *name, const char *data, size_t size, const struct oci_reports *reports,
                     struct oci_config *ret_config)
{
    struct json_binder b = {.document = name, .report = reports->errors, .warnings = reports->warnings};
    struct oci_config config = {0};
    int r = json_bind(&b, data, size, &config_table, &config);
    if (r == 0)
        *ret_config = config;
    return r;
}

void oci_config_free(struct oci_config *c)
{
    json_bind_release(&config_table, c);
    *c = (struct oci_config){0};
}
