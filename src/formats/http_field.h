/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Values of HTTP fields that the registry client acts on: strict forms only, anything else is -EBADMSG. */
#include "base/ownership.h"

#include <stddef.h>
#include <stdint.h>

/* Retry-After (RFC 9110 section 10.2.3): seconds, or a date (IMF-fixdate) against `now` (seconds since the
 * epoch): then what is left, 0 when it is past. At most UINT32_MAX. */
int http_read_retry_after(const char *value, int64_t now, uint32_t *ret_seconds) must_check;
/* Content-Range "bytes FIRST-LAST/TOTAL"; *ret_total is UINT64_MAX for "*". */
int http_read_content_range(const char *value, uint64_t *ret_first, uint64_t *ret_last,
                            uint64_t *ret_total) must_check;
/* Range of an upload as the distribution-spec has it: "0-LAST", also with "bytes=" before it; how many bytes
 * are there. */
int http_read_upload_range(const char *value, uint64_t *ret_size) must_check;
/* Link (RFC 8288): the target whose rel is "next"; the caller frees it. -ENOENT: there is none. -ENOMEM. */
int http_read_link_next(const char *value, char **ret_target) must_check;
/* Content-Type without its parameters, which must be a media type and fit. */
int http_read_media_type(const char *value, char *ret_type, size_t size) must_check;
/* "100;w=21600" of the RateLimit fields: the number and the window in seconds (0: not said). */
int http_read_rate_limit(const char *value, uint64_t *ret_number, uint32_t *ret_window) must_check;
