/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/network_counters.h"

#include "formats/cgroup_counters.h"

#include <errno.h>
#include <string.h>

#define SENT_COLUMN 8 /* bytes packets errs drop fifo frame compressed multicast | bytes .. */

int network_counters_sum(const char *text, struct network_counters *ret_counters)
{
    struct network_counters sum = {0};
    const char *next;
    for (const char *line = text; *line != '\0'; line = next) {
        size_t length = strcspn(line, "\n");
        autofree char *copy = strndup(line, length);
        autofree uint64_t *numbers = NULL;
        size_t count = 0;
        next = line + length + (line[length] == '\n');
        if (!copy)
            return -ENOMEM;
        char *name = copy + strspn(copy, " "), *colon = strrchr(name, ':'); /* an alias has one in its name */
        if (!colon)
            continue;
        *colon = '\0';
        if (strcmp(name, "lo") == 0)
            continue;
        int r = cgroup_counter_numbers(colon + 1, &numbers, &count);
        if (r < 0)
            return r;
        if (count > SENT_COLUMN) {
            sum.received_bytes += numbers[0];
            sum.sent_bytes += numbers[SENT_COLUMN];
        }
    }
    *ret_counters = sum;
    return 0;
}
