/* SPDX-License-Identifier: Apache-2.0 */
#include "init/verbs.h"

#include <string.h>

/* Ends with an empty row. */
static const struct verb verbs[] = {
    {"check", check_run}, {"ctl", ctl_run}, {"explain", explain_run},
    {"own", own_run},     {"up", up_run},   {NULL, NULL},
};

const struct verb *verb_find(const char *word)
{
    for (size_t i = 0; verbs[i].name; i++)
        if (strcmp(verbs[i].name, word) == 0)
            return &verbs[i];
    return NULL;
}
