/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Extended attributes of an archive's entry: security.capability and user.* are kept, all others are left out
 * and counted (ACLs and labels name users and policies of another host; trusted.overlay.* would steer the
 * overlay). */
#include "base/text.h"
#include "unpack/extract.h"

int attributes_set(struct extract *x, int fd, struct archive_entry *entry,
                   struct failure *failure) must_check;

/* The same attributes of an open file or folder, as pax records. */
int attributes_get(int fd, struct text *records) must_check;
