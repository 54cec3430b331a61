/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/file_mode.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>

int file_mode_parse(const char *text, uint32_t max, uint32_t *ret_mode)
{
    const char *digits = string_after(text, "0o");
    digits = digits ? digits : text;
    if (digits[0] == '\0' || digits[strspn(digits, "01234567")] != '\0')
        return -EINVAL;
    uint32_t mode = 0;
    for (; *digits != '\0'; digits++) {
        if (mode > UINT32_MAX >> 3)
            return -ERANGE;
        mode = mode << 3 | (uint32_t)(*digits - '0');
    }
    if (mode > max)
        return -ERANGE;
    *ret_mode = mode;
    return 0;
}
