/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/confirm.h"

#include <stdio.h>

bool confirm(const char *question)
{
    char answer[64];
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s Are you sure? [y/N] ",
                  question); /* who closed standard error wants no question */
    if (!fgets(answer, sizeof(answer), stdin))
        return false;
    return answer[0] == 'y' || answer[0] == 'Y';
}
