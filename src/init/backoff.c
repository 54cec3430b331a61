/* SPDX-License-Identifier: Apache-2.0 */
#include "init/backoff.h"

int64_t backoff_next(struct backoff *b, int64_t started_ms, int64_t now_ms)
{
    int64_t lasted = now_ms - started_ms, good = b->max_ms > 1000 ? b->max_ms : 1000;
    if (lasted > good)
        b->current_ms = 0;
    b->failures[b->failure_count++ % BACKOFF_MEMORY] = now_ms;
    if (b->give_up_count > 0 && b->failure_count >= b->give_up_count) {
        int64_t oldest = b->failures[(b->failure_count - b->give_up_count) % BACKOFF_MEMORY];
        if (now_ms - oldest <= b->give_up_ms)
            return -1;
    }
    int64_t wait = b->current_ms > b->min_ms ? b->current_ms : b->min_ms;
    wait = wait < b->max_ms ? wait : b->max_ms;
    b->current_ms = wait > 0 ? wait * 2 : 1;
    return wait;
}
