/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/sudoers.h"

#include "base/number.h"
#include "base/text.h"
#include "formats/dockerfile_words.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define ALIAS_DEPTH_MAX 8

struct sudoers {
    const char *text;
    const struct sudo_user *user;
    struct strings aliases; /* User_Alias NAME=a,b,c */
    bool no_authentication; /* Defaults !authenticate */
};

static bool has_gid(const struct sudo_user *u, uint64_t gid)
{
    for (size_t i = 0; i < u->gid_count; i++)
        if (u->gids[i] == gid)
            return true;
    return false;
}

static bool matches_list(const struct sudoers *s, const char *list, unsigned depth);

/* One item of a user list: name, #uid, %group, %#gid, ALL, an alias, !not. */
static bool matches_item(const struct sudoers *s, const char *item, unsigned depth)
{
    uint64_t number;
    if (item[0] == '!')
        return false;
    if (streq(item, "ALL"))
        return true;
    if (item[0] == '%' && item[1] == '#')
        return number_parse(item + 2, UINT32_MAX, &number) == 0 && has_gid(s->user, number);
    if (item[0] == '%')
        return s->user->groups && strings_contain(s->user->groups, item + 1);
    if (item[0] == '#')
        return number_parse(item + 1, UINT32_MAX, &number) == 0 && number == s->user->uid;
    const char *alias = depth < ALIAS_DEPTH_MAX ? strings_get_variable(&s->aliases, item) : NULL;
    return alias ? matches_list(s, alias, depth + 1) : streq(item, s->user->name);
}

static bool matches_list(const struct sudoers *s, const char *list, unsigned depth)
{
    while (*list != '\0') {
        size_t n = strcspn(list, ",");
        autofree char *item = strndup(list, n);
        autofree char *trimmed = item ? words_trim(item) : NULL;
        if (trimmed && matches_item(s, trimmed, depth))
            return true;
        list += n + (list[n] == ',');
    }
    return false;
}

/* The next logical line: continued lines joined, comments gone. NULL at the end or without memory. */
static char *next_line(const char **at, unsigned *line, unsigned *ret_line)
{
    autotext struct text text = {0};
    if (**at == '\0')
        return NULL;
    *ret_line = *line;
    for (bool more = true; more && **at != '\0';) {
        size_t n = strcspn(*at, "\n"), length = n;
        more = n > 0 && (*at)[n - 1] == '\\';
        text_append_n(&text, *at, more ? length - 1 : length);
        *at += n;
        if (**at == '\n') {
            ++*at;
            ++*line;
        }
    }
    char *joined = text_take(&text);
    for (char *p = joined; p && *p != '\0'; p++)
        if (*p == '#' && !(isdigit((unsigned char)p[1]) || strncmp(p, "#include", 8) == 0)) {
            *p = '\0';
            break;
        }
    return joined;
}

/* "a, b ALL = ..": the user list ends at the first blank that no comma stands before or after. */
static size_t user_list_length(const char *line)
{
    size_t n = 0;
    for (;;) {
        n += strcspn(line + n, " \t");
        size_t blank = strspn(line + n, " \t");
        bool comma_before = n > 0 && line[n - 1] == ',', comma_after = line[n + blank] == ',';
        if (line[n] == '\0' || (!comma_before && !comma_after))
            return n;
        n += blank + comma_after;
        n += strspn(line + n, " \t");
    }
}

/* "ONE = a, b : TWO = c" */
static int read_alias(struct sudoers *s, const char *line)
{
    int r = 0;
    for (size_t n; r == 0 && *line != '\0'; line += n + (line[n] == ':')) {
        n = strcspn(line, ":");
        const char *equals = memchr(line, '=', n);
        autofree char *name = equals ? strndup(line, (size_t)(equals - line)) : NULL;
        autofree char *trimmed = name ? words_trim(name) : NULL;
        if (trimmed)
            r = strings_addf(&s->aliases, "%s=%.*s", trimmed, (int)(line + n - equals - 1), equals + 1);
    }
    return r;
}

static int read_aliases(struct sudoers *s)
{
    const char *at = s->text;
    unsigned line = 1, begin;
    int r = 0;
    for (char *text; r == 0 && (text = next_line(&at, &line, &begin));) {
        autofree char *owned = text;
        const char *p = owned + strspn(owned, " \t");
        const char *alias = string_after(p, "User_Alias");
        const char *defaults = string_after(p, "Defaults");
        if (alias)
            r = read_alias(s, alias);
        if (defaults && strstr(defaults, "!authenticate"))
            s->no_authentication = true;
    }
    return r;
}

int sudoers_find_nopasswd(const char *text, const struct sudo_user *user, unsigned *ret_line, char **ret_rule)
{
    struct sudoers s = {.text = text, .user = user};
    const char *at = text;
    unsigned line = 1, begin;
    int r = read_aliases(&s);
    for (char *one; r == 0 && (one = next_line(&at, &line, &begin));) {
        autofree char *owned = one;
        const char *p = owned + strspn(owned, " \t");
        if (*p == '\0' || string_after(p, "Defaults") || string_after(p, "User_Alias") || *p == '@' ||
            string_after(p, "#include") || string_after(p, "Host_Alias") || string_after(p, "Runas_Alias") ||
            string_after(p, "Cmnd_Alias") || string_after(p, "Cmd_Alias"))
            continue;
        autofree char *users = strndup(p, user_list_length(p));
        bool free_of_password = strstr(p, "NOPASSWD:") || strstr(p, "NOPASSWD :") || s.no_authentication;
        if (!users || !strchr(p, '=') || !free_of_password || !matches_list(&s, users, 0))
            continue;
        *ret_line = begin;
        *ret_rule = words_trim(p);
        r = *ret_rule ? 1 : -ENOMEM;
    }
    strings_free(&s.aliases);
    return r;
}

/* NAME, UID, :GROUP or :GID of doas.conf. */
static bool doas_is_meant(const struct sudo_user *user, const char *who)
{
    uint64_t number;
    bool group = who[0] == ':', is_number = number_parse(who + group, UINT32_MAX, &number) == 0;
    if (group && user->groups && strings_contain(user->groups, who + 1))
        return true;
    if (is_number)
        return group ? has_gid(user, number) : number == user->uid;
    return !group && streq(who, user->name);
}

/* permit nopass [keepenv] [setenv {..}] identity [as target] [cmd ..]; the last line that matches decides. */
int doas_find_nopass(const char *text, const struct sudo_user *user, unsigned *ret_line, char **ret_rule)
{
    const char *at = text;
    unsigned line = 1, begin;
    char *found = NULL;
    for (char *one; (one = next_line(&at, &line, &begin));) {
        autofree char *owned = one;
        autostrings struct strings words = {0};
        if (words_split_blank(owned, &words) < 0) {
            free(found);
            return -ENOMEM;
        }
        bool permit = words.count > 1 && streq(words.items[0], "permit"), nopass = false, braces = false;
        bool deny = words.count > 1 && streq(words.items[0], "deny");
        const char *who = NULL;
        for (size_t i = 1; i < words.count && !who; i++) {
            const char *w = words.items[i];
            nopass = nopass || streq(w, "nopass");
            braces = (braces || strchr(w, '{')) && !strchr(w, '}');
            if (!streq(w, "nopass") && !streq(w, "persist") && !streq(w, "keepenv") && !streq(w, "setenv") &&
                !streq(w, "nolog") && !braces && !strpbrk(w, "{}"))
                who = w;
        }
        if (!who || (!permit && !deny) || !doas_is_meant(user, who))
            continue;
        free(found);
        found = permit && nopass ? words_trim(owned) : NULL;
        if (permit && nopass && !found)
            return -ENOMEM;
        *ret_line = begin;
    }
    *ret_rule = found;
    return found ? 1 : 0;
}
