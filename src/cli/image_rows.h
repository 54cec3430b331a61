/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* An image's reference as a row of `images`, with docker's names of the columns (and ours: User,
 * Architecture, Os). */
#include "cli/filter.h"
#include "cli/listing.h"
#include "engine/image.h"

#define IMAGE_TABLE "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
#define IMAGE_DIGEST_TABLE "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"

/* One line of the list: an image has one for each reference, one without a reference has one too. */
struct image_line {
    const struct image_summary *image;
    char *repository, *tag; /* NULL: <none> */
};

extern const struct listing_column image_columns[];
extern const struct filter_key image_filters[]; /* match struct image_line */

/* `reference` is whole, or NULL. 0 or -ENOMEM, -EINVAL. */
int image_line_fill(struct image_line *line, const struct image_summary *image,
                    const char *reference) must_check;
void image_line_free(struct image_line *line);
/* REPOSITORY[:TAG] of the command line; NULL fits all. */
bool image_line_fits(const struct image_line *line, const char *wanted);
/* NULL: no memory. */
struct json_object *make_image_row(const struct image_line *line, int64_t now, bool no_trunc);
/* "3 weeks ago", "N/A" for 0. */
void print_age(int64_t when, int64_t now, struct text *out);
