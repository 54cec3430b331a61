/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What an answer's head says, line by line as it comes, bounded. No input and no output. */
#include "formats/auth_challenge.h"
#include "formats/fetch_message.h"

#define RESPONSE_HEAD_MAX (256u << 10) /* of all heads of one exchange */
#define RESPONSE_NOTE_MAX 4096         /* of a failing answer's body: for its error document */

struct response {
    uint32_t status; /* 0: none yet */
    char *location, *link;
    char media_type[FETCH_TYPE_SIZE]; /* "" = none, or none that is one */
    struct digest digest;             /* Docker-Content-Digest; hex "" = none of ours */
    bool has_length, has_range, has_upload_range, has_retry_after, has_limit;
    uint64_t length;                               /* Content-Length */
    uint64_t range_first, range_last, range_total; /* Content-Range */
    uint64_t upload_size;                          /* Range, of an upload */
    uint32_t retry_after;                          /* seconds */
    uint64_t limit;                                /* RateLimit-Limit .. */
    uint32_t limit_window;                         /* .. in so many seconds, 0: not said */
    struct auth_challenge challenge;
    bool has_challenge, bad_challenge;
    size_t head_size;
    size_t note_size;
    char note[RESPONSE_NOTE_MAX];
};

/* One line of a head, with or without its line break; a status line begins anew. `now`: seconds since the
 * epoch. -E2BIG: too much head; -EBADMSG: a length that is no number; -ENOMEM. */
int response_take_line(struct response *r, const char *line, size_t size, int64_t now) must_check;
/* As much as there is room for. */
void response_note(struct response *r, const void *data, size_t size);
/* Empty again; head_size is kept, so that it counts over the attempts of one exchange. */
void response_reset(struct response *r);
