/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/auth_challenge.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char token_characters[] =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char token68_characters[] =
    "-._~+/0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

struct cursor {
    const char *at;
};

static void skip_spaces(struct cursor *c)
{
    c->at += strspn(c->at, " \t");
}

/* Also empty elements of a list: ", ,". */
static void skip_separators(struct cursor *c)
{
    c->at += strspn(c->at, " \t,");
}

/* A quoted-string's content or a token; the caller frees it. */
static int take_value(struct cursor *c, char **ret_value)
{
    bool quoted = *c->at == '"';
    const char *from = c->at + quoted;
    size_t length = quoted ? 0 : strspn(from, token_characters);
    if (!quoted) {
        c->at = from + length;
        if (length == 0 || length > AUTH_PARAMETER_MAX)
            return -EBADMSG;
        *ret_value = strndup(from, length);
        return *ret_value ? 0 : -ENOMEM;
    }
    autofree char *value = malloc(AUTH_PARAMETER_MAX + 1);
    if (!value)
        return -ENOMEM;
    for (; *from != '"'; from++) {
        from += *from == '\\';
        if (*from < ' ' || *from > '~' || length == AUTH_PARAMETER_MAX) /* the end of the string too */
            return -EBADMSG;
        value[length++] = *from;
    }
    value[length] = '\0';
    c->at = from + 1;
    *ret_value = strdup(value);
    return *ret_value ? 0 : -ENOMEM;
}

/* One that nobody asked for is read and forgotten. */
static int keep_parameter(struct auth_challenge *into, const char *name, size_t length, char *value)
{
    struct {
        const char *name;
        char **place;
    } const known[] = {{"realm", &into->realm},
                       {"service", &into->service},
                       {"scope", &into->scope},
                       {"error", &into->error}};
    autofree char *owned = value;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (strlen(known[i].name) != length || strncasecmp(known[i].name, name, length) != 0)
            continue;
        if (*known[i].place)
            return -EBADMSG;
        *known[i].place = TAKE_PTR(owned);
    }
    return 0;
}

/* Parameters up to the next scheme: `name = value` as long as a name is followed by '='. */
static int take_parameters(struct cursor *c, struct auth_challenge *into)
{
    for (;;) {
        struct cursor next = *c;
        skip_separators(&next);
        const char *name = next.at;
        size_t length = strspn(name, token_characters);
        next.at += length;
        skip_spaces(&next);
        if (length == 0 || *next.at != '=')
            return 0;
        next.at++;
        skip_spaces(&next);
        char *value = NULL;
        int r = take_value(&next, &value);
        if (r == 0)
            r = keep_parameter(into, name, length, value);
        if (r < 0)
            return r;
        skip_spaces(&next);
        if (*next.at != ',' && *next.at != '\0')
            return -EBADMSG;
        *c = next;
    }
}

/* "Negotiate YII=": what stands behind a scheme and is no parameter. */
static void skip_token68(struct cursor *c)
{
    struct cursor next = *c;
    skip_spaces(&next);
    size_t length = strspn(next.at, token68_characters);
    next.at += length;
    next.at += strspn(next.at, "=");
    skip_spaces(&next);
    if (length > 0 && (*next.at == ',' || *next.at == '\0'))
        *c = next;
}

/* Of two Bearer challenges the first counts; `from` is empty afterwards or the caller's still. */
static void keep_first(struct auth_challenge *into, struct auth_challenge *from)
{
    if (into->bearer)
        return;
    bool basic = into->basic;
    *into = *from;
    into->basic = basic;
    *from = (struct auth_challenge){0};
}

static int take_challenge(struct cursor *c, struct auth_challenge *found)
{
    const char *scheme = c->at;
    size_t length = strspn(scheme, token_characters);
    if (length == 0)
        return -EBADMSG;
    c->at += length;
    if (*c->at != ' ' && *c->at != ',' && *c->at != '\0')
        return -EBADMSG;
    autochallenge struct auth_challenge one = {
        .basic = length == 5 && strncasecmp(scheme, "Basic", length) == 0,
        .bearer = length == 6 && strncasecmp(scheme, "Bearer", length) == 0,
    };
    if (*c->at == ' ') {
        skip_token68(c);
        int r = take_parameters(c, &one);
        if (r < 0)
            return r;
    }
    found->basic |= one.basic;
    if (one.bearer && one.realm)
        keep_first(found, &one);
    return 0;
}

static int parse(const char *value, struct auth_challenge *found)
{
    struct cursor c = {value};
    if (strnlen(value, AUTH_CHALLENGE_MAX + 1) > AUTH_CHALLENGE_MAX)
        return -EBADMSG;
    for (;;) {
        skip_separators(&c);
        if (*c.at == '\0')
            return 0;
        int r = take_challenge(&c, found);
        if (r < 0)
            return r;
        skip_spaces(&c);
        if (*c.at != ',' && *c.at != '\0')
            return -EBADMSG;
    }
}

int auth_challenge_add(struct auth_challenge *challenge, const char *value)
{
    autochallenge struct auth_challenge found = {0};
    int r = parse(value, &found);
    if (r < 0)
        return r;
    challenge->basic |= found.basic;
    if (found.bearer)
        keep_first(challenge, &found);
    return 0;
}

void auth_challenge_free(struct auth_challenge *challenge)
{
    free(challenge->realm);
    free(challenge->service);
    free(challenge->scope);
    free(challenge->error);
    *challenge = (struct auth_challenge){0};
}
