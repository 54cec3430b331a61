/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

int strings_add_taken(struct strings *s, char *item)
{
    if (!item)
        return -ENOMEM;
    if (s->count + 1 >= s->capacity) {
        size_t capacity = s->capacity ? s->capacity * 2 : 8;
        char **items = reallocarray(s->items, capacity, sizeof(char *));
        if (!items) {
            free(item);
            return -ENOMEM;
        }
        s->items = items;
        s->capacity = capacity;
    }
    s->items[s->count++] = item;
    s->items[s->count] = NULL;
    return 0;
}

int strings_add(struct strings *s, const char *item)
{
    return strings_add_taken(s, strdup(item));
}

int strings_addf(struct strings *s, const char *format, ...)
{
    char *item = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&item, format, args);
    va_end(args);
    return n < 0 ? -ENOMEM : strings_add_taken(s, item);
}

int strings_copy(struct strings *to, const struct strings *from)
{
    for (size_t i = 0; i < from->count; i++) {
        int r = strings_add(to, from->items[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

bool strings_contain(const struct strings *s, const char *item)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->items[i], item) == 0)
            return true;
    return false;
}

int strings_set_variable(struct strings *s, const char *assignment)
{
    size_t n = strcspn(assignment, "=");
    for (size_t i = 0; i < s->count; i++) {
        if (strncmp(s->items[i], assignment, n) != 0 || (s->items[i][n] != '=' && s->items[i][n] != '\0'))
            continue;
        char *copy = strdup(assignment);
        if (!copy)
            return -ENOMEM;
        free(s->items[i]);
        s->items[i] = copy;
        return 0;
    }
    return strings_add(s, assignment);
}

const char *strings_get_variable(const struct strings *s, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < s->count; i++)
        if (strncmp(s->items[i], name, n) == 0 && s->items[i][n] == '=')
            return s->items[i] + n + 1;
    return NULL;
}

static int compare_items(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    size_t n = strcspn(x, "="), m = strcspn(y, "=");
    int order = memcmp(x, y, n < m ? n : m);
    if (order == 0)
        order = (n > m) - (n < m);
    return order != 0 ? order : strcmp(x + n, y + m);
}

void strings_sort(struct strings *s)
{
    if (s->count > 1)
        qsort(s->items, s->count, sizeof(s->items[0]), compare_items);
}

void strings_free(struct strings *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->items[i]);
    free(s->items);
    *s = (struct strings){0};
}
