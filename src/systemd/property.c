/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/property.h"

#include "base/number.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>

static int append_number(sd_bus_message *m, const char *type, const char *value)
{
    uint64_t number;
    int r = number_parse(value, type[0] == 'b' ? 1 : type[0] == 'i' ? INT32_MAX : UINT64_MAX, &number);
    if (r < 0)
        return r;
    if (type[0] == 't')
        return sd_bus_message_append(m, "v", "t", number);
    return sd_bus_message_append(m, "v", type, (int)number);
}

/* Items divided by line breaks. */
static int append_strings(sd_bus_message *m, const char *value)
{
    autostrings struct strings items = {0};
    int r = 0;
    for (const char *p = value; r == 0 && *p;) {
        size_t n = strcspn(p, "\n");
        r = strings_addf(&items, "%.*s", (int)n, p);
        p += n + (p[n] != '\0');
    }
    if (r == 0)
        r = sd_bus_message_open_container(m, 'v', "as");
    if (r >= 0)
        r = sd_bus_message_append_strv(m, items.items);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int nibble(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -EINVAL;
}

/* Hexadecimal. */
static int append_bytes(sd_bus_message *m, const char *value)
{
    size_t size = strlen(value) / 2;
    autofree unsigned char *bytes = malloc(size + 1);
    if (!bytes)
        return -ENOMEM;
    int r = strlen(value) % 2 ? -EINVAL : 0;
    for (size_t i = 0; r >= 0 && i < size; i++) {
        int high = nibble(value[2 * i]), low = nibble(value[2 * i + 1]);
        r = high < 0 || low < 0 ? -EINVAL : 0;
        bytes[i] = r < 0 ? 0 : (unsigned char)(high << 4 | low);
    }
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'v', "ay");
    if (r >= 0)
        r = sd_bus_message_append_array(m, 'y', bytes, size);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_value(sd_bus_message *m, const char *type, const char *value)
{
    if (streq(type, "b") || streq(type, "i") || streq(type, "t"))
        return append_number(m, type, value);
    if (streq(type, "s"))
        return sd_bus_message_append(m, "v", "s", value);
    if (streq(type, "as"))
        return append_strings(m, value);
    return streq(type, "ay") ? append_bytes(m, value) : -EINVAL;
}

int property_append(sd_bus_message *message, const char *property)
{
    autofree char *name = strdup(property);
    char *equals = name ? strchr(name, '=') : NULL, *colon = equals ? strchr(equals, ':') : NULL;
    if (!colon)
        return name ? -EINVAL : -ENOMEM;
    *equals = *colon = '\0';
    int r = sd_bus_message_open_container(message, 'r', "sv");
    if (r >= 0)
        r = sd_bus_message_append(message, "s", name);
    if (r >= 0)
        r = append_value(message, equals + 1, colon + 1);
    return r < 0 ? r : sd_bus_message_close_container(message);
}
