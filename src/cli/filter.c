/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"

#include "base/closest.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#define KEYS_MAX 32

static const struct filter_key *find_key(const struct filter_key *keys, const char *filter)
{
    size_t length = strcspn(filter, "=");
    for (const struct filter_key *k = keys; k->name; k++)
        if (strlen(k->name) == length && strncmp(k->name, filter, length) == 0)
            return k;
    return NULL;
}

static int refuse_key(const struct filter_key *keys, const char *filter, struct failure *failure)
{
    const char *names[KEYS_MAX];
    size_t count = 0;
    autofree char *word = strndup(filter, strcspn(filter, "="));
    if (!word)
        return fail(failure, -ENOMEM, "reading the filters");
    for (const struct filter_key *k = keys; k->name && count < KEYS_MAX; k++)
        if (k->match)
            names[count++] = k->name;
    const char *near = closest_word(word, names, count);
    if (near)
        return refuse(failure, -EINVAL, "--filter has no key \"%s\": did you mean %s?", word, near);
    return refuse(failure, -EINVAL, "--filter has no key \"%s\"", word);
}

static bool is_allowed(const char *const *words, const char *value)
{
    for (; words && *words; words++)
        if (streq(*words, value))
            return true;
    return false;
}

int filters_check(const struct filter_key *keys, const struct strings *filters, struct failure *failure)
{
    for (size_t i = 0; i < filters->count; i++) {
        const char *filter = filters->items[i], *value = strchr(filter, '=');
        const struct filter_key *key = find_key(keys, filter);
        if (!value)
            return refuse(failure, -EINVAL, "--filter takes KEY=VALUE, not \"%s\"", filter);
        if (!key)
            return refuse_key(keys, filter, failure);
        if (!key->match)
            return refuse(failure, -ENOTSUP, "--filter %s= is not there yet", key->name);
        if (key->words && !is_allowed(key->words, value + 1))
            return refuse(failure, -EINVAL, "--filter %s: there is no \"%s\"", key->name, value + 1);
    }
    return 0;
}

bool filters_match(const struct filter_key *keys, const struct strings *filters, const void *object)
{
    for (const struct filter_key *k = keys; k->name; k++) {
        bool asked = false, holds = false;
        for (size_t i = 0; i < filters->count && !holds; i++) {
            if (find_key(keys, filters->items[i]) != k)
                continue;
            asked = true;
            holds = k->match(object, strchr(filters->items[i], '=') + 1);
        }
        if (asked && !holds)
            return false;
    }
    return true;
}

bool filter_match_pattern(const char *string, const char *pattern)
{
    regex_t expression;
    if (regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return strstr(string, pattern) != NULL;
    bool found = regexec(&expression, string, 0, NULL, 0) == 0;
    regfree(&expression);
    return found;
}

bool filter_match_label(const struct strings *labels, const char *value)
{
    size_t length = strlen(value);
    for (size_t i = 0; i < labels->count; i++) {
        const char *label = labels->items[i];
        if (streq(label, value) ||
            (!strchr(value, '=') && strncmp(label, value, length) == 0 && label[length] == '='))
            return true;
    }
    return false;
}
