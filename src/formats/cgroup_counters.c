/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/cgroup_counters.h"
#include "base/number.h"

#include <errno.h>
#include <string.h>

/* The next word of a line; NULL: there is none. Both ends are moved on. */
static const char *take_word(const char **at, size_t *ret_length)
{
    *at += strspn(*at, " \t");
    const char *word = *at;
    *ret_length = strcspn(word, " \t\n");
    *at += *ret_length;
    return *ret_length > 0 ? word : NULL;
}

static const char *next_line(const char *at)
{
    at += strcspn(at, "\n");
    return at + (*at == '\n');
}

static bool word_is(const char *word, size_t length, const char *text)
{
    return strlen(text) == length && strncmp(word, text, length) == 0;
}

static bool take_number(const char *word, size_t length, uint64_t *ret_number)
{
    char digits[24];
    if (!word || length >= sizeof(digits))
        return false;
    if (word_is(word, length, "max")) {
        *ret_number = UINT64_MAX;
        return true;
    }
    memcpy(digits, word, length);
    digits[length] = '\0';
    return number_parse(digits, UINT64_MAX, ret_number) == 0;
}

int cgroup_counter_find(const char *text, const char *key, uint64_t *ret_value)
{
    for (const char *line = text; *line != '\0'; line = next_line(line)) {
        const char *at = line;
        size_t length = 0;
        const char *word = take_word(&at, &length);
        if (key && (!word || !word_is(word, length, key)))
            continue;
        if (key)
            word = take_word(&at, &length);
        return take_number(word, length, ret_value) ? 0 : -ENODATA;
    }
    return -ENODATA;
}

int cgroup_counter_list(const char *text, struct strings *ret_list)
{
    for (const char *line = text; *line != '\0'; line = next_line(line)) {
        const char *at = line;
        size_t length = 0, digits = 0;
        const char *word = take_word(&at, &length), *number = take_word(&at, &digits);
        uint64_t value;
        if (!take_number(number, digits, &value))
            continue;
        int r = strings_addf(ret_list, "%.*s=%llu", (int)length, word, (unsigned long long)value);
        if (r < 0)
            return r;
    }
    return 0;
}

int cgroup_counter_numbers(const char *text, uint64_t **ret_numbers, size_t *ret_count)
{
    autofree uint64_t *numbers = NULL;
    size_t count = 0;
    const char *at = text;
    for (;;) {
        size_t length = 0;
        const char *word = take_word(&at, &length);
        uint64_t value;
        if (!take_number(word, length, &value))
            break;
        uint64_t *more = reallocarray(numbers, count + 1, sizeof(*more));
        if (!more)
            return -ENOMEM;
        numbers = more;
        numbers[count++] = value;
    }
    *ret_numbers = TAKE_PTR(numbers);
    *ret_count = count;
    return 0;
}

struct io_list {
    struct oci_io_count *counts;
    size_t count;
};

static int add_count(struct io_list *list, const struct oci_io_count *one)
{
    struct oci_io_count *more = reallocarray(list->counts, list->count + 1, sizeof(*more));
    if (!more)
        return -ENOMEM;
    list->counts = more;
    list->counts[list->count++] = *one;
    return 0;
}

/* "8:16" */
static bool take_device(const char **at, struct oci_io_count *count)
{
    size_t length = 0;
    const char *word = take_word(at, &length);
    const char *colon = word ? memchr(word, ':', length) : NULL;
    return colon && take_number(word, (size_t)(colon - word), &count->major) &&
           take_number(colon + 1, length - (size_t)(colon + 1 - word), &count->minor);
}

/* The word of v1 as one of ours that lives on; NULL: none that is known. */
static const char *find_operation(const char *word, size_t length)
{
    static const char *const operations[] = {"Read", "Write", "Sync", "Async", "Discard", "Total"};
    for (size_t i = 0; word && i < ARRAY_SIZE(operations); i++)
        if (word_is(word, length, operations[i]))
            return operations[i];
    return NULL;
}

int cgroup_counter_io_v1(const char *text, struct oci_io_count **ret_counts, size_t *ret_count)
{
    struct io_list list = {0};
    for (const char *line = text; *line != '\0'; line = next_line(line)) {
        const char *at = line;
        size_t length = 0, digits = 0;
        struct oci_io_count one = {0};
        if (!take_device(&at, &one))
            continue;
        const char *word = take_word(&at, &length);
        one.operation = find_operation(word, length);
        const char *number = take_word(&at, &digits);
        if (!one.operation || !take_number(number, digits, &one.value))
            continue;
        if (add_count(&list, &one) < 0) {
            free(list.counts);
            return -ENOMEM;
        }
    }
    *ret_counts = list.counts;
    *ret_count = list.count;
    return 0;
}

static int add_pairs(struct io_list *list, const char *at, const struct oci_io_count *device, bool operations)
{
    static const struct {
        const char *key, *operation;
        bool operations;
    } keys[] = {{"rbytes=", "Read", false}, {"wbytes=", "Write", false}, {"dbytes=", "Discard", false},
                {"rios=", "Read", true},    {"wios=", "Write", true},    {"dios=", "Discard", true}};
    size_t length = 0;
    for (const char *word = take_word(&at, &length); word; word = take_word(&at, &length))
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
            const char *number = string_after(word, keys[i].key);
            struct oci_io_count one = *device;
            one.operation = keys[i].operation;
            if (number && keys[i].operations == operations &&
                take_number(number, length - strlen(keys[i].key), &one.value) && add_count(list, &one) < 0)
                return -ENOMEM;
        }
    return 0;
}

int cgroup_counter_io_v2(const char *text, bool operations, struct oci_io_count **ret_counts,
                         size_t *ret_count)
{
    struct io_list list = {0};
    for (const char *line = text; *line != '\0'; line = next_line(line)) {
        const char *at = line;
        struct oci_io_count device = {0};
        if (take_device(&at, &device) && add_pairs(&list, at, &device, operations) < 0) {
            free(list.counts);
            return -ENOMEM;
        }
    }
    *ret_counts = list.counts;
    *ret_count = list.count;
    return 0;
}

/* "12.34" in hundredths, as the kernel always writes them. */
static bool take_hundredths(const char *word, size_t length, uint64_t *ret_number)
{
    const char *dot = memchr(word, '.', length);
    size_t whole = dot ? (size_t)(dot - word) : 0;
    uint64_t units, rest;
    if (!dot || length - whole != 3 || !take_number(word, whole, &units) || units > 1000 ||
        !take_number(dot + 1, 2, &rest))
        return false;
    *ret_number = units * 100 + rest;
    return true;
}

static bool take_pressure(const char *at, struct oci_pressure_line *ret_line)
{
    const struct {
        const char *key;
        uint64_t *number;
    } keys[] = {{"avg10=", &ret_line->avg10}, {"avg60=", &ret_line->avg60}, {"avg300=", &ret_line->avg300}};
    size_t length = 0;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const char *word = take_word(&at, &length);
        const char *number = word ? string_after(word, keys[i].key) : NULL;
        if (!number || !take_hundredths(number, length - strlen(keys[i].key), keys[i].number))
            return false;
    }
    const char *word = take_word(&at, &length), *number = word ? string_after(word, "total=") : NULL;
    return number && take_number(number, length - strlen("total="), &ret_line->total_us);
}

int cgroup_counter_pressure(const char *text, struct oci_pressure *ret_pressure)
{
    struct oci_pressure pressure = {0};
    for (const char *line = text; *line != '\0'; line = next_line(line)) {
        const char *some = string_after(line, "some "), *full = string_after(line, "full ");
        if (some)
            pressure.given = take_pressure(some, &pressure.some);
        else if (full && !take_pressure(full, &pressure.full))
            return -ENODATA;
    }
    if (!pressure.given)
        return -ENODATA;
    *ret_pressure = pressure;
    return 0;
}
