/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/scope.h"

#include "formats/systemd_property.h"
#include "kernel/process.h"
#include "oci/scope_program.h"

#include <string.h>

#ifndef UNROOT_SYSTEMD
#define UNROOT_SYSTEMD 0
#endif

bool scope_is_supported(void)
{
    return UNROOT_SYSTEMD;
}

static int check_host(struct failure *failure)
{
    if (!UNROOT_SYSTEMD)
        return refuse(
            failure, -EOPNOTSUPP,
            "cannot use systemd cgroups manager: this unroot-runtime was built without it; let the engine "
            "use cgroupfs");
    if (cgroup_detect() == CGROUP_V2)
        return 0;
    return refuse(
        failure, -EOPNOTSUPP,
        "cannot use systemd cgroups manager: it needs control groups of version 2 alone at /sys/fs/cgroup, "
        "and this host has version 1; let the engine use " SCOPE_OTHER_DRIVER);
}

/* Delegated, so that systemd keeps its hands off what the container makes below, and has every controller. */
static int add_own(struct scope *s, const char *id)
{
    static const struct {
        const char *name, *type, *value;
    } rows[] = {
        {"CollectMode", "s", "inactive-or-failed"},
        {"DefaultDependencies", "b", "0"},
        {"IOAccounting", "b", "1"},
        {"MemoryAccounting", "b", "1"},
        {"TasksAccounting", "b", "1"},
    };
    char description[SYSTEMD_UNIT_SIZE];
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rows); i++)
        r = systemd_property_set(&s->properties, rows[i].name, rows[i].type, rows[i].value);
    (void)snprintf(description, sizeof(description), "unroot container %s", id); /* cut: for people */
    if (r == 0)
        r = systemd_property_set(&s->properties, "Description", "s", description);
    if (r == 0 && !s->unit.is_slice)
        r = systemd_property_set(&s->properties, "Slice", "s", s->unit.slice);
    return r == 0 && !s->unit.is_slice ? systemd_property_set(&s->properties, "Delegate", "b", "1") : r;
}

static int add_annotations(struct scope *s, const struct strings *annotations, struct failure *failure)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < annotations->count; i++) {
        const char *named = string_after(annotations->items[i], SYSTEMD_ANNOTATION);
        const char *equals = named ? strchr(named, '=') : NULL;
        if (!equals)
            continue;
        autofree char *name = strndup(named, (size_t)(equals - named));
        r = name ? systemd_property_from_annotation(&s->properties, name, equals + 1, failure)
                 : fail(failure, -ENOMEM, "the annotations");
    }
    return r;
}

int scope_plan(const struct runtime *rt, const struct bundle *b, struct cgroup_spec *spec,
               struct scope *ret_scope, struct failure *failure)
{
    autoscope struct scope s = SCOPE_EMPTY;
    const struct oci_config *config = &b->config;
    s.of_user = rt->of_user;
    int r = check_host(failure);
    if (r == 0)
        r = systemd_unit_parse(config->platform.cgroups_path, spec->id, s.of_user, &s.unit, failure);
    if (r == 0 && add_own(&s, spec->id) < 0)
        r = fail(failure, -ENOMEM, "the properties");
    if (r == 0)
        r = systemd_property_from_resources(&s.properties, &config->platform.resources, failure);
    if (r == 0)
        r = add_annotations(&s, &config->annotations, failure);
    s.one_task = spec->limits.pids_max == 1 && !s.unit.is_slice;
    if (r == 0 && s.one_task && systemd_property_set_number(&s.properties, "TasksMax", 2) < 0)
        r = fail(failure, -ENOMEM, "the properties");
    if (r < 0)
        return r;
    if (s.one_task)
        spec->limits.pids_max = 2;
    spec->managed = true;
    *ret_scope = s;
    s = (struct scope)SCOPE_EMPTY;
    return 0;
}

int scope_start(struct scope *s, char ret_path[CGROUP_PATH_MAX], struct failure *failure)
{
    const struct scope_program program = {"start", s->unit.name, &s->properties, s->of_user};
    autofree char *group = NULL;
    int fds[2];
    int r = scope_program_hold(&program, &group, fds, failure);
    if (r < 0)
        return r;
    s->holder_fd = fds[0];
    s->release_fd = fds[1];
    s->started = true;
    const char *path = group + strspn(group, "/");
    if (strlen(path) == 0 || strlen(path) >= CGROUP_PATH_MAX)
        return refuse(failure, -EBADMSG, "systemd put the unit %s into the control group \"%.200s\"",
                      s->unit.name, group);
    memcpy(ret_path, path, strlen(path) + 1);
    return 0;
}

/* Waits until it is out of the container's group. */
static void scope_release(struct scope *s)
{
    if (s->release_fd >= 0)
        (void)close(TAKE_FD(s->release_fd));
    if (s->holder_fd < 0)
        return;
    ignore(process_wait(s->holder_fd)); /* it has nothing left that could fail */
    (void)close(TAKE_FD(s->holder_fd));
}

int scope_settle(struct scope *s, struct failure *failure)
{
    autostrings struct strings properties = {0};
    const struct scope_program program = {"set", s->unit.name, &properties, s->of_user};
    scope_release(s);
    if (!s->one_task)
        return 0;
    if (systemd_property_set_number(&properties, "TasksMax", 1) < 0)
        return fail(failure, -ENOMEM, "the properties");
    return scope_program_run(&program, failure); /* systemd writes the file, and again when it is reloaded */
}

static int stop(const char *unit, bool of_user, struct failure *failure)
{
    const struct scope_program program = {"stop", unit, NULL, of_user};
    return scope_program_run(&program, failure);
}

void scope_undo(struct scope *s)
{
    struct failure ignored = {0};
    scope_release(s);
    if (s->started)
        ignore(stop(s->unit.name, s->of_user, &ignored)); /* a scope that is empty goes by itself too */
    s->started = false;
}

void scope_close(struct scope *s)
{
    scope_release(s);
    strings_free(&s->properties);
    *s = (struct scope)SCOPE_EMPTY;
}

int scope_update(const struct container *c, const struct oci_resources *resources, struct failure *failure)
{
    autostrings struct strings properties = {0};
    const struct scope_program program = {"set", c->record.unit, &properties, c->record.unit_of_user};
    if (!c->record.unit)
        return 0;
    int r = systemd_property_from_resources(&properties, resources, failure);
    return r == 0 && properties.count > 0 ? scope_program_run(&program, failure) : r;
}

int scope_stop(const struct container *c, struct failure *failure)
{
    return c->record.unit ? stop(c->record.unit, c->record.unit_of_user, failure) : 0;
}
