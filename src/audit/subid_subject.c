/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/subuid and /etc/subgid: ranges that overlap, cover 0 or real accounts, or have no partner in the other
 * file. */
#include "audit/input.h"
#include "base/number.h"
#include "formats/accounts.h"

#include <errno.h>
#include <string.h>

#define RANGES_MAX 20000

struct range {
    const char *owner;
    uint64_t first, count;
    unsigned line;
};

struct ranges {
    struct range *items;
    size_t count, capacity;
};

static struct audit_finding *find(struct audit_result *r, struct subject *s, unsigned line,
                                  const char *message)
{
    return subject_find(r, s, NR403, (struct place){s->place.file, line, 1, line}, message);
}

static int read_line(struct audit_result *r, struct subject *s, const char *text, unsigned line,
                     struct ranges *list)
{
    struct range range = {.line = line};
    autofree char *copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    char *rest = copy, *owner = strsep(&rest, ":"), *first = rest ? strsep(&rest, ":") : NULL, *count = rest;
    if (!first || !count || owner[0] == '\0' || number_parse(first, UINT32_MAX, &range.first) < 0 ||
        number_parse(count, UINT64_C(1) << 32, &range.count) < 0 || range.count == 0 ||
        range.first + range.count > (UINT64_C(1) << 32)) {
        char place[512];
        (void)snprintf(place, sizeof(place), "%s:%u:1", s->place.file, line);
        result_complain(r, place, "this is no name:start:count");
        return 0;
    }
    struct range *grown = arena_grow(&r->arena, list->items, list->count, &list->capacity, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    list->items = grown;
    range.owner = arena_string(&r->arena, owner);
    grown[list->count++] = range;
    return 0;
}

static int read_ranges(struct audit_result *r, struct subject *s, const char *data, struct ranges *list)
{
    unsigned line = 1;
    for (const char *p = data; *p != '\0' && list->count < RANGES_MAX; line++) {
        size_t n = strcspn(p, "\n");
        autofree char *text = strndup(p, n);
        if (!text)
            return -ENOMEM;
        if (text[0] != '\0' && text[0] != '#') {
            int e = read_line(r, s, text, line, list);
            if (e < 0)
                return e;
        }
        p += n + (p[n] == '\n');
    }
    return 0;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    return x->first != y->first ? (x->first < y->first ? -1 : 1) : (x->line < y->line ? -1 : 1);
}

static void judge_overlaps(struct audit_result *r, struct subject *s, struct ranges *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof(*list->items), compare_ranges);
    const struct range *widest = NULL; /* the one before that reaches furthest */
    for (size_t i = 0; i < list->count; i++) {
        const struct range *x = &list->items[i];
        if (widest && x->first < widest->first + widest->count)
            (void)find(r, s, x->line > widest->line ? x->line : widest->line,
                       arena_printf(&r->arena, "%s's ids %llu.. overlap %s's (lines %u and %u)", x->owner,
                                    (unsigned long long)x->first, widest->owner, widest->line, x->line));
        if (!widest || x->first + x->count > widest->first + widest->count)
            widest = x;
    }
}

static void judge_accounts(struct audit_result *r, struct subject *s, const struct ranges *list,
                           const char *passwd)
{
    autoaccounts struct accounts accounts = {0};
    struct failure failure = {0};
    struct accounts_text text = {.passwd = passwd, .passwd_size = passwd ? strlen(passwd) : 0};
    bool known = passwd && accounts_read(&text, &accounts, &failure) == 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct range *x = &list->items[i];
        if (x->first == 0)
            (void)find(r, s, x->line, arena_printf(&r->arena, "%s may map the host's id 0", x->owner));
        else if (x->first < 1000)
            (void)find(r, s, x->line,
                       arena_printf(&r->arena, "%s may map ids of the system's accounts", x->owner));
        for (size_t k = 0; known && k < accounts.user_count; k++) {
            int64_t uid = accounts.users[k].uid.value;
            if (!accounts.users[k].uid.bad && uid > 0 && (uint64_t)uid >= x->first &&
                (uint64_t)uid < x->first + x->count && x->first >= 1000) {
                (void)find(r, s, x->line,
                           arena_printf(&r->arena, "%s's ids cover the account %s (uid %lld)", x->owner,
                                        accounts.users[k].name, (long long)uid));
                break;
            }
        }
    }
}

static bool has_owner(const char *data, const char *owner)
{
    size_t n = strlen(owner);
    for (const char *p = data; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
        if (strncmp(p, owner, n) == 0 && p[n] == ':')
            return true;
    return false;
}

/* Who is in one of the files and not in the other cannot make a user namespace with both maps. */
static void judge_partner(struct audit_result *r, struct subject *s, const struct ranges *list,
                          const struct input *in)
{
    struct failure failure = {0};
    size_t length = strlen(in->name), size;
    bool uids = in->name[length - 3] == 'u';
    autofree char *data = NULL, *path = in->path ? strdup(in->path) : NULL;
    const char *partner = uids ? "subgid" : "subuid";
    if (!path)
        return;
    path[strlen(path) - 3] = uids ? 'g' : 'u'; /* subuid <-> subgid */
    int e = source_read(path, &data, &size, &failure);
    if (e < 0 && e != -ENOENT)
        return;
    for (size_t i = 0; i < list->count; i++)
        if (!data || !has_owner(data, list->items[i].owner))
            (void)find(r, s, list->items[i].line,
                       arena_printf(&r->arena, "%s has no range in %s", list->items[i].owner, partner));
}

int judge_subids(struct audit *a, const struct input *in)
{
    struct ranges list = {0};
    struct subject *s =
        result_add_subject(a->result, SUBJECT_CONFIG, in->name, (struct place){in->name, 1, 1, 1});
    if (!s)
        return -ENOMEM;
    s->verdict = VERDICT_NONE;
    int r = read_ranges(a->result, s, in->data, &list);
    if (r < 0)
        return r;
    judge_overlaps(a->result, s, &list);
    judge_accounts(a->result, s, &list, a->request->host_passwd);
    judge_partner(a->result, s, &list, in);
    return 0;
}
