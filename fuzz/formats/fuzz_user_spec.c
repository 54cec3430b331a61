/* SPDX-License-Identifier: Apache-2.0 */
/* Input: specification, NUL, passwd, NUL, group. Property: uid 0 comes only from a spelling of uid 0
 * (nothing, the number, or a name whose first passwd line says so), judged by a second, simpler reading of
 * the file; the engine's rules never take a uid from a field that is no number, nor gid 0 for a uid without
 * an entry. */
#include "formats/user_spec.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The uid field of the first line whose name is `name`: 1 zero, 0 another number, -1 no number, -2 no such
 * line. */
static int first_uid_field(const char *passwd, size_t size, const char *name)
{
    for (const char *line = passwd, *end = passwd + size; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        autofree char *copy = strndup(line, (size_t)(stop - line));
        bool whole = !memchr(line, '\0', (size_t)(stop - line));
        line = stop + 1;
        if (!copy)
            return -2;
        char *text = copy, *last;
        text += strspn(text, " \t\v\f\r");
        for (last = text + strlen(text); last > text && strchr(" \t\v\f\r", last[-1]); last--)
            last[-1] = '\0';
        if (!whole || text[0] == '\0')
            continue;
        char *rest = text, *field = strsep(&rest, ":");
        if (strcmp(field, name) != 0)
            continue;
        (void)strsep(&rest, ":");
        field = rest ? strsep(&rest, ":") : NULL;
        int64_t value;
        if (!field || accounts_parse_integer(field, &value) < 0)
            return -1;
        return value == 0;
    }
    return -2;
}

static void check_root(const char *spec, const struct accounts_text *text, enum user_rules rules)
{
    size_t length = strcspn(spec, ":");
    autofree char *user = strndup(spec, length);
    int64_t number;
    if (!user || (user[0] == '\0' && (rules == USER_RULES_OCI || spec[0] == '\0')))
        return;
    if (accounts_parse_integer(user, &number) == 0 ? number == 0 : false)
        return;
    int field = accounts_parse_integer(user, &number) == 0
                    ? 0
                    : first_uid_field(text->passwd, text->passwd_size, user);
    if (field != 1 && !(field == -1 && rules == USER_RULES_OCI))
        abort();
}

static void resolve(const char *spec, const struct accounts_text *text, enum user_rules rules)
{
    struct user_spec_input input = {.rules = rules, .spec = spec, .accounts = *text};
    autoidentity struct identity i = {0};
    struct failure f = {0};
    if (user_spec_resolve(&input, &i, &f) < 0) {
        if (f.text[0] == '\0' || i.home)
            abort();
        return;
    }
    if (i.uid > ACCOUNTS_ID_MAX || i.gid > ACCOUNTS_ID_MAX || !i.home || !i.shell || i.home[0] == '\0')
        abort();
    for (size_t k = 0; k < i.group_count; k++)
        for (size_t n = 0; n < k; n++)
            if (i.groups[k] == i.groups[n] || i.groups[k] > ACCOUNTS_ID_MAX)
                abort();
    if (i.uid == 0)
        check_root(spec, text, rules);
    else if (rules == USER_RULES_ENGINE && i.gid == 0 && i.gid_origin == IDENTITY_DEFAULT)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *spec = (const char *)data, *end = spec + size;
    const char *passwd = size ? memchr(spec, '\0', size) : NULL;
    if (!passwd)
        return 0;
    passwd++;
    const char *group = memchr(passwd, '\0', (size_t)(end - passwd));
    struct accounts_text text = {.passwd = passwd, .passwd_size = (size_t)((group ? group : end) - passwd)};
    text.group = group ? group + 1 : NULL;
    text.group_size = group ? (size_t)(end - group - 1) : 0;
    resolve(spec, &text, USER_RULES_OCI);
    resolve(spec, &text, USER_RULES_ENGINE);
    return 0;
}
