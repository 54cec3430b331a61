/* SPDX-License-Identifier: Apache-2.0 */
/* unroot-init own [-n] USER:GROUP DIR..: the ownership walker by itself. */
#include "init/files.h"
#include "init/identity.h"
#include "init/options.h"
#include "init/verbs.h"
#include "init/walk_config.h"

#include <string.h>

enum { DRY_RUN = 1, ALWAYS, FROM, ALLOW_ROOT, HELP };

static const struct option_row rows[] = {
    {'n', "dry-run", NULL, DRY_RUN, "say what would be changed, change nothing"},
    {'a', "always", NULL, ALWAYS, "walk although the top folder is right"},
    {'f', "from", "OWNERS", FROM, "change only what belongs to these users (app,1000)"},
    {0, "allow-root", NULL, ALLOW_ROOT, "accept uid 0 and gid 0 as the owner"},
    {'h', "help", NULL, HELP, "this text"},
};

struct own {
    struct walk walk;
    const char *from;
    bool allow_root, help;
};

static int read_options(struct options *o, struct own *own, struct failure *f)
{
    const char *value;
    int id;
    while ((id = options_next(o, &value, f)) > 0) {
        if (id == DRY_RUN)
            own->walk.dry_run = true;
        else if (id == ALWAYS)
            own->walk.when = WALK_ALWAYS;
        else if (id == FROM)
            own->from = value;
        else if (id == ALLOW_ROOT)
            own->allow_root = true;
        else
            own->help = true;
    }
    return id;
}

static int resolve_owner(const char *spec, struct own *own, struct failure *f)
{
    struct accounts accounts;
    struct identity owner;
    int r = accounts_read(&accounts, f);
    if (r < 0)
        return r;
    r = identity_resolve(spec, &accounts, own->allow_root, &owner, f);
    own->walk.uid = owner.uid;
    own->walk.gid = owner.gid;
    if (r == 0 && own->from)
        r = walk_add_owners(&own->walk, span_of(own->from), &accounts, f);
    accounts_free(&accounts);
    return r;
}

int own_run(char **words, char *const *environment, struct failure *f)
{
    struct own own = {.walk = {.when = WALK_ON_MISMATCH}};
    struct options o = {.program = "own", .rows = rows, .row_count = ARRAY_SIZE(rows), .words = words};
    (void)environment;
    int r = read_options(&o, &own, f);
    if (r < 0)
        return r;
    if (own.help) {
        print_text("usage: unroot-init own [-na] [--from OWNERS] USER[:GROUP] DIR..\n");
        options_print(rows, ARRAY_SIZE(rows));
        return 0;
    }
    if (!o.words[0] || !o.words[1])
        return fail_usage(f, "usage: unroot-init own [-na] [--from OWNERS] USER[:GROUP] DIR..");
    r = resolve_owner(o.words[0], &own, f);
    if (r < 0)
        return r;
    int status = 0;
    for (char **folder = o.words + 1; *folder; folder++) {
        struct walk_result result;
        r = walk_tree(*folder, &own.walk, &result, f);
        if (r < 0)
            return r;
        walk_report(*folder, &own.walk, &result);
        if (result.skipped[SKIP_FAILED] > 0)
            status = EXIT_SYSTEM;
    }
    return status;
}
