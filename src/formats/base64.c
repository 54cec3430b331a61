/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/base64.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_write(const void *data, size_t size)
{
    const unsigned char *in = data;
    char *text = size > SIZE_MAX / 2 ? NULL : malloc((size + 2) / 3 * 4 + 1), *out = text;
    if (!text)
        return NULL;
    for (size_t i = 0; i < size; i += 3) {
        uint32_t bits = (uint32_t)in[i] << 16 | (i + 1 < size ? (uint32_t)in[i + 1] << 8 : 0) |
                        (i + 2 < size ? in[i + 2] : 0);
        *out++ = alphabet[bits >> 18];
        *out++ = alphabet[bits >> 12 & 63];
        *out++ = i + 1 < size ? alphabet[bits >> 6 & 63] : '=';
        *out++ = i + 2 < size ? alphabet[bits & 63] : '=';
    }
    *out = '\0';
    return text;
}

static int value_of(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/* Four characters, of which the last `padding` are '='. */
static int read_group(const char *text, size_t padding, unsigned char ret_bytes[3])
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i >= 4 - padding ? 0 : value_of(text[i]);
        if (value < 0)
            return -EINVAL;
        bits = bits << 6 | (uint32_t)value;
    }
    ret_bytes[0] = (unsigned char)(bits >> 16);
    ret_bytes[1] = (unsigned char)(bits >> 8);
    ret_bytes[2] = (unsigned char)bits;
    return (padding > 0 && ret_bytes[2]) || (padding > 1 && ret_bytes[1]) ? -EINVAL : 0;
}

int base64_read(const char *text, char **ret_data, size_t *ret_size)
{
    size_t length = strlen(text);
    size_t padding = length >= 4 && text[length - 1] == '=' ? (text[length - 2] == '=' ? 2 : 1) : 0;
    if (length % 4 != 0)
        return -EINVAL;
    autofree char *data = malloc(length / 4 * 3 + 1);
    if (!data)
        return -ENOMEM;
    size_t size = 0;
    for (size_t i = 0; i < length; i += 4) {
        size_t missing = i + 4 == length ? padding : 0;
        int r = read_group(text + i, missing, (unsigned char *)data + size);
        if (r < 0)
            return r;
        size += 3 - missing;
    }
    data[size] = '\0';
    *ret_data = TAKE_PTR(data);
    *ret_size = size;
    return 0;
}
