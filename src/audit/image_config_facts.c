/* SPDX-License-Identifier: Apache-2.0 */
/* An image's configuration as facts, and an image as a subject. */
#include "audit/image_input.h"

#include "audit/tree_checks.h"
#include "audit/workload.h"

#include <errno.h>
#include <string.h>

static int copy_list(struct arena *arena, const struct strings *from, const char ***ret_list,
                     size_t *ret_count)
{
    const char **list = arena_allocate(arena, (from->count + 1) * sizeof(*list));
    if (!list)
        return -ENOMEM;
    for (size_t i = 0; i < from->count; i++)
        list[i] = arena_string(arena, from->items[i]);
    *ret_list = list;
    *ret_count = from->count;
    return 0;
}

int facts_of_config(struct arena *arena, const char *name, const struct image_config *config,
                    struct image_facts *ret_facts)
{
    struct image_facts f = {.reference = arena_string(arena, name), .known = true, .command_known = true};
    f.user = config->user ? arena_string(arena, config->user) : "";
    f.workdir = arena_string(arena, config->workdir);
    f.chain = arena_allocate(arena, sizeof(*f.chain));
    if (!f.chain)
        return -ENOMEM;
    f.chain[0].what = f.user[0] ? arena_printf(arena, "image %s: User \"%s\"", name, f.user)
                                : arena_printf(arena, "image %s", name);
    f.chain_count = 1;
    int r = copy_list(arena, &config->entrypoint, &f.entrypoint, &f.entrypoint_count);
    r = r < 0 ? r : copy_list(arena, &config->command, &f.command, &f.command_count);
    r = r < 0 ? r : copy_list(arena, &config->volumes, &f.volumes, &f.volume_count);
    r = r < 0 ? r : copy_list(arena, &config->ports, &f.ports, &f.port_count);
    r = r < 0 ? r : copy_list(arena, &config->on_build, &f.triggers, &f.trigger_count);
    r = r < 0 ? r : strings_copy(&f.environment, &config->environment);
    if (r < 0) {
        image_facts_free(&f);
        return r;
    }
    *ret_facts = f;
    return 0;
}

int image_judge_facts(struct audit *a, const char *file, const char *name, const struct image_facts *facts)
{
    struct arena *arena = &a->result->arena;
    struct subject *s = result_add_subject(a->result, SUBJECT_IMAGE, arena_printf(arena, "%s#%s", file, name),
                                           (struct place){.file = arena_string(arena, file)});
    struct judgement j;
    if (!s)
        return -ENOMEM;
    s->name = arena_string(arena, name);
    struct judge_request request = {
        .result = a->result, .subject = s, .image = facts, .host_passwd = a->request->host_passwd};
    int r = judge_user(&request, &j);
    if (r < 0)
        return r;
    struct tree_question question = {.subject = s, .image = facts};
    r = tree_check(a, &question);
    if (r < 0)
        return r;
    for (size_t i = 0; i < facts->port_count && s->verdict == VERDICT_NONROOT; i++)
        if (port_is_low(facts->ports[i]))
            (void)subject_find(
                a->result, s, NR209, s->place,
                arena_printf(arena,
                             "port %s: docker and podman allow it, Kubernetes and host networking "
                             "do not",
                             facts->ports[i]));
    for (size_t i = 0; i < facts->trigger_count; i++) {
        struct resolved_user user;
        if (strncmp(facts->triggers[i], "USER ", 5) != 0)
            continue;
        user_resolve(arena, facts, facts->triggers[i] + 5, &user);
        if (user.resolution == RESOLUTION_KNOWN && user.uid == 0)
            (void)subject_find(
                a->result, s, NR112, s->place,
                arena_printf(arena, "ONBUILD %s: images built from this one are root", facts->triggers[i]));
    }
    return 0;
}
