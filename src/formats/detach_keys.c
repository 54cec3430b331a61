/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/detach_keys.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>

/* The byte that the terminal sends for one key, or -EINVAL. */
static int key_byte(const char *key)
{
    const char *letter = string_after(key, "ctrl-");
    if (letter && letter[0] != '\0' && letter[1] == '\0') {
        if (letter[0] >= 'a' && letter[0] <= 'z')
            return letter[0] - 'a' + 1;
        return strchr("@[\\]^_", letter[0]) ? letter[0] & 0x1f : -EINVAL;
    }
    return key[0] > 0x20 && key[0] < 0x7f && key[1] == '\0' ? key[0] : -EINVAL;
}

int detach_keys_parse(const char *text, struct detach_keys *ret_keys, struct failure *f)
{
    struct detach_keys keys = {0};
    text = text ? text : DETACH_KEYS_DEFAULT;
    if (text[0] == '\0') {
        *ret_keys = keys;
        return 0;
    }
    autofree char *copy = strdup(text);
    if (!copy)
        return fail(f, -ENOMEM, "--detach-keys %s", text);
    char *rest = copy;
    for (char *key = strsep(&rest, ","); key; key = strsep(&rest, ",")) {
        int byte = key_byte(key);
        if (byte < 0)
            return refuse(
                f, -EINVAL,
                "--detach-keys %s: unknown character: '%s' (a letter, or ctrl- and a-z @ [ \\ ] ^ _)", text,
                key);
        if (keys.count == DETACH_KEYS_MAX)
            return refuse(f, -EINVAL, "--detach-keys %s: more than %d keys", text, DETACH_KEYS_MAX);
        keys.bytes[keys.count++] = (unsigned char)byte;
    }
    *ret_keys = keys;
    return 0;
}
