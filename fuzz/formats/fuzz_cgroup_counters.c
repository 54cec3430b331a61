/* SPDX-License-Identifier: Apache-2.0 */
/* Property: what was understood, written out as the kernel writes it, is understood as the same. */
#include "base/text.h"
#include "formats/cgroup_counters.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_list(const char *text)
{
    autostrings struct strings list = {0}, again = {0};
    autotext struct text whole = {0};
    must(cgroup_counter_list(text, &list) == 0);
    for (size_t i = 0; i < list.count; i++) {
        const char *equals = strrchr(list.items[i], '=');
        must(equals && equals > list.items[i]);
        text_printf(&whole, "%.*s %s\n", (int)(equals - list.items[i]), list.items[i], equals + 1);
    }
    must(cgroup_counter_list(text_peek(&whole), &again) == 0 && again.count == list.count);
    for (size_t i = 0; i < list.count; i++)
        must(strcmp(list.items[i], again.items[i]) == 0);
}

static void check_numbers(const char *text)
{
    autofree uint64_t *numbers = NULL, *again = NULL;
    size_t count = 0, count_again = 0;
    uint64_t first;
    autotext struct text whole = {0};
    must(cgroup_counter_numbers(text, &numbers, &count) == 0);
    for (size_t i = 0; i < count; i++)
        text_printf(&whole, "%llu ", (unsigned long long)numbers[i]);
    must(cgroup_counter_numbers(text_peek(&whole), &again, &count_again) == 0);
    must(count == count_again && (count == 0 || memcmp(numbers, again, count * sizeof(*numbers)) == 0));
    must(count == 0 || (cgroup_counter_find(text, NULL, &first) == 0 && first == numbers[0]));
}

static const char *io_key(const char *operation, bool operations)
{
    if (streq(operation, "Read"))
        return operations ? "rios" : "rbytes";
    if (streq(operation, "Write"))
        return operations ? "wios" : "wbytes";
    must(streq(operation, "Discard"));
    return operations ? "dios" : "dbytes";
}

/* form 0: v1; 1: v2's bytes; 2: v2's operations. */
static int read_io(const char *text, int form, struct oci_io_count **ret_counts, size_t *ret_count)
{
    return form == 0 ? cgroup_counter_io_v1(text, ret_counts, ret_count)
                     : cgroup_counter_io_v2(text, form == 2, ret_counts, ret_count);
}

static void check_io(const char *text, int form)
{
    autofree struct oci_io_count *counts = NULL, *again = NULL;
    size_t count = 0, count_again = 0;
    autotext struct text whole = {0};
    must(read_io(text, form, &counts, &count) == 0);
    for (size_t i = 0; i < count; i++) {
        const struct oci_io_count *c = &counts[i];
        must(c->operation != NULL);
        text_printf(&whole, "%llu:%llu %s%c%llu\n", (unsigned long long)c->major,
                    (unsigned long long)c->minor, form == 0 ? c->operation : io_key(c->operation, form == 2),
                    form == 0 ? ' ' : '=', (unsigned long long)c->value);
    }
    must(read_io(text_peek(&whole), form, &again, &count_again) == 0 && count == count_again);
    for (size_t i = 0; i < count; i++)
        must(counts[i].major == again[i].major && counts[i].minor == again[i].minor &&
             counts[i].value == again[i].value && streq(counts[i].operation, again[i].operation));
}

static void add_pressure(struct text *whole, const char *name, const struct oci_pressure_line *l)
{
    text_printf(whole, "%s avg10=%llu.%02llu avg60=%llu.%02llu avg300=%llu.%02llu total=%llu\n", name,
                (unsigned long long)l->avg10 / 100, (unsigned long long)l->avg10 % 100,
                (unsigned long long)l->avg60 / 100, (unsigned long long)l->avg60 % 100,
                (unsigned long long)l->avg300 / 100, (unsigned long long)l->avg300 % 100,
                (unsigned long long)l->total_us);
}

static void check_pressure(const char *text)
{
    struct oci_pressure pressure = {0}, again = {0};
    autotext struct text whole = {0};
    if (cgroup_counter_pressure(text, &pressure) < 0)
        return;
    must(pressure.given);
    add_pressure(&whole, "some", &pressure.some);
    add_pressure(&whole, "full", &pressure.full);
    must(cgroup_counter_pressure(text_peek(&whole), &again) == 0);
    must(memcmp(&pressure, &again, sizeof(again)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    uint64_t value;
    if (!text)
        return 0;
    check_list(text);
    check_numbers(text);
    for (int form = 0; form < 3; form++)
        check_io(text, form);
    check_pressure(text);
    if (cgroup_counter_find(text, "usage_usec", &value) == 0)
        must(strstr(text, "usage_usec") != NULL);
    return 0;
}
