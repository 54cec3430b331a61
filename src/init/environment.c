/* SPDX-License-Identifier: Apache-2.0 */
#include "init/environment.h"

#include "init/files.h"

#include <errno.h>
#include <stdlib.h>

#define SECRET_MAX (64u << 10)

int environment_copy(char *const *from, struct environment *ret_environment)
{
    size_t count = 0;
    while (from[count])
        count++;
    struct environment e = {NULL, count, count + 16};
    e.items = malloc((e.capacity + 1) * sizeof(char *));
    if (!e.items)
        return -ENOMEM;
    memcpy(e.items, from, (count + 1) * sizeof(char *));
    *ret_environment = e;
    return 0;
}

static bool item_has_name(const char *item, const char *name, size_t length)
{
    return strncmp(item, name, length) == 0 && item[length] == '=';
}

const char *environment_get(char *const *items, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; items[i]; i++)
        if (item_has_name(items[i], name, length))
            return items[i] + length + 1;
    return NULL;
}

void environment_unset(struct environment *e, const char *name)
{
    size_t length = strlen(name), kept = 0;
    for (size_t i = 0; i < e->count; i++)
        if (!item_has_name(e->items[i], name, length))
            e->items[kept++] = e->items[i];
    e->count = kept;
    e->items[kept] = NULL;
}

int environment_set(struct environment *e, const char *name, const char *value)
{
    size_t name_length = strlen(name), value_length = strlen(value);
    char *item = malloc(name_length + value_length + 2);
    if (!item)
        return -ENOMEM;
    memcpy(item, name, name_length);
    item[name_length] = '=';
    memcpy(item + name_length + 1, value, value_length + 1);
    environment_unset(e, name);
    if (e->count == e->capacity) {
        char **larger = realloc(e->items, (e->capacity * 2 + 1) * sizeof(char *));
        if (!larger) {
            free(item);
            return -ENOMEM;
        }
        e->items = larger;
        e->capacity *= 2;
    }
    e->items[e->count++] = item;
    e->items[e->count] = NULL;
    return 0;
}

static int set_name(struct environment *e, const char *variable, const struct identity *identity,
                    const struct identity *started_as)
{
    const char *current = environment_get(e->items, variable);
    if (current && current[0] != '\0' && strcmp(current, started_as->name) != 0)
        return 0;
    if (identity->name[0] != '\0')
        return environment_set(e, variable, identity->name);
    environment_unset(e, variable);
    return 0;
}

int environment_set_account(struct environment *e, const struct identity *identity,
                            const struct identity *started_as)
{
    const char *home = environment_get(e->items, "HOME");
    bool inherited = !home || home[0] == '\0' || strcmp(home, started_as->home) == 0 ||
                     (started_as->uid == 0 && (strcmp(home, "/root") == 0 || strcmp(home, "/") == 0));
    if (inherited) {
        int r = environment_set(e, "HOME", identity->home[0] ? identity->home : "/");
        if (r < 0)
            return r;
    }
    int r = set_name(e, "USER", identity, started_as);
    return r < 0 ? r : set_name(e, "LOGNAME", identity, started_as);
}

int environment_reset(struct environment *e, const struct identity *identity)
{
    const char *terminal = environment_get(e->items, "TERM");
    e->count = 0;
    e->items[0] = NULL;
    const char *const values[][2] = {
        {"HOME", identity->home[0] ? identity->home : "/"},
        {"SHELL", "/bin/sh"},
        {"USER", identity->name[0] ? identity->name : NULL},
        {"LOGNAME", identity->name[0] ? identity->name : NULL},
        {"PATH", "/usr/local/bin:/bin:/usr/bin"},
        {"TERM", terminal},
    };
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        int r = values[i][1] ? environment_set(e, values[i][0], values[i][1]) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* The name X when `item` asks for a secret: from FILE__X=path, or X_FILE=path below the secrets' folder. */
static bool secret_name(const char *item, char *ret_name, size_t size)
{
    struct span rest = span_of(item), name = span_cut(&rest, '=');
    if (!rest.data || rest.length == 0)
        return false;
    if (name.length > 6 && memcmp(name.data, "FILE__", 6) == 0)
        return span_copy((struct span){name.data + 6, name.length - 6}, ret_name, size);
    if (name.length <= 5 || memcmp(name.data + name.length - 5, "_FILE", 5) != 0)
        return false;
    if (strncmp(rest.data, "/run/secrets/", 13) != 0 && strncmp(rest.data, "/var/run/secrets/", 17) != 0)
        return false;
    return span_copy((struct span){name.data, name.length - 5}, ret_name, size);
}

static int read_secret(struct environment *e, const char *item, const char *name, struct failure *f)
{
    struct span secret;
    const char *path = strchr(item, '=') + 1;
    char variable[256];
    (void)span_copy((struct span){item, (size_t)(path - item) - 1}, variable, sizeof(variable));
    if (environment_get(e->items, name))
        return fail_usage(f, "%s and %s are both set: which one is meant?", name, variable);
    int r = file_read(path, SECRET_MAX, &secret);
    if (r < 0) {
        fail_system(f, r, "reading the secret %s=%s", variable, path);
        f->exit_code = EXIT_BAD_USAGE;
        return r;
    }
    autofree char *text = (char *)secret.data;
    while (secret.length > 0 && text[secret.length - 1] == '\n')
        text[--secret.length] = '\0';
    if (span_contains(secret, '\0'))
        return fail_usage(f, "the secret %s=%s holds a NUL byte", variable, path);
    environment_unset(e, variable);
    r = environment_set(e, name, text);
    return r < 0 ? fail_system(f, r, "setting %s", name) : 0;
}

int environment_read_secrets(struct environment *e, struct failure *f)
{
    char name[250];
    for (size_t i = 0; i < e->count;) {
        if (!secret_name(e->items[i], name, sizeof(name))) {
            i++;
            continue;
        }
        int r = read_secret(e, e->items[i], name, f); /* takes the item out: the next one is at i again */
        if (r < 0)
            return r;
    }
    return 0;
}

int environment_fix_listen(struct environment *e, long old_pid, long new_pid)
{
    char text[24];
    uint64_t named;
    const char *current = environment_get(e->items, "LISTEN_PID");
    if (!current)
        return 0;
    if (span_number(span_of(current), INT32_MAX, &named) < 0 || (long)named != old_pid) {
        environment_unset(e, "LISTEN_PID");
        environment_unset(e, "LISTEN_FDS");
        environment_unset(e, "LISTEN_FDNAMES");
        return 0;
    }
    format_text(text, sizeof(text), "%ld", new_pid);
    return environment_set(e, "LISTEN_PID", text);
}
