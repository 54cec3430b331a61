/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include "base/closest.h"
#include "base/text.h"
#include "cli/verbs.h"

#include <errno.h>
#include <string.h>

const struct command *const commands[] = {
    &cmd_run,
    &cmd_create,
    &cmd_start,
    &cmd_stop,
    &cmd_restart,
    &cmd_kill,
    &cmd_rm,
    &cmd_ps,
    &cmd_port,
    &cmd_exec,
    &cmd_attach,
    &cmd_logs,
    &cmd_wait,
    &cmd_inspect,
    &cmd_top,
    &cmd_stats,
    &cmd_rename,
    &cmd_pause,
    &cmd_unpause,
    &cmd_update,
    &cmd_images,
    &cmd_rmi,
    &cmd_tag,
    &cmd_build,
    &cmd_import,
    &cmd_load,
    &cmd_history,
    &cmd_save,
    &cmd_commit,
    &cmd_cp,
    &cmd_diff,
    &cmd_export,
    &cmd_pull,
    &cmd_push,
    &cmd_login,
    &cmd_logout,
    &cmd_search_tags,
    &cmd_manifest_inspect,
    &cmd_volume_create,
    &cmd_volume_ls,
    &cmd_volume_rm,
    &cmd_volume_prune,
    &cmd_container_prune,
    &cmd_container_cleanup,
    &cmd_builder_prune,
    &cmd_image_prune,
    &cmd_image_tree,
    &cmd_system_prune,
    &cmd_audit,
    &cmd_info,
    &cmd_setup,
    &cmd_version,
    &cmd_completion,
    NULL,
};

const struct command_group command_groups[] = {
    {"builder", "The build cache: prune, and build"},
    {"container", "Containers: the verbs above, and prune"}, {"image", "Images: the verbs above, and prune"},
    {"manifest", "Manifests at a registry: inspect"},        {"system", "The whole: prune, info"},
    {"volume", "Volumes: create, ls, inspect, rm, prune"},   {NULL, NULL},
};

const struct command_alias command_aliases[] = {
    {"builder build", "build", NULL},
    {"buildx build", "build", NULL},
    {"container attach", "attach", NULL},
    {"container commit", "commit", NULL},
    {"container cp", "cp", NULL},
    {"container create", "create", NULL},
    {"container diff", "diff", NULL},
    {"container exec", "exec", NULL},
    {"container export", "export", NULL},
    {"container inspect", "inspect", "--type=container"},
    {"container kill", "kill", NULL},
    {"container list", "ps", NULL},
    {"container logs", "logs", NULL},
    {"container ls", "ps", NULL},
    {"container pause", "pause", NULL},
    {"container port", "port", NULL},
    {"container ps", "ps", NULL},
    {"container remove", "rm", NULL},
    {"container rename", "rename", NULL},
    {"container restart", "restart", NULL},
    {"container rm", "rm", NULL},
    {"container run", "run", NULL},
    {"container start", "start", NULL},
    {"container stats", "stats", NULL},
    {"container stop", "stop", NULL},
    {"container top", "top", NULL},
    {"container unpause", "unpause", NULL},
    {"container update", "update", NULL},
    {"container wait", "wait", NULL},
    {"image build", "build", NULL},
    {"image history", "history", NULL},
    {"image import", "import", NULL},
    {"image inspect", "inspect", "--type=image"},
    {"image list", "images", NULL},
    {"image load", "load", NULL},
    {"image pull", "pull", NULL},
    {"image push", "push", NULL},
    {"image ls", "images", NULL},
    {"image remove", "rmi", NULL},
    {"image rm", "rmi", NULL},
    {"image save", "save", NULL},
    {"image tag", "tag", NULL},
    {"system info", "info", NULL},
    {"volume inspect", "inspect", "--type=volume"},
    {"volume list", "volume ls", NULL},
    {"volume remove", "volume rm", NULL},
    {NULL, NULL, NULL},
};

static const struct command *find_exact(const char *name)
{
    for (const struct command *const *c = commands; *c; c++)
        if (streq((*c)->name, name))
            return *c;
    return NULL;
}

static bool match_name(const char *name, struct command_match *match)
{
    match->command = find_exact(name);
    if (match->command)
        return true;
    for (const struct command_alias *a = command_aliases; a->name; a++)
        if (streq(a->name, name)) {
            match->command = find_exact(a->target);
            match->flag = a->flag;
            return match->command != NULL;
        }
    return false;
}

static const struct command_group *find_group(const char *name)
{
    for (const struct command_group *g = command_groups; g->name; g++)
        if (streq(g->name, name))
            return g;
    return NULL;
}

/* Names that may have been meant: with `group`, the second words of its verbs, else the first words. */
static int list_names(const struct command_group *group, struct strings *ret_names)
{
    autofree char *prefix = NULL;
    int r = 0;
    if (group && asprintf(&prefix, "%s ", group->name) < 0)
        return -ENOMEM;
    for (const struct command *const *c = commands; *c && r == 0; c++) {
        const char *name = prefix ? string_after((*c)->name, prefix) : (*c)->name;
        if (name && !(*c)->hidden && (group || !strchr(name, ' ')))
            r = strings_add(ret_names, name);
    }
    for (const struct command_alias *a = command_aliases; a->name && r == 0; a++) {
        const char *name = prefix ? string_after(a->name, prefix) : a->name;
        if (name && (group || !strchr(name, ' ')))
            r = strings_add(ret_names, name);
    }
    for (const struct command_group *g = command_groups; !group && g->name && r == 0; g++)
        r = strings_add(ret_names, g->name);
    return r;
}

static int refuse_unknown(const char *name, const char *last_word, const struct command_group *group,
                          struct failure *failure)
{
    autostrings struct strings names = {0};
    for (const char *const *absent = absent_commands; *absent; absent++)
        if (streq(*absent, name))
            return refuse(failure, -ENOTSUP, "\"%s\" is not there yet", name);
    int r = list_names(group, &names);
    if (r < 0)
        return fail(failure, r, "looking for the command");
    const char *near = closest_word(last_word, (const char *const *)names.items, names.count);
    if (near)
        return refuse(failure, -EINVAL, "unknown command \"%s\": did you mean \"%s%s%s\"?", name,
                      group ? group->name : "", group ? " " : "", near);
    return refuse(failure, -EINVAL, "unknown command \"%s\"", name);
}

int command_find(int count, char *const *words, struct command_match *ret_match, struct failure *failure)
{
    struct command_match match = {.words = 1};
    if (match_name(words[0], &match)) {
        *ret_match = match;
        return 0;
    }
    match.group = find_group(words[0]);
    if (!match.group)
        return refuse_unknown(words[0], words[0], NULL, failure);
    if (count < 2 || words[1][0] == '-') {
        *ret_match = match;
        return 0;
    }
    autofree char *name = NULL;
    if (asprintf(&name, "%s %s", words[0], words[1]) < 0)
        return fail(failure, -ENOMEM, "looking for the command");
    if (!match_name(name, &match))
        return refuse_unknown(name, words[1], match.group, failure);
    match.group = NULL;
    match.words = 2;
    *ret_match = match;
    return 0;
}
