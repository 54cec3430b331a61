/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/systemd_property.h"

#include "base/number.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define VALUE_MAX 4096
#define USEC_PER_SEC UINT64_C(1000000)

/* What an annotation may set: limits, how it ends, and when it starts beside others. What starts, stops or
 * joins other units, or moves processes (PIDs, Conflicts, OnFailure ..) is the host's. */
static const struct {
    const char *name, *type;
} permitted[] = {
    {"After", "as"},
    {"Before", "as"},
    {"CPUAccounting", "b"},
    {"CPUQuotaPerSecUSec", "t"},
    {"CPUQuotaPeriodUSec", "t"},
    {"CPUWeight", "t"},
    {"CollectMode", "s"},
    {"DefaultDependencies", "b"},
    {"Description", "s"},
    {"FinalKillSignal", "i"},
    {"IOAccounting", "b"},
    {"IOWeight", "t"},
    {"KillMode", "s"},
    {"KillSignal", "i"},
    {"ManagedOOMMemoryPressure", "s"},
    {"ManagedOOMPreference", "s"},
    {"ManagedOOMSwap", "s"},
    {"MemoryAccounting", "b"},
    {"MemoryHigh", "t"},
    {"MemoryLow", "t"},
    {"MemoryMax", "t"},
    {"MemoryMin", "t"},
    {"MemorySwapMax", "t"},
    {"OOMPolicy", "s"},
    {"RestartKillSignal", "i"},
    {"RuntimeMaxUSec", "t"},
    {"SendSIGHUP", "b"},
    {"SendSIGKILL", "b"},
    {"StartupCPUWeight", "t"},
    {"StartupIOWeight", "t"},
    {"TasksAccounting", "b"},
    {"TasksMax", "t"},
    {"TimeoutStopUSec", "t"},
};

int systemd_property_set(struct strings *properties, const char *name, const char *type, const char *value)
{
    autofree char *assignment = NULL;
    if (asprintf(&assignment, "%s=%s:%s", name, type, value) < 0) {
        assignment = NULL;
        return -ENOMEM;
    }
    return strings_set_variable(properties, assignment);
}

int systemd_property_set_number(struct strings *properties, const char *name, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value); /* fits */
    return systemd_property_set(properties, name, "t", text);
}

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " ");
}

/* 'text' or "text", with \' \" \\ in it. */
static int take_string(const char **p, struct text *out)
{
    char quote = **p;
    if (quote != '\'' && quote != '"')
        return -EINVAL;
    for ((*p)++; **p != quote; (*p)++) {
        bool escape = **p == '\\';
        *p += escape;
        unsigned char c = (unsigned char)**p;
        if (c < ' ' || c == 127 || (escape && !strchr("'\"\\", c)))
            return -EINVAL;
        text_append_char(out, (char)c);
    }
    (*p)++;
    return 0;
}

/* ['a', 'b']; the items divided by line breaks. */
static int take_strings(const char *p, struct text *out)
{
    const char *typed = string_after(p, "@as ");
    p = skip_blanks(typed ? typed : p);
    if (*p++ != '[')
        return -EINVAL;
    p = skip_blanks(p);
    for (bool first = true; *p != ']' || !first; first = false) {
        if (!first)
            text_append_char(out, '\n');
        if (take_string(&p, out) < 0)
            return -EINVAL;
        p = skip_blanks(p);
        if (*p == ']')
            break;
        if (*p++ != ',')
            return -EINVAL;
        p = skip_blanks(p);
    }
    return *skip_blanks(p + 1) == '\0' ? 0 : -EINVAL;
}

/* Behind its type, if that is written. */
static const char *find_number(const char *p)
{
    static const char *const types[] = {"byte ",   "int16 ",  "uint16 ", "int32 ", "uint32 ", "int64 ",
                                        "uint64 ", "double ", "@y ",     "@n ",    "@q ",     "@i ",
                                        "@u ",     "@x ",     "@t ",     "@d "};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        const char *behind = string_after(p, types[i]);
        if (behind)
            return skip_blanks(behind);
    }
    return p;
}

/* Seconds, with a fraction of at most six digits, as microseconds. */
static int take_seconds(const char *p, uint64_t *ret_usec)
{
    char whole[24], fraction[8] = "000000";
    size_t n = strcspn(p, ".");
    const char *rest = p[n] ? p + n + 1 : "0";
    uint64_t seconds, usec;
    if (n == 0 || n >= sizeof(whole) || strlen(rest) == 0 || strlen(rest) > 6)
        return -EINVAL;
    memcpy(whole, p, n);
    whole[n] = '\0';
    memcpy(fraction, rest, strlen(rest));
    int r = number_parse(whole, UINT64_MAX / USEC_PER_SEC - 1, &seconds);
    if (r == 0)
        r = number_parse(fraction, USEC_PER_SEC, &usec);
    if (r == 0)
        *ret_usec = seconds * USEC_PER_SEC + usec;
    return r;
}

static int convert(const char *type, bool in_seconds, const char *value, struct text *out)
{
    uint64_t number;
    int r = -EINVAL;
    value = skip_blanks(value);
    if (streq(type, "as"))
        return take_strings(value, out);
    if (streq(type, "s")) {
        r = take_string(&value, out);
        return r == 0 && *skip_blanks(value) ? -EINVAL : r;
    }
    if (streq(type, "b")) {
        bool yes = streq(value, "true") || streq(value, "boolean true");
        text_append(out, yes ? "1" : "0");
        return yes || streq(value, "false") || streq(value, "boolean false") ? 0 : -EINVAL;
    }
    value = find_number(value);
    r = in_seconds ? take_seconds(value, &number)
                   : number_parse(value, streq(type, "i") ? INT32_MAX : UINT64_MAX, &number);
    if (r == 0)
        text_printf(out, "%llu", (unsigned long long)number);
    return r;
}

int systemd_property_from_annotation(struct strings *properties, const char *name, const char *value,
                                     struct failure *failure)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char full[64];
    size_t length = strlen(name), i = 0;
    if (length < 3 || length > 50 || strspn(name, letters) != length)
        return refuse(failure, -EINVAL, "annotation " SYSTEMD_ANNOTATION "%.60s: not the name of a property",
                      name);
    bool in_seconds = length > 4 && streq(name + length - 3, "Sec") && name[length - 4] >= 'a';
    (void)snprintf(full, sizeof(full), "%.*s%s", (int)(in_seconds ? length - 3 : length), name,
                   in_seconds ? "USec" : ""); /* fits */
    while (i < ARRAY_SIZE(permitted) && !streq(permitted[i].name, full))
        i++;
    if (i == ARRAY_SIZE(permitted))
        return refuse(failure, -EPERM,
                      "annotation " SYSTEMD_ANNOTATION
                      "%s: a container may not set this property: it concerns more "
                      "than the container, or is set by the runtime",
                      name);
    autotext struct text out = {0};
    int r = strlen(value) > VALUE_MAX ? -EINVAL : convert(permitted[i].type, in_seconds, value, &out);
    if (r < 0)
        return refuse(failure, -EINVAL,
                      "annotation " SYSTEMD_ANNOTATION
                      "%s: \"%.100s\" is not a value as GVariant text of type %s",
                      name, value, permitted[i].type);
    r = text_error(&out);
    if (r == 0)
        r = systemd_property_set(properties, full, permitted[i].type, text_peek(&out));
    return r < 0 ? fail(failure, r, "the properties") : 0;
}
