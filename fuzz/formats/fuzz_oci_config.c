/* SPDX-License-Identifier: Apache-2.0 */
/* Property: what is refused has a finding and leaves nothing behind; what is read keeps the rules that the
 * runtime relies on: something to execute, absolute paths, mappings without overlap, limits in order. */
#include "formats/oci_config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition)
        abort();
}

static void check_process(const struct oci_process *p)
{
    check(p->args.count > 0 && p->args.items[0][0] != '\0' && p->cwd && p->cwd[0] == '/');
    check(p->user.uid != UINT32_MAX && p->user.gid != UINT32_MAX);
    for (size_t i = 0; i < p->user.group_count; i++)
        check(p->user.groups[i] != UINT32_MAX);
    for (size_t i = 0; i < p->rlimit_count; i++)
        check(p->rlimits[i].soft <= p->rlimits[i].hard);
    for (size_t i = 0; i < p->environment.count; i++)
        check(strchr(p->environment.items[i], '=') > p->environment.items[i]);
}

static void check_mappings(const struct oci_mappings *m)
{
    struct id_map map = {0};
    for (size_t i = 0; i < m->count; i++)
        check(id_map_add(&map, m->items[i]) == 0);
}

static void check_config(const struct oci_config *c)
{
    check(c->version && c->root_path && c->platform.namespaces[OCI_NAMESPACE_MOUNT].given);
    if (c->has_process)
        check_process(&c->process);
    check_mappings(&c->platform.uids);
    check_mappings(&c->platform.gids);
    for (size_t i = 0; i < c->mount_count; i++) {
        const struct oci_mount *m = &c->mounts[i];
        check(m->destination && m->destination[0] == '/' && !strstr(m->destination, "/../"));
        check(!m->is_bind || m->source || m->options.remount);
        check_mappings(&m->uids);
    }
    for (int k = 0; k < OCI_HOOK_COUNT; k++)
        for (size_t i = 0; i < c->hooks[k].count; i++)
            check(c->hooks[k].items[i].path && c->hooks[k].items[i].path[0] == '/');
    for (size_t i = 0; i < c->platform.resources.unified.count; i++)
        check(strcspn(c->platform.resources.unified.items[i], "/") >=
              strcspn(c->platform.resources.unified.items[i], "="));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct oci_config nothing;
    autoreport struct report errors = {0}, warnings = {0};
    const struct oci_reports reports = {&errors, &warnings};
    autociconfig struct oci_config c = {0};
    autociprocess struct oci_process p = {0};
    autociresources struct oci_resources r = {0};
    const char *text = (const char *)data;
    if (oci_config_parse("c", text, size, &reports, &c) == 0)
        check_config(&c);
    else
        check(errors.count > 0 && memcmp(&c, &nothing, sizeof(c)) == 0);
    size_t before = errors.count + errors.dropped;
    if (oci_process_parse("p", text, size, &reports, &p) == 0)
        check_process(&p);
    else
        check(errors.count + errors.dropped > before);
    before = errors.count + errors.dropped;
    if (oci_resources_parse("r", text, size, &reports, &r) < 0)
        check(errors.count + errors.dropped > before);
    return 0;
}
