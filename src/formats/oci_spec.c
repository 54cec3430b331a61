/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_spec.h"
#include "formats/json.h"
#include "formats/oci_version.h"

#include <errno.h>
#include <string.h>

/* The defaults of runtime-spec config.md and config-linux.md ("Default Filesystems"). Strict JSON but for the
 * quotes, which are ' here. */
static const char document[] =
    "{'ociVersion': '" OCI_VERSION "',"
    " 'process': {'terminal': true, 'user': {'uid': 0, 'gid': 0}, 'args': ['sh'],"
    "  'env': ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],"
    "  'cwd': '/',"
    "  'capabilities': {"
    "   'bounding': ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'],"
    "   'effective': ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'],"
    "   'permitted': ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE']},"
    "  'rlimits': [{'type': 'RLIMIT_NOFILE', 'hard': 1024, 'soft': 1024}],"
    "  'noNewPrivileges': true},"
    " 'root': {'path': 'rootfs', 'readonly': true},"
    " 'hostname': 'unroot',"
    " 'mounts': ["
    "  {'destination': '/proc', 'type': 'proc', 'source': 'proc'},"
    "  {'destination': '/dev', 'type': 'tmpfs', 'source': 'tmpfs',"
    "   'options': ['nosuid', 'strictatime', 'mode=755', 'size=65536k']},"
    "  {'destination': '/dev/pts', 'type': 'devpts', 'source': 'devpts',"
    "   'options': ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']},"
    "  {'destination': '/dev/shm', 'type': 'tmpfs', 'source': 'shm',"
    "   'options': ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k']},"
    "  {'destination': '/dev/mqueue', 'type': 'mqueue', 'source': 'mqueue',"
    "   'options': ['nosuid', 'noexec', 'nodev']},"
    "  {'destination': '/sys', 'type': 'sysfs', 'source': 'sysfs',"
    "   'options': ['nosuid', 'noexec', 'nodev', 'ro']},"
    "  {'destination': '/sys/fs/cgroup', 'type': 'cgroup', 'source': 'cgroup',"
    "   'options': ['nosuid', 'noexec', 'nodev', 'relatime', 'ro']}],"
    " 'linux': {"
    "  'resources': {'devices': [{'allow': false, 'access': 'rwm'}]},"
    "  'namespaces': [{'type': 'pid'}, {'type': 'network'}, {'type': 'ipc'}, {'type': 'uts'},"
    "   {'type': 'mount'}, {'type': 'cgroup'}],"
    "  'maskedPaths': ['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats',"
    "   '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', '/sys/firmware', '/proc/scsi'],"
    "  'readonlyPaths': ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']}}";

static int parse_document(const char *quoted, struct json_object **ret_object)
{
    autofree char *text = strdup(quoted);
    if (!text)
        return -ENOMEM;
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\'')
            *p = '"';
    return json_parse("spec", text, strlen(text), NULL, ret_object);
}

static int add_mapping(struct json_object *platform, const char *key, uint32_t host_id)
{
    struct json_object *list = json_object_new_array(), *mapping = NULL;
    int r = json_put(platform, key, list);
    if (r == 0)
        r = parse_document("{'containerID': 0, 'size': 1}", &mapping);
    if (r == 0)
        r = json_put_u64(mapping, "hostID", host_id);
    if (r == 0 && json_object_array_add(list, mapping) == 0)
        return 0;
    json_object_put(mapping);
    return r < 0 ? r : -ENOMEM;
}

/* What an ordinary user cannot have: the network's sysfs, devpts' group, limits. */
static int make_rootless_mounts(struct json_object *document_object)
{
    static const char sys_bind[] = "{'destination': '/sys', 'type': 'none', 'source': '/sys',"
                                   " 'options': ['rbind', 'nosuid', 'noexec', 'nodev', 'ro']}";
    static const char pts[] =
        "{'destination': '/dev/pts', 'type': 'devpts', 'source': 'devpts',"
        " 'options': ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620']}";
    struct json_object *mounts = json_get_array(document_object, "mounts");
    size_t count = mounts ? json_object_array_length(mounts) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *at = json_get_string(json_object_array_get_idx(mounts, i), "destination");
        const char *other = at && strcmp(at, "/sys") == 0 ? sys_bind : NULL;
        if (at && strcmp(at, "/dev/pts") == 0)
            other = pts;
        struct json_object *mount = NULL;
        int r = other ? parse_document(other, &mount) : 0;
        if (r == 0 && mount && json_object_array_put_idx(mounts, i, mount) < 0) {
            json_object_put(mount);
            r = -ENOMEM;
        }
        if (r < 0)
            return r;
    }
    return 0;
}

static int make_rootless(struct json_object *document_object, const struct oci_spec_request *request)
{
    struct json_object *platform = json_get_object(document_object, "linux"), *namespaces = NULL;
    int r = make_rootless_mounts(document_object);
    if (r == 0)
        r = parse_document("[{'type': 'pid'}, {'type': 'ipc'}, {'type': 'uts'}, {'type': 'mount'},"
                           " {'type': 'cgroup'}, {'type': 'user'}]",
                           &namespaces);
    if (r == 0)
        r = json_put(platform, "namespaces", namespaces);
    if (r == 0)
        r = add_mapping(platform, "uidMappings", request->uid);
    if (r == 0)
        r = add_mapping(platform, "gidMappings", request->gid);
    json_object_object_del(platform, "resources");
    return r;
}

int oci_spec_write(const struct oci_spec_request *request, char **ret_text)
{
    autojson struct json_object *object = NULL;
    int r = parse_document(document, &object);
    if (r == 0 && request->rootless)
        r = make_rootless(object, request);
    if (r < 0)
        return r;
    *ret_text = json_write(object, true);
    return *ret_text ? 0 : -ENOMEM;
}
