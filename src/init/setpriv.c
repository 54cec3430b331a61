/* SPDX-License-Identifier: Apache-2.0 */
/* setpriv(1) of util-linux, the options that entrypoints use. Capabilities can only be taken away here: one
 * that asks to keep or add some is refused, and the drop is always the whole one. */
#include "init/duration.h"
#include "init/files.h"
#include "init/personality.h"

#include <string.h>

enum { HELP = 1, VERSION, USER, GROUP, BOTH, CLEAR, KEEP, INIT, LIST, CAPS, NNP, RESET, DEATH, SECUREBITS };

static const struct option_row rows[] = {
    {0, "reuid", "USER", USER, NULL},
    {0, "regid", "GROUP", GROUP, NULL},
    {0, "ruid", "USER", BOTH, NULL},
    {0, "euid", "USER", BOTH, NULL},
    {0, "rgid", "GROUP", BOTH, NULL},
    {0, "egid", "GROUP", BOTH, NULL},
    {0, "clear-groups", NULL, CLEAR, NULL},
    {0, "keep-groups", NULL, KEEP, NULL},
    {0, "init-groups", NULL, INIT, NULL},
    {0, "groups", "LIST", LIST, NULL},
    {0, "inh-caps", "CAPS", CAPS, NULL},
    {0, "ambient-caps", "CAPS", CAPS, NULL},
    {0, "bounding-set", "CAPS", CAPS, NULL},
    {0, "no-new-privs", NULL, NNP, NULL},
    {0, "nnp", NULL, NNP, NULL},
    {0, "reset-env", NULL, RESET, NULL},
    {0, "pdeathsig", "SIGNAL", DEATH, NULL},
    {0, "securebits", "BITS", SECUREBITS, NULL},
    {'h', "help", NULL, HELP, NULL},
    {'V', "version", NULL, VERSION, NULL},
};

static int check_capabilities(const char *list, struct failure *f)
{
    for (struct span rest = span_of(list); rest.data;) {
        struct span word = span_cut(&rest, ',');
        if (word.length == 0 || word.data[0] != '-')
            return fail_usage(f,
                              "%s asks for a capability: a program behind unroot-init holds none (ports "
                              "below 1024 need net.ipv4.ip_unprivileged_port_start=0 or `listen`)",
                              list);
    }
    return 0;
}

static int read_death_signal(const char *value, struct request *r, struct failure *f)
{
    if (strcmp(value, "keep") == 0 || strcmp(value, "clear") == 0) {
        r->death_signal = strcmp(value, "clear") == 0 ? -1 : 0;
        return 0;
    }
    r->death_signal = signal_parse(span_of(value));
    return r->death_signal < 0 ? fail_usage(f, "--pdeathsig %s: no such signal", value) : 0;
}

static int apply_option(int id, const char *value, struct request *r, struct failure *f)
{
    switch (id) {
    case USER:
        r->user_spec = value;
        return 0;
    case GROUP:
        r->group = value;
        return 0;
    case BOTH:
        return fail_usage(f,
                          "real and effective ids that differ are a way back to root: use --reuid, --regid");
    case CLEAR:
        r->groups = GROUPS_NONE;
        return 0;
    case KEEP:
        r->groups = GROUPS_KEEP;
        return 0;
    case INIT:
        r->groups = GROUPS_OF_SPEC;
        return 0;
    case LIST:
        r->groups = GROUPS_LIST;
        return request_add_groups(r, value, ',', f);
    case CAPS:
        return check_capabilities(value, f);
    case RESET:
        r->account = ACCOUNT_RESET;
        return 0;
    case DEATH:
        return read_death_signal(value, r, f);
    default: /* no_new_privs and the securebits are set in any case */
        return 0;
    }
}

int setpriv_read(char **words, char *const *environment, struct request *r, struct failure *f)
{
    struct options o = {.program = "setpriv", .rows = rows, .row_count = ARRAY_SIZE(rows), .words = words};
    const char *value;
    int id;
    (void)environment;
    r->account = ACCOUNT_KEEP;
    r->exact_group = true;
    r->groups = GROUPS_KEEP;
    while ((id = options_next(&o, &value, f)) > 0) {
        if (id == HELP || id == VERSION) {
            print("unroot-init %s (as setpriv): --reuid --regid --clear-groups --keep-groups --init-groups "
                  "--groups --inh-caps=-all --ambient-caps=-all --bounding-set=-all --nnp --reset-env "
                  "--pdeathsig\n",
                  UNROOT_VERSION);
            return READING_DONE;
        }
        int result = apply_option(id, value, r, f);
        if (result < 0)
            return result;
    }
    return id < 0 ? id : personality_take_command(o.words, r, f);
}
