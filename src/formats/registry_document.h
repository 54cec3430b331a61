/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Documents of a registry that are no image: its errors, its tokens, its lists of tags
 * (distribution-spec 1.1, "Error Codes" and "Listing Tags"; the token's form is distribution's "Token
 * Authentication Specification" and RFC 6749). */
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define REGISTRY_PAGE_MAX (1u << 20) /* of a document that is read whole */
#define REGISTRY_ERROR_SIZE 300
#define REGISTRY_TOKEN_MAX 32768
#define REGISTRY_TOKEN_SECONDS 60 /* how long a token is good when it does not say */

/* What the registry says itself, for a person: code and message of the first errors, printable UTF-8, "" when
 * the document has none. Reads what it can: a server in trouble seldom keeps to a form. */
void registry_errors_read(const char *data, size_t size, char ret_text[REGISTRY_ERROR_SIZE]);

/* "token" or "access_token", which must fit an Authorization field; "expires_in", at least
 * REGISTRY_TOKEN_SECONDS. The caller frees *ret_token. -EBADMSG, -ENOMEM. */
int registry_token_read(const char *data, size_t size, char **ret_token, uint32_t *ret_seconds) must_check;

/* Appends the tags, one a line. -EBADMSG: not a list, or something in it that is no tag; -ENOMEM. */
int registry_tags_read(const char *data, size_t size, struct text *lines) must_check;
