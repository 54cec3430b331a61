/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Parts of creating a container; container_create() is the whole. */
#include "engine/lookup.h"
#include "engine/mount_list.h"
#include "formats/userns_mode.h"
#include "host/id_ledger.h"
#include "store/image.h"

#define NAME_CHOSEN_SIZE 48

/* Takes a free name made of two words. */
int name_choose(const struct engine *e, const char *id, char ret_name[NAME_CHOSEN_SIZE],
                struct failure *failure) must_check;

/* Everything that can be judged without starting: every option is parsed, what excludes another is refused.
 */
int create_check(const struct container_request *request, const struct image *image,
                 struct failure *failure) must_check;
/* Whether the container has a range of its own in the ledger. */
bool create_needs_range(const struct container_request *request, const struct userns_mode *mode);
/* A new random id. */
int create_id(char ret_id[RECORD_ID_SIZE], struct failure *failure) must_check;
/* The folders of a container, without a record in them; pending_begin() comes before, container_discard()
 * undoes it. */
int create_folders(const struct engine *e, const char *id, struct failure *failure) must_check;
/* Its id range, when the request's --userns wants one: record->range_first. */
int create_range(struct engine *e, struct container_record *record, struct failure *failure) must_check;
/* Makes the volumes that the request and the image name; anonymous ones get a name, which then stands in the
 * request. */
int create_volumes(struct engine *e, const struct image *image, struct container_record *record,
                   struct failure *failure) must_check;
