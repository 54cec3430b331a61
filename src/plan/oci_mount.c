/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of an OCI configuration as rows of a start plan. */
#include "base/number.h"
#include "formats/file_mode.h"
#include "formats/path_text.h"
#include "plan/ids.h"
#include "plan/oci_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#define MODE_MAX 07777u

struct mount_job {
    const struct oci_plan_input *input;
    struct oci_plan *plan;
    const struct oci_mount *from;
    const struct oci_source_facts *facts;
    size_t index;
    struct mount_plan *to;
    struct failure *failure;
};

static int note(struct mount_job *j, const char *text)
{
    return strings_addf(&j->plan->notes, "mounts[%zu] at %.200s: %s", j->index, j->from->destination, text);
}

/* What every kind has. */
static int plan_common(struct mount_job *j)
{
    const struct oci_mount_options *o = &j->from->options;
    struct mount_plan *m = j->to;
    m->target = strdup(j->from->destination);
    m->attributes = o->set;
    m->cleared = o->clear;
    m->recursive_set = o->recursive_set;
    m->recursive_cleared = o->recursive_clear;
    if (o->propagation_count > 0) {
        m->propagations = calloc(o->propagation_count, sizeof(*m->propagations));
        if (!m->propagations)
            return -ENOMEM;
        memcpy(m->propagations, o->propagation, o->propagation_count * sizeof(*m->propagations));
        m->propagation_count = o->propagation_count;
    }
    return m->target ? 0 : -ENOMEM;
}

/* The configuration's mappings count as if ids inside were the host's, when it brings no user namespace. */
static int plan_own_idmap(struct mount_job *j, const struct oci_mappings *mappings,
                          const struct id_map *container, struct id_map **ret_map)
{
    autofree struct id_map *map = calloc(1, sizeof(*map));
    bool shifted = j->input->decision->ids == OCI_IDS_RANGE;
    int r = map ? 0 : -ENOMEM;
    if (r == 0 && mappings->count == 0) /* by the container's user namespace */
        *map = *container;
    for (size_t i = 0; r == 0 && i < mappings->count; i++) {
        struct id_extent e = mappings->items[i];
        if (shifted && (uint64_t)e.outside + e.count > RANGE_SIZE)
            return refuse(j->failure, -EINVAL,
                          "mounts[%zu]: its mappings name ids above %u, which the container does not have",
                          j->index, RANGE_SIZE - 1);
        e.outside += shifted ? j->input->range_first : 0;
        r = id_map_add(map, e);
    }
    if (r == 0 && j->input->decision->initial_userns && id_map_touches_outside(map, 0, 1))
        return refuse(j->failure, -EPERM, "mounts[%zu]: its mappings give files to the host's root",
                      j->index);
    if (r == 0 && map->count == 0)
        return refuse(j->failure, -EINVAL,
                      "mounts[%zu]: idmap without mappings, and no user namespace has any", j->index);
    if (r == 0)
        *ret_map = TAKE_PTR(map);
    return r;
}

/* By the owner of the source: what the engine does not know that it needs. */
static int plan_owner_idmap(struct mount_job *j, const char *source)
{
    const struct start_plan *start = &j->plan->start;
    const struct oci_process *process = &j->input->config->process;
    struct oci_bind_question question = {.binds = j->input->decision->binds,
                                         .container = &start->file_uids,
                                         .owner = j->facts->uid,
                                         .user =
                                             ids_later_user(&process->environment, process->user.uid, "UID"),
                                         .of_system = oci_bind_is_of_system(source),
                                         .kept = oci_bind_is_kept(source)};
    j->to->idmap_optional = true;
    j->to->uids = calloc(1, sizeof(*j->to->uids));
    j->to->gids = calloc(1, sizeof(*j->to->gids));
    if (!j->to->uids || !j->to->gids)
        return -ENOMEM;
    int r = oci_bind_map(&question, j->to->uids, j->failure);
    question.container = &start->file_gids;
    question.owner = j->facts->gid;
    question.user = ids_later_user(&process->environment, process->user.gid, "GID");
    return r < 0 ? r : oci_bind_map(&question, j->to->gids, j->failure);
}

static int plan_idmap(struct mount_job *j, const char *source)
{
    const struct oci_mount_options *o = &j->from->options;
    if (o->idmap != OCI_IDMAP_NONE) {
        int r = plan_own_idmap(j, &j->from->uids, &j->plan->start.file_uids, &j->to->uids);
        if (r == 0)
            r = plan_own_idmap(j, &j->from->gids, &j->plan->start.file_gids, &j->to->gids);
        j->to->idmap_recursive = o->idmap == OCI_IDMAP_RECURSIVE;
        return r;
    }
    if (j->input->decision->ids != OCI_IDS_RANGE || !j->facts->known)
        return 0;
    if (j->facts->idmappable)
        return plan_owner_idmap(j, source);
    return note(j, "its file system cannot be idmapped: files show as nobody's, and others' rights count");
}

static int plan_bind(struct mount_job *j)
{
    struct mount_plan *m = j->to;
    m->origin = MOUNT_OF_PATH;
    m->recursive = j->from->options.recursive;
    int r = path_text_join(j->input->bundle, j->from->source, &m->source);
    return r < 0 ? r : plan_idmap(j, m->source);
}

/* A file system of the kernel's that only shows a namespace which the container shares with the host: no
 * process without the host's rights can mount it, so the host's is shown, as it is there. */
static int plan_shown(struct mount_job *j, const char *source, bool read_only)
{
    struct mount_plan *m = j->to;
    m->origin = MOUNT_OF_PATH;
    m->recursive = true;
    m->source = strdup(source);
    if (read_only)
        m->recursive_set |= MOUNT_ATTR_RDONLY;
    int r = m->source ? 0 : -ENOMEM;
    return r < 0 ? r : note(j, "shows the host's, whose namespace the container is in");
}

static int plan_number(struct mount_job *j, const char *value, uint32_t max, uint32_t *ret_number)
{
    uint64_t number;
    int r = number_parse(value, max, &number);
    if (r < 0)
        return refuse(j->failure, -EINVAL, "mounts[%zu]: \"%.100s\" is no number", j->index, value);
    *ret_number = (uint32_t)number;
    return 0;
}

/* uid= and gid= of a tmpfs count inside; without maps they are as written. */
static int plan_owner(struct mount_job *j, const char *value, const struct id_map *map, uint32_t *ret_id)
{
    uint32_t inside = 0;
    int r = plan_number(j, value, ID_MAP_ID_MAX, &inside);
    if (r < 0)
        return r;
    if (map->count == 0)
        *ret_id = inside;
    else if (!id_map_to_outside(map, inside, ret_id))
        return refuse(j->failure, -EINVAL, "mounts[%zu]: id %u is not among the container's", j->index,
                      inside);
    return 0;
}

/* By hand: gcc 12 with sanitizers takes a string that is searched here for one of no bytes. */
static bool has_percent(const char *text)
{
    while (*text != '\0' && *text != '%')
        text++;
    return *text == '%';
}

static int plan_tmpfs_word(struct mount_job *j, const char *word)
{
    struct mount_plan *m = j->to;
    const char *value;
    uint64_t inodes;
    int r = 0;
    if ((value = string_after(word, "mode=")))
        r = file_mode_parse(value, MODE_MAX, &m->mode);
    else if ((value = string_after(word, "size=")) && !has_percent(value))
        r = number_parse_size(value, &m->size);
    else if ((value = string_after(word, "nr_inodes=")))
        m->inodes = (r = number_parse_size(value, &inodes)) == 0 ? inodes : 0;
    else if ((value = string_after(word, "uid=")))
        return plan_owner(j, value, &j->plan->start.file_uids, &m->uid);
    else if ((value = string_after(word, "gid=")))
        return plan_owner(j, value, &j->plan->start.file_gids, &m->gid);
    else
        return strings_add(&m->data, word);
    if (r == -ENOMEM)
        return r;
    return r < 0 ? refuse(j->failure, -EINVAL, "mounts[%zu]: \"%.100s\" cannot be read", j->index, word) : 0;
}

/* linux.mountLabel is for what this mount makes, not for what a bind shows (runtime-spec config-linux.md). */
static int plan_label(struct mount_job *j)
{
    const char *label = j->input->config->platform.mount_label;
    bool made = j->to->origin == MOUNT_OF_TMPFS || j->to->origin == MOUNT_OF_DEVPTS ||
                j->to->origin == MOUNT_OF_FILESYSTEM;
    return made && label && label[0] != '\0' ? strings_addf(&j->to->data, "context=%s", label) : 0;
}

static int plan_tmpfs(struct mount_job *j)
{
    const struct oci_mount_options *o = &j->from->options;
    struct mount_plan *m = j->to;
    m->origin = MOUNT_OF_TMPFS;
    m->mode = 01777; /* the kernel's own default, tmpfs(5) */
    m->uid = j->plan->start.host_base;
    m->gid = j->plan->start.host_group_base;
    m->copy_up_image = o->copy_up;
    for (size_t i = 0; i < o->data.count; i++) {
        int r = plan_tmpfs_word(j, o->data.items[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int plan_file_system(struct mount_job *j)
{
    struct mount_plan *m = j->to;
    m->origin = MOUNT_OF_FILESYSTEM;
    m->type = strdup(j->from->type);
    m->source = j->from->source ? strdup(j->from->source) : NULL;
    m->file_system_read_only = j->from->options.read_only;
    return m->type && (m->source || !j->from->source) ? 0 : -ENOMEM;
}

/* proc, sysfs, mqueue, cgroup, devpts: each shows a namespace. */
static int plan_kernel(struct mount_job *j)
{
    static const struct {
        const char *type;
        enum mount_origin origin;
        enum oci_namespace_kind space;
        const char *shown; /* where the host has it; NULL: nothing to show */
        bool read_only;
    } kinds[] = {
        {"proc", MOUNT_OF_PROC, OCI_NAMESPACE_PID, "/proc", false},
        {"sysfs", MOUNT_OF_SYSFS, OCI_NAMESPACE_NETWORK, "/sys", true},
        {"mqueue", MOUNT_OF_MQUEUE, OCI_NAMESPACE_IPC, NULL, false},
        {"cgroup", MOUNT_OF_CGROUP, OCI_NAMESPACE_CGROUP, NULL, false},
        {"cgroup2", MOUNT_OF_CGROUP, OCI_NAMESPACE_CGROUP, NULL, false},
        {"devpts", MOUNT_OF_DEVPTS, OCI_NAMESPACE_MOUNT, NULL, false},
    };
    bool own = j->input->decision->ids != OCI_IDS_HOST;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (!streq(j->from->type, kinds[i].type))
            continue;
        if (own && kinds[i].shown && oci_stays_outside(j->plan, kinds[i].space))
            return plan_shown(j, kinds[i].shown, kinds[i].read_only);
        j->to->origin = kinds[i].origin;
        return 0;
    }
    return -ENOENT;
}

static int plan_kind(struct mount_job *j)
{
    const struct oci_mount_options *o = &j->from->options;
    if (o->remount || (!j->from->is_bind && !j->from->type)) {
        j->to->origin = MOUNT_OF_REMOUNT;
        return 0;
    }
    if (j->from->is_bind)
        return plan_bind(j);
    int r = strings_copy(&j->to->flags, &o->flags);
    if (r < 0)
        return r;
    if (streq(j->from->type, "tmpfs"))
        return plan_tmpfs(j);
    r = strings_copy(&j->to->data, &o->data);
    if (r == 0)
        r = plan_kernel(j);
    return r == -ENOENT ? plan_file_system(j) : r;
}

int oci_plan_mount(const struct oci_plan_input *input, size_t index, struct oci_plan *plan,
                   struct failure *failure)
{
    static const struct oci_source_facts unknown = {0};
    struct mount_plan row = {0};
    struct mount_job job = {.input = input,
                            .plan = plan,
                            .from = &input->config->mounts[index],
                            .facts = input->sources ? &input->sources[index] : &unknown,
                            .index = index,
                            .to = &row,
                            .failure = failure};
    int r = plan_common(&job);
    if (r == 0)
        r = plan_kind(&job);
    if (r == 0)
        r = plan_label(&job);
    if (r == 0)
        return start_plan_add_mount(&plan->start, &row) < 0
                   ? fail(failure, -ENOMEM, "planning mounts[%zu]", index)
                   : 0;
    mount_plan_free(&row);
    return failure->error < 0 ? r : fail(failure, r, "planning mounts[%zu]", index);
}
