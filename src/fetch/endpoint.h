/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which addresses the registry client goes to. URLs are taken apart by libcurl's own parser, so that nobody
 * reads them in two ways. */
#include "base/failure.h"

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;

#define ENDPOINT_URL_MAX 16384

/* Where a URL leads. */
struct endpoint {
    bool https;
    char host[256]; /* lower case, of an IPv6 address without brackets */
    uint16_t port;
};

/* -EINVAL: no URL, longer than ENDPOINT_URL_MAX, not http(s), with a user or password, without a host. */
int endpoint_parse(const char *url, struct endpoint *ret_endpoint) must_check;
/* Same scheme, host and port: where the registry's credentials may go. */
bool endpoint_same(const struct endpoint *a, const struct endpoint *b);

/* The URL that `location` (absolute or relative) means in an answer of `base`; the caller frees it. -EINVAL,
 * -ENOMEM. */
int endpoint_resolve(const char *base, const char *location, char **ret_url) must_check;

/* Loopback, link-local (169.254.169.254 answers with a cloud machine's secrets) or unspecified, also as IPv4
 * in IPv6. */
bool address_is_local(const struct sockaddr *address);
/* Whether a host is such an address, or named localhost. */
bool host_is_local(const char *host);

/* Whether an answer that came from `from` may send us to `to`; `local_allowed`: the registry itself is on
 * this machine. 0, or -EPERM with the reason ("that would leave TLS"). */
int endpoint_check_redirect(const struct endpoint *from, const struct endpoint *to, bool local_allowed,
                            const char **ret_reason) must_check;
