/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Folders without a final name: ROOT/storage/layers/.new-* is being made by someone who holds STORE_LOCK_ADD,
 * .gone-* is being deleted. Whoever holds STORE_LOCK_COLLECT knows that both are rubbish. */
#include "store/store.h"

#define STAGING_NAME_SIZE 32

/* Makes and opens an empty folder, 0755 S:S, for unroot-unpack to fill. The descriptor is the caller's. */
int staging_make(const struct store *s, char ret_name[STAGING_NAME_SIZE]) must_check;
/* Gives the folder its name in layers/. -EEXIST: somebody was faster. */
int staging_rename(const struct store *s, const char *name, const char *final) must_check;
/* Takes `name` (a layer or a staging folder) out of the way at once, then deletes it. Missing is success. */
int staging_remove(const struct store *s, const char *name) must_check;
/* Deletes what killed commands left, unless something is being added right now: then the next one does it.
 * What cannot be deleted stays for the next one too. */
void staging_clean(const struct store *s);
/* The same after a failure of one's own, whose ended processes may hold the lock for a moment longer: waits
 * up to a second for it. */
void staging_clean_soon(const struct store *s);
/* Deletes all rubbish; the caller holds STORE_LOCK_COLLECT. */
int staging_remove_all(const struct store *s) must_check;
