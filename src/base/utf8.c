/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

size_t utf8_sequence(const char *bytes, size_t size)
{
    const unsigned char *p = (const unsigned char *)bytes;
    if (size == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || size < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates and what lies above U+10FFFF show in the second byte. */
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return length;
}

bool utf8_is_valid(const char *bytes, size_t size)
{
    while (size > 0) {
        size_t n = utf8_sequence(bytes, size);
        if (n == 0)
            return false;
        bytes += n;
        size -= n;
    }
    return true;
}

size_t utf8_encode(uint32_t c, char ret_bytes[UTF8_LENGTH_MAX])
{
    if ((c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
        return 0;
    if (c < 0x80) {
        ret_bytes[0] = (char)c;
        return 1;
    }
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = length; i-- > 1; c >>= 6)
        ret_bytes[i] = (char)(0x80 | (c & 0x3f));
    ret_bytes[0] = (char)((0xf00 >> length) | c);
    return length;
}
