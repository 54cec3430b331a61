/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/retry.h"

bool retry_status(uint32_t status)
{
    return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

int64_t retry_decide(const struct retry_facts *f)
{
    bool passing = f->status == 0 ? f->broken : f->broken || retry_status(f->status);
    if (!passing || f->attempt >= f->attempts)
        return -1;
    uint32_t doublings = f->attempt > 16 ? 16 : f->attempt - 1;
    int64_t wait = (int64_t)RETRY_BASE_MS << doublings;
    if (wait > RETRY_MAX_MS)
        wait = RETRY_MAX_MS;
    wait = wait / 2 + f->random % (wait / 2 + 1); /* so that many clients do not come back at once */
    if (!f->has_retry_after)
        return wait;
    if (f->retry_after > RETRY_AFTER_MAX_SECONDS)
        return -1;
    int64_t asked = (int64_t)f->retry_after * 1000;
    return asked > wait ? asked : wait;
}
