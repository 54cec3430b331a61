/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/user.h"

#include "formats/user_spec.h"

#include <errno.h>
#include <string.h>

static struct accounts_text accounts_of(const struct image_facts *image)
{
    return (struct accounts_text){.passwd = image->passwd,
                                  .group = image->group,
                                  .passwd_size = image->passwd ? strlen(image->passwd) : 0,
                                  .group_size = image->group ? strlen(image->group) : 0};
}

/* With the whole of passwd and group at hand: exactly as the runtimes do it. */
static void resolve_known(struct arena *arena, const struct image_facts *image, const char *spec,
                          struct resolved_user *u)
{
    autoidentity struct identity identity = {0};
    struct failure failure = {0};
    struct user_spec_input input = {.rules = USER_RULES_OCI, .spec = spec, .accounts = accounts_of(image)};
    if (user_spec_resolve(&input, &identity, &failure) < 0) {
        u->resolution = RESOLUTION_FAILS;
        u->why = arena_string(arena, failure.text);
        return;
    }
    u->resolution = RESOLUTION_KNOWN;
    u->uid = identity.uid;
    u->gid = identity.gid;
    u->has_gid = true;
    u->has_entry = identity.name != NULL;
    u->home = arena_string(arena, identity.home);
}

static bool was_made(const struct image_facts *image, const char *name)
{
    for (size_t i = 0; i < image->made_count; i++)
        if (streq(image->made[i], name))
            return true;
    return false;
}

/* The group part without a whole group file. */
static void resolve_group(const struct image_facts *image, const char *group, struct resolved_user *u)
{
    autoaccounts struct accounts accounts = {0};
    struct accounts_text text = accounts_of(image);
    struct failure failure = {0};
    int64_t number;
    int r = accounts_parse_integer(group, &number);
    if (r == 0 && number >= 0 && number <= ACCOUNTS_ID_MAX) {
        u->gid = (uint32_t)number;
        u->has_gid = true;
    } else if (r == 0 || r == -ERANGE) {
        u->resolution = RESOLUTION_FAILS;
        u->why = "uids and gids must be in range 0-2147483647";
    } else if (streq(group, "root")) {
        u->has_gid = true;
    } else if (accounts_read(&text, &accounts, &failure) == 0) {
        const struct account_group *g = accounts_find_group(&accounts, group);
        u->has_gid = g && !g->gid.bad;
        u->gid = u->has_gid ? (uint32_t)g->gid.value : 0;
    }
}

/* A name against the lines that are known; what is not among them is not known. */
static void resolve_name(struct arena *arena, const struct image_facts *image, const char *name,
                         struct resolved_user *u)
{
    autoaccounts struct accounts accounts = {0};
    struct accounts_text text = accounts_of(image);
    struct failure failure = {0};
    const struct account *a = NULL;
    if (!image->accounts_tainted && accounts_read(&text, &accounts, &failure) == 0)
        a = accounts_find_user(&accounts, name);
    if (a && !a->uid.bad) {
        u->resolution = RESOLUTION_KNOWN;
        u->uid = (uint32_t)a->uid.value;
        u->gid = (uint32_t)a->gid.value;
        u->has_gid = !a->gid.bad;
        u->has_entry = true;
        u->home = arena_string(arena, a->home);
    } else if (streq(name, "root")) {
        u->resolution = RESOLUTION_KNOWN; /* an image whose root has another uid is none that we know */
        u->has_gid = true;
    } else if (was_made(image, name) && !image->accounts_tainted) {
        u->resolution = RESOLUTION_NONROOT;
        u->has_entry = true;
    } else {
        u->resolution = RESOLUTION_UNKNOWN;
        u->why = arena_printf(arena, "%.100s is a name, and the image's /etc/passwd is not at hand", name);
    }
}

static void resolve_partly(struct arena *arena, const struct image_facts *image, const char *spec,
                           struct resolved_user *u)
{
    const char *colon = strchr(spec, ':');
    const char *name = colon ? arena_copy(arena, spec, (size_t)(colon - spec)) : spec;
    int64_t number = 0;
    int r = name[0] == '\0' ? 0 : accounts_parse_integer(name, &number);
    if (r == -ERANGE || (r == 0 && (number < 0 || number > ACCOUNTS_ID_MAX))) {
        u->resolution = RESOLUTION_FAILS;
        u->why = "uids and gids must be in range 0-2147483647";
    } else if (r == 0) {
        u->resolution = RESOLUTION_KNOWN;
        u->uid = (uint32_t)number;
        u->has_gid = u->uid == 0;
    } else {
        resolve_name(arena, image, name, u);
    }
    if (colon && colon[1] != '\0' && u->resolution != RESOLUTION_FAILS) {
        u->has_gid = false;
        resolve_group(image, arena_copy(arena, colon + 1, strcspn(colon + 1, ":")), u);
    }
}

void user_resolve(struct arena *arena, const struct image_facts *image, const char *spec,
                  struct resolved_user *ret_user)
{
    struct resolved_user u = {.why = ""};
    const char *colon = strchr(spec, ':');
    const char *name = arena_copy(arena, spec, colon ? (size_t)(colon - spec) : strlen(spec));
    int64_t number;
    u.gid_is_given = colon && colon[1] != '\0' && colon[1] != ':';
    u.is_name = name[0] != '\0' && accounts_parse_integer(name, &number) == -EINVAL;
    bool whole = image->accounts_known && !image->accounts_tainted;
    if (whole && !was_made(image, name))
        resolve_known(arena, image, spec, &u);
    else
        resolve_partly(arena, image, spec, &u);
    *ret_user = u;
}

const struct known_file *image_facts_find_file(const struct image_facts *facts, const char *path)
{
    for (size_t i = facts->file_count; i-- > 0;)
        if (streq(facts->files[i].path, path))
            return &facts->files[i];
    return NULL;
}

void image_facts_free(struct image_facts *facts)
{
    strings_free(&facts->environment);
    *facts = (struct image_facts){0};
}
