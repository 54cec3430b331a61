/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources as properties of a unit; conversions as runc's and crun's v2 drivers have them, so that
 * systemd writes the same numbers as we do. systemd.resource-control(5) */
#include "formats/cpu_list.h"
#include "formats/systemd_property.h"

#include "base/number.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

#define PERIOD_DEFAULT_US UINT64_C(100000)
#define USEC_PER_SEC UINT64_C(1000000)
#define PERCENT_US UINT64_C(10000) /* systemd keeps whole percents of a processor */

/* -1 is no limit; 0 is nothing. */
static int set_limit(struct strings *p, const char *name, const struct oci_i64 *number)
{
    if (!number->given || number->value == 0 || number->value < -1)
        return 0;
    return systemd_property_set_number(p, name,
                                       number->value < 0 ? SYSTEMD_NO_LIMIT : (uint64_t)number->value);
}

/* The specification counts memory and swap together, and systemd swap alone. Without a word on swap it stays.
 */
static int set_swap(struct strings *p, const struct oci_memory *m)
{
    int64_t limit = m->limit.given ? m->limit.value : 0, both = m->swap.given ? m->swap.value : 0;
    if (both < 0 || (both == 0 && limit < 0))
        return systemd_property_set_number(p, "MemorySwapMax", SYSTEMD_NO_LIMIT);
    if (both == 0 || limit <= 0 || both < limit)
        return 0; /* nothing, or refused where the files are made */
    return systemd_property_set_number(p, "MemorySwapMax", (uint64_t)(both - limit));
}

static int set_memory(struct strings *p, const struct oci_memory *m)
{
    int r = set_limit(p, "MemoryMax", &m->limit);
    if (r == 0)
        r = set_limit(p, "MemoryLow", &m->reservation);
    return r == 0 ? set_swap(p, m) : r;
}

static int set_quota(struct strings *p, int64_t quota, uint64_t period)
{
    uint64_t per_second = SYSTEMD_NO_LIMIT;
    if (period == 0)
        period = PERIOD_DEFAULT_US;
    if (quota > 0 && (uint64_t)quota < UINT64_MAX / USEC_PER_SEC) {
        per_second = (uint64_t)quota * USEC_PER_SEC / period;
        per_second = (per_second + PERCENT_US - 1) / PERCENT_US * PERCENT_US;
    }
    int r = systemd_property_set_number(p, "CPUQuotaPeriodUSec", period);
    return r == 0 ? systemd_property_set_number(p, "CPUQuotaPerSecUSec", per_second) : r;
}

/* Bit n of the bytes is processor or node n. */
static int set_list(struct strings *p, const char *name, const char *list)
{
    uint64_t bits[CPU_LIST_WORDS] = {0};
    autotext struct text hex = {0};
    size_t bytes = 0;
    int r = cpu_list_parse(list, bits);
    if (r < 0)
        return r;
    for (size_t i = 0; i < CPU_LIST_MAX / 8; i++)
        if (bits[i / 8] >> (i % 8 * 8) & 0xff)
            bytes = i + 1;
    for (size_t i = 0; i < bytes; i++)
        text_printf(&hex, "%02x", (unsigned)(bits[i / 8] >> (i % 8 * 8) & 0xff));
    r = text_error(&hex);
    return r < 0 || bytes == 0 ? r : systemd_property_set(p, name, "ay", text_peek(&hex));
}

/* v1's shares as a weight, as cgroup_weight_of_shares() has it. */
static uint64_t weight_of_shares(uint64_t shares)
{
    shares = shares < 2 ? 2 : shares > 262144 ? 262144 : shares;
    return 1 + (shares - 2) * 9999 / 262142;
}

static int set_processor(struct strings *p, const struct oci_cpu *c)
{
    int r = 0;
    if (c->shares.given && c->shares.value > 0)
        r = systemd_property_set_number(p, "CPUWeight", weight_of_shares(c->shares.value));
    if (r == 0 && ((c->quota.given && c->quota.value != 0) || (c->period.given && c->period.value > 0)))
        r = set_quota(p, c->quota.value, c->period.value);
    if (r == 0 && c->cpus && c->cpus[0])
        r = set_list(p, "AllowedCPUs", c->cpus);
    return r == 0 && c->mems && c->mems[0] ? set_list(p, "AllowedMemoryNodes", c->mems) : r;
}

/* A number or "max". */
static int set_word(struct strings *p, const char *name, const char *value)
{
    uint64_t number = SYSTEMD_NO_LIMIT;
    int r = streq(value, "max") ? 0 : number_parse(value, UINT64_MAX - 1, &number);
    return r == 0 ? systemd_property_set_number(p, name, number) : r;
}

/* "QUOTA PERIOD", "max PERIOD", or the first alone. */
static int set_cpu_max(struct strings *p, const char *value)
{
    char quota[24];
    uint64_t us = 0, period = PERIOD_DEFAULT_US;
    size_t n = strcspn(value, " ");
    if (n >= sizeof(quota))
        return -EINVAL;
    memcpy(quota, value, n);
    quota[n] = '\0';
    int r = streq(quota, "max") ? 0 : number_parse(quota, INT64_MAX, &us);
    if (r == 0 && value[n])
        r = number_parse(value + n + 1, USEC_PER_SEC, &period);
    return r == 0 ? set_quota(p, us > 0 ? (int64_t)us : -1, period) : r;
}

static int set_file(struct strings *p, const char *file, const char *value)
{
    static const struct {
        const char *file, *property;
    } words[] = {
        {"cpu.weight", "CPUWeight"}, {"memory.high", "MemoryHigh"}, {"memory.low", "MemoryLow"},
        {"memory.max", "MemoryMax"}, {"memory.min", "MemoryMin"},   {"memory.swap.max", "MemorySwapMax"},
        {"pids.max", "TasksMax"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (streq(file, words[i].file))
            return set_word(p, words[i].property, value);
    if (streq(file, "cpu.max"))
        return set_cpu_max(p, value);
    if (streq(file, "cpuset.cpus"))
        return set_list(p, "AllowedCPUs", value);
    return streq(file, "cpuset.mems") ? set_list(p, "AllowedMemoryNodes", value) : 0;
}

static int set_unified(struct strings *p, const struct strings *unified, struct failure *failure)
{
    for (size_t i = 0; i < unified->count; i++) {
        const char *equals = strchr(unified->items[i], '=');
        char file[64];
        size_t n = equals ? (size_t)(equals - unified->items[i]) : sizeof(file);
        if (n >= sizeof(file))
            continue; /* no file that systemd knows */
        memcpy(file, unified->items[i], n);
        file[n] = '\0';
        int r = set_file(p, file, equals + 1);
        if (r < 0)
            return r == -ENOMEM ? fail(failure, r, "the properties")
                                : refuse(failure, -EINVAL,
                                         "linux.resources.unified: %s: \"%.100s\" is no value for it", file,
                                         equals + 1);
    }
    return 0;
}

int systemd_property_from_resources(struct strings *properties, const struct oci_resources *resources,
                                    struct failure *failure)
{
    int r = set_memory(properties, &resources->memory);
    if (r == 0)
        r = set_processor(properties, &resources->cpu);
    if (r == -EINVAL || r == -ERANGE)
        return refuse(failure, -EINVAL, "linux.resources.cpu: cpus or mems: no list of numbers as \"0-2,4\"");
    if (r == 0)
        r = set_limit(properties, "TasksMax", &resources->pids_limit);
    if (r == 0 && resources->io.weight.given && resources->io.weight.value > 0) /* 10..1000 -> 1..10000 */
        r = systemd_property_set_number(properties, "IOWeight",
                                        1 + (resources->io.weight.value - 10) * 9999 / 990);
    return r < 0 ? fail(failure, r, "the properties") : set_unified(properties, &resources->unified, failure);
}
