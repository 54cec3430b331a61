/* SPDX-License-Identifier: Apache-2.0 */
/* First line: an image's User; the rest: its only layer, a tar stream. Properties: a list that was ended is
 * read whole, and no path in it leads out; a user that the resolver takes for uid 0 in the layer's own passwd
 * is never called anything better than root. */
#include "audit/image_input.h"
#include "audit/image_layers.h"
#include "audit/tree_checks.h"
#include "formats/user_spec.h"
#include "listing/listing.h"

#include <archive.h>
#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *const wanted[] = {"etc/passwd",      "etc/group", "etc/shadow", "etc/sudoers",
                               "etc/sudoers.d/*", "etc",       "entrypoint", TREE_ROOT_RUN_PATHS};

/* The list of a tar stream; NULL: damaged. */
static char *list_of(const void *tar, size_t size, size_t *ret_size)
{
    char *list = NULL;
    struct archive *a = archive_read_new();
    FILE *out = open_memstream(&list, ret_size);
    if (!a || !out)
        abort();
    int r = archive_read_support_format_tar(a) < ARCHIVE_WARN;
    r = r ? r : archive_read_open_memory(a, tar, size) != ARCHIVE_OK;
    r = r ? r : listing_write(a, wanted, (int)ARRAY_SIZE(wanted), out);
    fclose(out);
    archive_read_free(a);
    if (r == 0)
        return list;
    free(list);
    return NULL;
}

static void check_paths(const struct image_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        const char *p = tree->entries[i].path;
        if (p[0] == '/')
            abort();
        for (const char *dots = strstr(p, ".."); dots; dots = strstr(dots + 1, ".."))
            if ((dots == p || dots[-1] == '/') && (dots[2] == '/' || dots[2] == '\0'))
                abort();
    }
}

static bool is_root(const struct image_facts *facts)
{
    autoidentity struct identity identity = {0};
    struct failure failure = {0};
    struct user_spec_input input = {.rules = USER_RULES_OCI,
                                    .spec = facts->user,
                                    .accounts = {.passwd = facts->passwd,
                                                 .passwd_size = strlen(facts->passwd),
                                                 .group = facts->group,
                                                 .group_size = strlen(facts->group)}};
    return user_spec_resolve(&input, &identity, &failure) == 0 && identity.uid == 0;
}

static void check_verdict(struct audit *a, struct image_tree *tree, const char *user)
{
    static const char *entrypoint[] = {"/entrypoint"};
    struct image_facts facts = {
        .known = true, .user = user, .entrypoint = entrypoint, .entrypoint_count = 1, .command_known = true};
    if (image_use_tree(&a->result->arena, tree, &facts) < 0 ||
        image_judge_facts(a, "layer", "image", &facts) < 0)
        abort();
    for (size_t i = 0; i < a->result->subject_count; i++) {
        const struct subject *s = a->result->subjects[i];
        bool fine = s->verdict == VERDICT_NONROOT || s->verdict == VERDICT_ENFORCED;
        if (fine && (is_root(&facts) || (s->has_uid && s->uid == 0)))
            abort();
    }
    image_facts_free(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    size_t skipped = end ? (size_t)(end - data) + 1 : 0, length = 0;
    struct audit_request request = {0};
    struct audit_result result = {0};
    struct audit a = {.request = &request, .result = &result, .catalog = {.arena = &result.arena}};
    struct image_tree tree = {.arena = &result.arena};
    if (size == 0 || !end || skipped > 128)
        return 0;
    char *list = list_of(data + skipped, size - skipped, &length);
    if (list) {
        int r = image_tree_add(&tree, list, length);
        if (r < 0 && r != -E2BIG)
            abort();
        check_paths(&tree);
        if (r == 0)
            check_verdict(&a, &tree, arena_copy(&result.arena, (const char *)data, skipped - 1));
    }
    free(list);
    catalog_free(&a.catalog);
    result_free(&result);
    return 0;
}
