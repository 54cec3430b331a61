/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Bearer tokens (distribution's "Token Authentication Specification"): got from the realm that the registry
 * names, with the session's credentials or without, kept per realm, service and scope. */
#include "fetch/session.h"

/* Remembers what a challenge of the registry's says. 0; -EPERM: a realm where no credentials may go, -EINVAL:
 * nothing that can be answered, both with the reason. */
int token_learn(struct session *s, const struct auth_challenge *challenge,
                const char **ret_reason) must_check;
/* The token for these scopes: a good one, or one that is being fetched (then `value` is NULL, and
 * exchange_token_done() tells whoever waits for it). NULL: no memory. */
struct token *token_get(struct fetcher *fetcher, struct session *s, const struct strings *scopes);
/* The registry does not take it any more. */
void token_forget(struct token *token);
void token_free(struct fetcher *fetcher, struct token *token);
