/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_features.h"
#include "formats/capability.h"
#include "formats/json_section.h"
#include "formats/oci_config.h"
#include "formats/oci_version.h"

#include <errno.h>

/* A name of a list, NULL behind the last. */
typedef const char *name_at(size_t i);

static const char *hook_at(size_t i)
{
    return i < OCI_HOOK_COUNT ? oci_hook_name((enum oci_hook_kind)i) : NULL;
}

static const char *namespace_at(size_t i)
{
    return i < OCI_NAMESPACE_COUNT ? oci_namespace_name((enum oci_namespace_kind)i) : NULL;
}

static const char *capability_at(size_t i)
{
    return capability_name((int)i);
}

static const char *mount_option_at(size_t i)
{
    return oci_mount_option_names()[i];
}

static const char *action_at(size_t i)
{
    /* "KILL" is the older word for the last of them. */
    size_t count = 0;
    while (seccomp_action_names()[count])
        count++;
    return i < count ? seccomp_action_names()[i] : i == count ? "SCMP_ACT_KILL" : NULL;
}

static const char *operator_at(size_t i)
{
    return seccomp_compare_names()[i];
}

static const char *architecture_at(size_t i)
{
    return seccomp_architecture_names()[i];
}

static const char *flag_at(size_t i)
{
    return seccomp_flag_names()[i];
}

/* What an engine should not let an image or a stranger set. */
static const char *unsafe_annotation_at(size_t i)
{
    static const char *const names[] = {"org.unroot.", NULL};
    return names[i];
}

static int put_names(struct json_object *object, const char *key, name_at *name)
{
    autostrings struct strings list = {0};
    for (size_t i = 0; name(i); i++) {
        int r = strings_add(&list, name(i));
        if (r < 0)
            return r;
    }
    return json_put_strings(object, key, &list);
}

/* An object {"enabled": value} below `key`. */
static int put_enabled(struct json_object *object, const char *key, bool value)
{
    struct json_object *inner = json_object_new_object();
    int r = json_put(object, key, inner);
    return r == 0 ? json_put_bool(inner, "enabled", value) : r;
}

static int put_cgroup(struct json_object *object, const struct oci_features *f)
{
    struct json_object *cgroup = json_object_new_object();
    int r = json_put(object, "cgroup", cgroup);
    if (r == 0)
        r = json_put_bool(cgroup, "v1", f->cgroup_v1);
    if (r == 0)
        r = json_put_bool(cgroup, "v2", f->cgroup_v2);
    if (r == 0)
        r = json_put_bool(cgroup, "systemd", f->cgroup_systemd);
    if (r == 0)
        r = json_put_bool(cgroup, "systemdUser", f->cgroup_systemd_user);
    return r == 0 ? json_put_bool(cgroup, "rdma", f->cgroup_rdma) : r;
}

static int put_seccomp(struct json_object *object, const struct oci_features *f)
{
    struct json_object *seccomp = json_object_new_object();
    int r = json_put(object, "seccomp", seccomp);
    if (r == 0)
        r = json_put_bool(seccomp, "enabled", f->seccomp);
    if (r < 0 || !f->seccomp)
        return r;
    r = put_names(seccomp, "actions", action_at);
    if (r == 0)
        r = put_names(seccomp, "operators", operator_at);
    if (r == 0)
        r = put_names(seccomp, "archs", architecture_at);
    if (r == 0)
        r = put_names(seccomp, "knownFlags", flag_at);
    if (r < 0)
        return r;
    return f->seccomp_flags ? json_put_strings(seccomp, "supportedFlags", f->seccomp_flags)
                            : put_names(seccomp, "supportedFlags", flag_at);
}

static int put_memory_policy(struct json_object *object, const struct oci_features *f)
{
    if (!f->memory_policy)
        return 0;
    struct json_object *policy = json_object_new_object();
    int r = json_put(object, "memoryPolicy", policy);
    if (r == 0)
        r = put_names(policy, "modes", oci_memory_mode_name);
    return r == 0 ? put_names(policy, "flags", oci_memory_flag_name) : r;
}

static int put_absent_rdt(struct json_object *object)
{
    struct json_object *rdt = json_object_new_object();
    int r = json_put(object, "intelRdt", rdt);
    if (r == 0)
        r = json_put_bool(rdt, "enabled", false);
    if (r == 0)
        r = json_put_bool(rdt, "schemata", false);
    return r == 0 ? json_put_bool(rdt, "monitoring", false) : r;
}

static int put_linux(struct json_object *object, const struct oci_features *f)
{
    struct json_object *platform = json_object_new_object();
    int r = json_put(object, "linux", platform);
    if (r == 0)
        r = put_names(platform, "namespaces", namespace_at);
    if (r == 0)
        r = put_names(platform, "capabilities", capability_at);
    if (r == 0)
        r = put_cgroup(platform, f);
    if (r == 0)
        r = put_seccomp(platform, f);
    if (r == 0)
        r = put_enabled(platform, "apparmor", f->apparmor);
    if (r == 0)
        r = put_enabled(platform, "selinux", f->selinux);
    if (r == 0)
        r = put_absent_rdt(platform);
    if (r == 0)
        r = put_memory_policy(platform, f);
    struct json_object *extensions = json_object_new_object();
    if (r < 0) {
        json_object_put(extensions);
        return r;
    }
    r = json_put(platform, "mountExtensions", extensions);
    if (r == 0)
        r = put_enabled(extensions, "idmap", f->idmap);
    return r == 0 ? put_enabled(platform, "netDevices", f->net_devices) : r;
}

int oci_features_write(const struct oci_features *features, char **ret_text)
{
    autojson struct json_object *object = json_object_new_object();
    if (!object)
        return -ENOMEM;
    int r = json_put_string(object, "ociVersionMin", OCI_VERSION_MIN);
    if (r == 0)
        r = json_put_string(object, "ociVersionMax", OCI_VERSION);
    if (r == 0)
        r = put_names(object, "hooks", hook_at);
    if (r == 0)
        r = put_names(object, "mountOptions", mount_option_at);
    if (r == 0)
        r = put_linux(object, features);
    if (r == 0 && features->annotations)
        r = json_put_map(object, "annotations", features->annotations);
    if (r == 0)
        r = put_names(object, "potentiallyUnsafeConfigAnnotations", unsafe_annotation_at);
    if (r < 0)
        return r;
    *ret_text = json_write(object, true);
    return *ret_text ? 0 : -ENOMEM;
}
