/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* An archive's members as a list of what matters for privileges.
 *
 * A record is "E TYPE MODE UID GID CAPS SIZE\n", the path and the link target, each ended by NUL, then SIZE
 * bytes of content. TYPE: f file, d folder, l link, h hard link, w whiteout, o opaque folder, x another.
 * Files are listed when they are setuid, setgid or have capabilities, or when they (or a folder) are named in
 * `wanted` (a `*` at the end means every end); then with their content. A path with ".." in it is no file of
 * an image and is left out. "Z\n" ends the list: without it the archive was damaged. */
#include <stdio.h>

struct archive;

/* Takes the formats and filters that layers have. 0, or 1: libarchive lacks one. */
int listing_formats(struct archive *a);
/* Of an archive that was opened. 0, or 1: it is damaged, or `out` does not take it. */
int listing_write(struct archive *a, char *const *wanted, int count, FILE *out);
/* One member as it is. 0, or 1: not there, damaged, or `out` does not take it. */
int listing_extract(struct archive *a, const char *member, FILE *out);
