/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/rlimit_spec.h"
#include "base/closest.h"
#include "base/number.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#define PREFIX "RLIMIT_"

struct resource_row {
    int resource;
    const char *name; /* RLIMIT_X */
    const char *word; /* as --ulimit has it */
};

static const struct resource_row rows[] = {
    {RLIMIT_AS, PREFIX "AS", "as"},
    {RLIMIT_CORE, PREFIX "CORE", "core"},
    {RLIMIT_CPU, PREFIX "CPU", "cpu"},
    {RLIMIT_DATA, PREFIX "DATA", "data"},
    {RLIMIT_FSIZE, PREFIX "FSIZE", "fsize"},
    {RLIMIT_LOCKS, PREFIX "LOCKS", "locks"},
    {RLIMIT_MEMLOCK, PREFIX "MEMLOCK", "memlock"},
    {RLIMIT_MSGQUEUE, PREFIX "MSGQUEUE", "msgqueue"},
    {RLIMIT_NICE, PREFIX "NICE", "nice"},
    {RLIMIT_NOFILE, PREFIX "NOFILE", "nofile"},
    {RLIMIT_NPROC, PREFIX "NPROC", "nproc"},
    {RLIMIT_RSS, PREFIX "RSS", "rss"},
    {RLIMIT_RTPRIO, PREFIX "RTPRIO", "rtprio"},
    {RLIMIT_RTTIME, PREFIX "RTTIME", "rttime"},
    {RLIMIT_SIGPENDING, PREFIX "SIGPENDING", "sigpending"},
    {RLIMIT_STACK, PREFIX "STACK", "stack"},
};

int rlimit_resource(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (strcasecmp(rows[i].word, name) == 0 || strcasecmp(rows[i].name, name) == 0)
            return rows[i].resource;
    return -EINVAL;
}

const char *rlimit_resource_name(int resource)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].resource == resource)
            return rows[i].name;
    return NULL;
}

static int read_value(const char *text, uint64_t *ret_value)
{
    if (streq(text, "-1") || streq(text, "unlimited")) {
        *ret_value = RLIMIT_SPEC_UNLIMITED;
        return 0;
    }
    return number_parse(text, INT64_MAX, ret_value);
}

static int refuse_name(const char *text, const char *name, struct failure *f)
{
    const char *words[ARRAY_SIZE(rows)];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        words[i] = rows[i].word;
    const char *near = closest_word(name, words, ARRAY_SIZE(rows));
    return refuse(f, -EINVAL, "--ulimit %s: invalid ulimit type: %s%s%s", text, name,
                  near ? "; did you mean " : "", near ? near : "");
}

int rlimit_spec_parse(const char *text, struct rlimit_spec *ret_limit, struct failure *f)
{
    autofree char *copy = strdup(text);
    if (!copy)
        return fail(f, -ENOMEM, "--ulimit %s", text);
    char *soft = strchr(copy, '=');
    if (!soft)
        return refuse(f, -EINVAL, "--ulimit %s: expected NAME=SOFT[:HARD]", text);
    *soft++ = '\0';
    char *hard = strchr(soft, ':');
    if (hard)
        *hard++ = '\0';
    struct rlimit_spec limit = {.resource = rlimit_resource(copy)};
    if (limit.resource < 0)
        return refuse_name(text, copy, f);
    if (read_value(soft, &limit.soft) < 0 || read_value(hard ? hard : soft, &limit.hard) < 0)
        return refuse(f, -EINVAL, "--ulimit %s: expected NAME=SOFT[:HARD], a number or -1 each", text);
    if (limit.soft > limit.hard)
        return refuse(f, -EINVAL, "--ulimit %s: the soft limit is above the hard limit", text);
    *ret_limit = limit;
    return 0;
}
