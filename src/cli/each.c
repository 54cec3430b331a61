/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/each.h"

#include "cli/say.h"

#include <stdio.h>

int each_argument(struct cli *cli, const struct each *each, const struct arguments *arguments)
{
    int code = 0;
    for (int i = 0; i < arguments->count; i++) {
        struct failure failure = {0};
        if (each->one(cli, each->options, arguments->items[i], &failure) < 0)
            code = say_failure(cli, &failure);
        else if (!each->quiet)
            printf("%s\n", arguments->items[i]);
    }
    return code;
}
