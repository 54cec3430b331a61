/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/accounts.h"

#include <errno.h>
#include <string.h>

#define ACCOUNT_FIELDS 7

int accounts_parse_integer(const char *text, int64_t *ret_value)
{
    bool negative = text[0] == '-';
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return -EINVAL;
    int64_t value = 0;
    for (const char *p = digits; *p != '\0'; p++) {
        int digit = *p - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return -ERANGE;
    }
    *ret_value = value;
    return 0;
}

/* strconv.Atoi with its error ignored: 0 for no number, the nearest value for one that is too large. */
static struct account_id read_id(const char *text)
{
    struct account_id id = {.value = 0};
    int r = accounts_parse_integer(text, &id.value);
    if (r == -ERANGE)
        id.value = text[0] == '-' ? INT64_MIN : INT64_MAX;
    id.bad = r < 0 || id.value < 0 || id.value > ACCOUNTS_ID_MAX;
    return id;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Cuts `line` at its colons in place; missing fields are "". */
static void split_fields(char *line, size_t count, char *fields[])
{
    static char empty[1] = "";
    for (size_t i = 0; i < count; i++) {
        fields[i] = line ? line : empty;
        line = line ? strchr(line, ':') : NULL;
        if (line)
            *line++ = '\0';
    }
}

static int add_account(struct accounts *a, char *line)
{
    char *field[ACCOUNT_FIELDS];
    split_fields(line, ACCOUNT_FIELDS, field);
    struct account *users = reallocarray(a->users, a->user_count + 1, sizeof(*users));
    if (!users)
        return -ENOMEM;
    a->users = users;
    struct account *user = &users[a->user_count++];
    *user = (struct account){
        .name = strdup(field[0]),
        .uid = read_id(field[2]),
        .gid = read_id(field[3]),
        .home = strdup(field[5]),
        .shell = strdup(field[6]),
    };
    return user->name && user->home && user->shell ? 0 : -ENOMEM;
}

static int add_group(struct accounts *a, char *line)
{
    char *field[4];
    split_fields(line, 4, field);
    struct account_group *groups = reallocarray(a->groups, a->group_count + 1, sizeof(*groups));
    if (!groups)
        return -ENOMEM;
    a->groups = groups;
    struct account_group *group = &groups[a->group_count++];
    *group = (struct account_group){.name = strdup(field[0]), .gid = read_id(field[2])};
    if (!group->name)
        return -ENOMEM;
    for (char *member = field[3]; member && *member != '\0';) {
        char *comma = strchr(member, ',');
        if (comma)
            *comma = '\0';
        int r = strings_add(&group->members, member);
        if (r < 0)
            return r;
        member = comma ? comma + 1 : NULL;
    }
    return 0;
}

struct account_file {
    const char *name, *data;
    size_t size;
    int (*add)(struct accounts *a, char *line);
};

static int read_line(const struct account_file *file, const char *line, size_t size, struct accounts *a)
{
    while (size > 0 && is_blank(line[0])) {
        line++;
        size--;
    }
    while (size > 0 && is_blank(line[size - 1]))
        size--;
    if (size == 0)
        return 0;
    if (memchr(line, '\0', size)) {
        a->skipped++;
        return 0;
    }
    autofree char *copy = strndup(line, size);
    return copy ? file->add(a, copy) : -ENOMEM;
}

static int read_lines(const struct account_file *file, struct accounts *a, struct failure *f)
{
    if (!file->data)
        return 0;
    if (file->size > ACCOUNTS_SIZE_MAX)
        return refuse(f, -EFBIG, "the container's %s is larger than %u bytes", file->name, ACCOUNTS_SIZE_MAX);
    const char *line = file->data, *end = file->data + file->size;
    for (size_t number = 1; line < end; number++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t size = (size_t)((stop ? stop : end) - line);
        if (size >= ACCOUNTS_LINE_MAX)
            return refuse(f, -EFBIG, "line %zu of the container's %s is too long", number, file->name);
        int r = read_line(file, line, size, a);
        if (r < 0)
            return fail(f, r, "reading the container's %s", file->name);
        line += size + 1;
    }
    return 0;
}

int accounts_read(const struct accounts_text *text, struct accounts *ret_accounts, struct failure *f)
{
    const struct account_file files[] = {
        {"/etc/passwd", text->passwd, text->passwd_size, add_account},
        {"/etc/group", text->group, text->group_size, add_group},
    };
    autoaccounts struct accounts a = {0};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        int r = read_lines(&files[i], &a, f);
        if (r < 0)
            return r;
    }
    *ret_accounts = a;
    a = (struct accounts){0};
    return 0;
}

void accounts_free(struct accounts *a)
{
    for (size_t i = 0; i < a->user_count; i++) {
        free(a->users[i].name);
        free(a->users[i].home);
        free(a->users[i].shell);
    }
    for (size_t i = 0; i < a->group_count; i++) {
        free(a->groups[i].name);
        strings_free(&a->groups[i].members);
    }
    free(a->users);
    free(a->groups);
    *a = (struct accounts){0};
}

const struct account *accounts_find_user(const struct accounts *a, const char *name)
{
    for (size_t i = 0; i < a->user_count; i++)
        if (strcmp(a->users[i].name, name) == 0)
            return &a->users[i];
    return NULL;
}

const struct account *accounts_find_uid(const struct accounts *a, uint32_t uid)
{
    for (size_t i = 0; i < a->user_count; i++)
        if (!a->users[i].uid.bad && a->users[i].uid.value == uid)
            return &a->users[i];
    return NULL;
}

const struct account_group *accounts_find_group(const struct accounts *a, const char *name)
{
    for (size_t i = 0; i < a->group_count; i++)
        if (strcmp(a->groups[i].name, name) == 0)
            return &a->groups[i];
    return NULL;
}

const struct account_group *accounts_find_gid(const struct accounts *a, uint32_t gid)
{
    for (size_t i = 0; i < a->group_count; i++)
        if (!a->groups[i].gid.bad && a->groups[i].gid.value == gid)
            return &a->groups[i];
    return NULL;
}

uint32_t accounts_largest_id(const struct accounts *a)
{
    int64_t largest = 0;
    for (size_t i = 0; i < a->user_count; i++) {
        const struct account *u = &a->users[i];
        largest = !u->uid.bad && u->uid.value > largest ? u->uid.value : largest;
        largest = !u->gid.bad && u->gid.value > largest ? u->gid.value : largest;
    }
    for (size_t i = 0; i < a->group_count; i++) {
        const struct account_id *gid = &a->groups[i].gid;
        largest = !gid->bad && gid->value > largest ? gid->value : largest;
    }
    return (uint32_t)largest;
}
