/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/cpu_list.h"

#include <errno.h>
#include <string.h>

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " ");
}

static int take_number(const char **at, unsigned *ret_number)
{
    unsigned number = 0;
    if (**at < '0' || **at > '9')
        return -EINVAL;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        number = number * 10 + (unsigned)(**at - '0');
        if (number >= CPU_LIST_MAX)
            return -ERANGE;
    }
    *ret_number = number;
    return 0;
}

static int take_range(const char **at, unsigned *ret_first, unsigned *ret_last)
{
    int r = take_number(at, ret_first);
    *ret_last = *ret_first;
    if (r == 0 && **at == '-') {
        ++*at;
        r = take_number(at, ret_last);
    }
    return r == 0 && *ret_last < *ret_first ? -EINVAL : r;
}

int cpu_list_parse(const char *text, uint64_t ret_bits[CPU_LIST_WORDS])
{
    uint64_t bits[CPU_LIST_WORDS] = {0};
    const char *at = text;
    skip_blanks(&at);
    while (*at != '\0') {
        unsigned first, last;
        int r = take_range(&at, &first, &last);
        if (r < 0)
            return r;
        for (unsigned n = first; n <= last; n++)
            bits[n / 64] |= UINT64_C(1) << (n % 64);
        skip_blanks(&at);
        if (*at == '\0')
            break;
        if (*at++ != ',')
            return -EINVAL;
        skip_blanks(&at);
        if (*at == '\0')
            return -EINVAL;
    }
    if (ret_bits)
        memcpy(ret_bits, bits, sizeof(bits));
    return 0;
}
