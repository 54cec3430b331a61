/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mode_change.h"

#include "formats/file_mode.h"

#include <errno.h>
#include <string.h>

#define MODE_ALL 07777u

/* Who: 0700, 070, 07 as bits; nobody named means all. */
static uint32_t take_who(const char **p)
{
    uint32_t who = 0;
    for (;; ++*p) {
        if (**p == 'u')
            who |= 0700;
        else if (**p == 'g')
            who |= 070;
        else if (**p == 'o')
            who |= 07;
        else if (**p == 'a')
            who |= 0777;
        else
            return who ? who : 0777;
    }
}

/* The bits of one class, three times. */
static uint32_t spread(uint32_t bits)
{
    return bits << 6 | bits << 3 | bits;
}

/* u, g or o behind the operator: what that class has now. 0: none of them stands there. */
static bool take_copied(const char **p, uint32_t mode, uint32_t *ret_bits)
{
    unsigned shift = **p == 'u' ? 6 : **p == 'g' ? 3 : 0;
    if (**p != 'u' && **p != 'g' && **p != 'o')
        return false;
    ++*p;
    *ret_bits = spread(mode >> shift & 07);
    return true;
}

static uint32_t take_permissions(const char **p, uint32_t mode, bool is_folder, uint32_t who)
{
    uint32_t bits = 0, special = 0;
    for (;; ++*p) {
        if (**p == 'r')
            bits |= spread(04);
        else if (**p == 'w')
            bits |= spread(02);
        else if (**p == 'x' || (**p == 'X' && (is_folder || (mode & 0111))))
            bits |= spread(01);
        else if (**p == 's')
            special |= (who & 0700 ? 04000u : 0) | (who & 070 ? 02000u : 0);
        else if (**p == 't')
            special |= 01000;
        else if (**p != 'X')
            return (bits & who) | special;
    }
}

static uint32_t change_bits(uint32_t mode, char operation, uint32_t who, uint32_t bits)
{
    if (operation == '+')
        return mode | bits;
    if (operation == '-')
        return mode & ~bits;
    uint32_t cleared = who | (who & 0700 ? 04000u : 0) | (who & 070 ? 02000u : 0) | (who & 07 ? 01000u : 0);
    return (mode & ~cleared) | bits;
}

static int apply_clause(const char **p, bool is_folder, uint32_t *mode)
{
    uint32_t who = take_who(p), bits;
    if (**p != '+' && **p != '-' && **p != '=')
        return -EINVAL;
    while (**p == '+' || **p == '-' || **p == '=') {
        char operation = *(*p)++;
        if (take_copied(p, *mode, &bits))
            bits &= who;
        else
            bits = take_permissions(p, *mode, is_folder, who);
        *mode = change_bits(*mode, operation, who, bits);
    }
    return 0;
}

int mode_change_apply(const char *change, uint32_t mode, bool is_folder, uint32_t *ret_mode)
{
    if (change[0] >= '0' && change[0] <= '9')
        return file_mode_parse(change, MODE_ALL, ret_mode);
    mode &= MODE_ALL;
    for (const char *p = change;; p++) {
        int r = apply_clause(&p, is_folder, &mode);
        if (r < 0)
            return r;
        if (*p == '\0')
            break;
        if (*p != ',')
            return -EINVAL;
    }
    *ret_mode = mode;
    return 0;
}
