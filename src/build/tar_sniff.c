/* SPDX-License-Identifier: Apache-2.0 */
#include "build/tar_sniff.h"

#include <stdint.h>
#include <string.h>

static uint32_t read_octal(const unsigned char *field, size_t size)
{
    uint32_t value = 0;
    size_t i = 0;
    while (i < size && (field[i] == ' ' || field[i] == '0'))
        i++;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
        value = value << 3 | (uint32_t)(field[i] - '0');
    return value;
}

/* The checksum is the sum of the header's bytes with the checksum itself taken for blanks (pax(1) "ustar").
 */
bool tar_sniff_header(const void *data, size_t size)
{
    const unsigned char *block = data;
    const size_t field = 148, field_size = 8;
    uint32_t sum = 0;
    if (size < TAR_BLOCK || block[0] == '\0')
        return false;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= field && i < field + field_size ? ' ' : block[i];
    return sum == read_octal(block + field, field_size);
}
