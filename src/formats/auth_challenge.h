/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* WWW-Authenticate (RFC 9110 section 11.6.1): what a registry asks for. Of the schemes Basic (RFC 7617) and
 * Bearer as the distribution-spec's token authentication has it are kept, others are skipped. */
#include "base/ownership.h"

#include <stdbool.h>

#define AUTH_CHALLENGE_MAX 16384 /* bytes of a field */
#define AUTH_PARAMETER_MAX 4096  /* of one parameter's value */

struct auth_challenge {
    bool basic, bearer; /* a Bearer challenge without a realm is none */
    /* Of Bearer; NULL: not there. Printable ASCII, not checked further. */
    char *realm, *service, *scope, *error;
};
#define autochallenge __attribute__((cleanup(auth_challenge_free)))

/* Adds the challenges of one field to those of the fields before it; of two Bearer challenges the first
 * counts. -EBADMSG: malformed, too long, a parameter twice in one challenge; *challenge is as before then.
 * -ENOMEM. */
int auth_challenge_add(struct auth_challenge *challenge, const char *value) must_check;
void auth_challenge_free(struct auth_challenge *challenge);
