/* SPDX-License-Identifier: Apache-2.0 */
#include "init/personality.h"

#include "init/files.h"

#include <string.h>

static const struct personality personalities[] = {
    {"gosu", gosu_read},           {"su-exec", su_exec_read},  {"tini", tini_read},
    {"tini-static", tini_read},    {"docker-init", tini_read}, {"dumb-init", dumb_init_read},
    {"catatonit", catatonit_read}, {"setpriv", setpriv_read},  {"s6-setuidgid", setuidgid_read},
    {"setuidgid", setuidgid_read}, {"chpst", chpst_read},
};

const struct personality *personality_find(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *name = slash ? slash + 1 : program;
    for (size_t i = 0; i < ARRAY_SIZE(personalities); i++)
        if (strcmp(personalities[i].name, name) == 0)
            return &personalities[i];
    return NULL;
}

int personality_take_command(char **words, struct request *r, struct failure *f)
{
    if (!words[0])
        return fail_usage(f, "no command to run");
    r->command = words;
    return READING_RUN;
}
