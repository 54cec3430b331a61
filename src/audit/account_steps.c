/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/account_steps.h"

#include "base/number.h"
#include "base/text.h"
#include "formats/accounts.h"
#include "formats/shell_word.h"

#include <errno.h>
#include <string.h>

/* Options with a value, of useradd(8), adduser(8) and busybox' adduser together; the others are switches. */
static const char *const valued[] = {
    "-b",         "-c",         "-d",        "-e",         "-f",      "-g",           "-G",         "-k",
    "-K",         "-p",         "-s",        "-u",         "-Z",      "-R",           "-h",         "-l",
    "-P",         "--base-dir", "--comment", "--home-dir", "--home",  "--expiredate", "--inactive", "--gid",
    "--groups",   "--skel",     "--key",     "--password", "--shell", "--uid",        "--ingroup",  "--gecos",
    "--firstuid", "--lastuid",  "--conf",    "--root",     "--login"};

struct account_command {
    const char *uid, *gid, *group, *home, *name, *second;
    bool uid_option_means_gid;
};

static bool takes_value(const char *option, bool busybox)
{
    if (streq(option, "-h")) /* busybox adduser: home; useradd: help */
        return busybox;
    for (size_t i = 0; i < ARRAY_SIZE(valued); i++)
        if (streq(option, valued[i]))
            return true;
    return false;
}

/* One option with its value; `value` NULL for a switch. */
static void take_option(struct account_command *c, const char *option, const char *value, bool busybox)
{
    bool group_tool = c->uid_option_means_gid;
    if (streq(option, "-u") || streq(option, "--uid"))
        c->uid = value;
    else if (streq(option, "-g") || streq(option, "--gid"))
        *(group_tool ? &c->uid : &c->group) = value;
    else if (busybox && (streq(option, "-G") || streq(option, "--ingroup")))
        c->group = value;
    else if (streq(option, "-d") || streq(option, "--home-dir") || streq(option, "--home") ||
             (busybox && streq(option, "-h")))
        c->home = value;
}

static void read_account_command(const struct strings *w, struct account_command *c, bool busybox)
{
    for (size_t i = 1; i < w->count; i++) {
        const char *word = w->items[i];
        if (word[0] != '-' || word[1] == '\0') {
            *(c->name ? &c->second : &c->name) = word;
            continue;
        }
        const char *equals = strchr(word, '=');
        if (strncmp(word, "--", 2) == 0 && equals) {
            autofree char *option = strndup(word, (size_t)(equals - word));
            if (option)
                take_option(c, option, equals + 1, busybox);
            continue;
        }
        /* "-mu 1000", "-Du1000": the last letter of a bundle may take the value. */
        char last[3] = {'-', word[strlen(word) - 1], '\0'};
        bool bundle = word[1] != '-' && word[2] != '\0';
        if (bundle && (word[1] == 'u' || word[1] == 'g') && string_is_digits(word + 2))
            take_option(c, word[1] == 'u' ? "-u" : "-g", word + 2, busybox);
        else if (takes_value(bundle ? last : word, busybox) && i + 1 < w->count) {
            take_option(c, bundle ? last : word, w->items[i + 1], busybox);
            i++;
        }
    }
}

static int64_t id_or(const char *text, int64_t fallback)
{
    int64_t value;
    if (!text)
        return fallback;
    return accounts_parse_integer(text, &value) == 0 ? value : -1;
}

static int64_t group_id(const struct account_state *state, const char *group)
{
    int64_t number;
    autoaccounts struct accounts accounts = {0};
    struct failure failure = {0};
    struct accounts_text text = {.group = text_peek(state->group), .group_size = state->group->length};
    if (!group || accounts_parse_integer(group, &number) == 0)
        return group ? number : -1;
    if (accounts_read(&text, &accounts, &failure) < 0)
        return -1;
    const struct account_group *g = accounts_find_group(&accounts, group);
    return g && !g->gid.bad ? g->gid.value : -1;
}

/* An account with this name exists already in what is known: then the tool fails and nothing changes. */
static bool exists(const struct account_state *state, const char *name)
{
    autoaccounts struct accounts accounts = {0};
    struct failure failure = {0};
    struct accounts_text text = {.passwd = text_peek(state->passwd), .passwd_size = state->passwd->length};
    return accounts_read(&text, &accounts, &failure) == 0 && accounts_find_user(&accounts, name);
}

static int add_user(struct account_state *state, const struct account_command *c)
{
    if (!c->name || strpbrk(c->name, "$:`"))
        return 0;
    if (c->second) { /* adduser NAME GROUP: membership only */
        return 0;
    }
    int r = strings_contain(state->created, c->name) ? 0 : strings_add(state->created, c->name);
    if (r < 0 || exists(state, c->name))
        return r;
    int64_t uid = id_or(c->uid, INT64_MAX), gid = group_id(state, c->group);
    if (uid == INT64_MAX)
        return strings_add(state->made, c->name); /* chosen by the tool: never 0 */
    if (uid < 0) {
        state->tainted = true; /* a variable: it could be any */
        return 0;
    }
    if (!c->group)
        gid = uid; /* a group of its own; exact when the numbers agree, as they usually do */
    text_printf(state->passwd, "%s:x:%lld:%lld::%s:/bin/sh\n", c->name, (long long)uid,
                (long long)(gid < 0 ? uid : gid),
                c->home ? c->home : arena_printf(state->arena, "/home/%s", c->name));
    if (!c->group)
        text_printf(state->group, "%s:x:%lld:\n", c->name, (long long)uid);
    return 0;
}

static int change_user(struct account_state *state, const struct account_command *c)
{
    if (c->uid)
        state->tainted = true; /* the number of an account is changed in place */
    return 0;
}

static void add_group(struct account_state *state, const struct account_command *c)
{
    int64_t gid = id_or(c->uid, -1);
    if (c->name && gid >= 0 && !strpbrk(c->name, "$:`"))
        text_printf(state->group, "%s:x:%lld:\n", c->name, (long long)gid);
}

/* echo 'app:x:1000:1000::/:/bin/sh' >> /etc/passwd: the one other way that is common. */
static void appended_line(struct account_state *state, const struct strings *w)
{
    const char *line = w->count > 1 ? w->items[w->count > 2 && w->items[1][0] == '-' ? 2 : 1] : "";
    unsigned colons = 0;
    for (const char *p = line; *p != '\0'; p++)
        colons += *p == ':';
    bool appends = false;
    for (size_t i = 1; i < w->count; i++)
        appends = appends || string_after(w->items[i], ">>");
    if (appends && colons == 6 && !strpbrk(line, "$`\\"))
        text_printf(state->passwd, "%s\n", line);
    else
        state->tainted = true;
}

static bool mentions_passwd(const struct strings *w)
{
    for (size_t i = 0; i < w->count; i++) {
        const char *at = strstr(w->items[i], "/etc/passwd");
        if (at && at[11] != '-')
            return true;
    }
    return false;
}

static bool only_reads(const char *program)
{
    static const char *const readers[] = {"cat", "grep", "getent", "cut",   "awk",  "test", "[",
                                          "ls",  "head", "tail",   "chmod", "stat", "id"};
    for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
        if (streq(program, readers[i]))
            return true;
    return false;
}

/* Words with ARG and ENV put in; what is not set stays as it stands. */
static int expand_words(const struct strings *words, const struct strings *const scopes[2],
                        struct strings *out)
{
    for (size_t i = 0; i < words->count; i++) {
        autoword struct word_result result = {0};
        struct failure failure = {0};
        struct word_request request = {.word = words->items[i],
                                       .keep_unset = true,
                                       .raw_quotes = true,
                                       .raw_escapes = true,
                                       .scopes = {scopes[0], scopes[1]}};
        bool plain = !strchr(words->items[i], '$');
        int r = plain ? -EINVAL : shell_word_expand(&request, &result, &failure);
        if (r == -ENOMEM)
            return r;
        r = strings_add(out, r == 0 ? result.text : words->items[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

int account_step(struct account_state *state, const struct strings *raw,
                 const struct strings *const scopes[2])
{
    autostrings struct strings w = {0};
    int r = expand_words(raw, scopes, &w);
    if (r < 0 || w.count == 0)
        return r;
    const char *program = program_name(w.items[0]);
    struct account_command c = {0};
    if (streq(program, "useradd") || streq(program, "adduser")) {
        read_account_command(&w, &c, program[0] == 'a');
        return add_user(state, &c);
    }
    if (streq(program, "groupadd") || streq(program, "addgroup")) {
        c.uid_option_means_gid = true;
        read_account_command(&w, &c, false);
        add_group(state, &c);
        return 0;
    }
    if (streq(program, "usermod")) {
        read_account_command(&w, &c, false);
        return change_user(state, &c);
    }
    if (!mentions_passwd(&w) || only_reads(program))
        return 0;
    if (streq(program, "echo") || streq(program, "printf"))
        appended_line(state, &w);
    else
        state->tainted = true;
    return 0;
}

bool command_needs_root(const struct strings *words)
{
    static const char *const tools[] = {"apt-get",
                                        "apt",
                                        "apk",
                                        "yum",
                                        "dnf",
                                        "microdnf",
                                        "zypper",
                                        "useradd",
                                        "adduser",
                                        "groupadd",
                                        "addgroup",
                                        "usermod",
                                        "update-ca-certificates",
                                        "setcap",
                                        "tdnf"};
    static const char *const changing[] = {"install", "add",   "update",      "upgrade",
                                           "remove",  "purge", "dist-upgrade"};
    if (words->count == 0)
        return false;
    const char *program = program_name(words->items[0]);
    for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
        if (!streq(program, tools[i]))
            continue;
        if (i >= 7)
            return true;
        for (size_t k = 1; k < words->count; k++)
            for (size_t n = 0; n < ARRAY_SIZE(changing); n++)
                if (streq(words->items[k], changing[n]))
                    return true;
    }
    return false;
}
