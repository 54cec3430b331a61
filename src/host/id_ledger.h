/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Ranges of ids: a pool registered for the name "unroot" in /etc/subuid and /etc/subgid (subuid(5)), and who
 * has which range of it. The ledger is one for the host, whatever ROOT is: two containers share a host id
 * only where id_range_share() says so. */
#include "base/failure.h"
#include "formats/id_map.h"

#include <stdbool.h>
#include <stdint.h>

#define ID_POOL_NAME "unroot"
#define ID_POOL_FIRST                                                                                        \
    1879048192u /* above systemd's container range, below its foreign range: systemd UIDS-GIDS */
#define ID_POOL_RANGES 4094u
#define ID_LEDGER "/var/lib/unroot/ids"

struct id_pool {
    uint32_t first, ranges; /* ranges of 65,536 ids */
};

/* The registered pool; registers one that is free of other ranges and of accounts when there is none
 * (*ret_created). -ENOSPC: nothing is free; errors of writing /etc. */
int id_pool_prepare(struct id_pool *ret_pool, bool *ret_created, struct failure *failure) must_check;

/* Takes a range for the container whose folder is `folder` (absolute): the one that the hash of `name` points
 * at or the next free one, so the same name comes back to the same ids. Taking again gives the same range.
 * Ranges whose folder is gone are free. One symlinkat(2): nothing to repair after a crash. -ENOSPC when all
 * are taken. */
int id_range_take(const struct id_pool *pool, const char *name, const char *folder, uint32_t *ret_first,
                  struct failure *failure) must_check;
/* Makes `folder` one more holder of the range from `first` on: containers of one pod have one range, and it
 * is free when the last of them has given it back, whichever that is. -ENOENT (without a sentence): nobody
 * has it. */
int id_range_share(const struct id_pool *pool, uint32_t first, const char *folder,
                   struct failure *failure) must_check;
/* Gives it back; a range of another container is left alone. */
void id_range_release(const struct id_pool *pool, uint32_t first, const char *folder);
/* The ranges that are taken, as extents whose `outside` and `count` count: an array, the caller's. */
int id_range_list(const struct id_pool *pool, struct id_extent **ret_taken, size_t *ret_count,
                  struct failure *failure) must_check;
