/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/session.h"

#include <errno.h>

/* What the registry or the network itself says, behind ours. */
static const char *said(const struct fetch_reply *answer, char *buffer, size_t size)
{
    (void)snprintf(buffer, size, "%s%.400s", answer->text[0] ? ": " : "", answer->text); /* cut is enough */
    return buffer;
}

static int refuse_login(const struct registry_session *s, const struct fetch_reply *answer, const char *what,
                        struct failure *failure)
{
    const struct registry_endpoint *e = registry_session_endpoint(s);
    char reason[512];
    (void)said(answer, reason, sizeof(reason));
    if (s->logged_in)
        return refuse(failure, -EACCES,
                      "%s: %s does not take the credentials it is given%s: log in again: `unroot "
                      "login %s`",
                      what, e->domain, reason, e->domain);
    return refuse(
        failure, -EACCES,
        "%s: %s wants a login, or has no such repository%s: `unroot login %s` if you have an account", what,
        e->domain, reason, e->domain);
}

static int refuse_rate(const struct registry_session *s, const struct fetch_reply *answer, const char *what,
                       struct failure *failure)
{
    const struct registry_endpoint *e = registry_session_endpoint(s);
    char reason[512], when[64] = "later", hint[400] = "";
    if (answer->wait_seconds > 0)
        (void)snprintf(when, sizeof(when), "in %u seconds", answer->wait_seconds); /* fits */
    if (!s->logged_in)
        (void)snprintf(hint, sizeof(hint), ", or with an account, which may do more: `unroot login %s`",
                       e->domain);
    return refuse(failure, -EBUSY, "%s: %s limits how often it is asked%s: try again %s%s", what, e->domain,
                  said(answer, reason, sizeof(reason)), when, hint);
}

static int refuse_tls(const struct registry_session *s, const struct fetch_reply *answer, const char *what,
                      struct failure *failure)
{
    const struct registry_endpoint *e = registry_session_endpoint(s);
    char reason[512];
    return refuse(
        failure, -EPROTO,
        "%s: no trusted TLS with %s%s: if it has a certificate of your own authority, put that one's into "
        "/etc/containers/certs.d/%s/ca.crt; if it has none, write `[[registry]] location = \"%s\" insecure = "
        "true` (three lines) into /etc/unroot/registries.conf",
        what, e->host, said(answer, reason, sizeof(reason)), e->domain, e->domain);
}

int registry_refuse(const struct registry_session *s, const struct fetch_reply *answer,
                    struct failure *failure)
{
    const char *what = s->options.what;
    const struct registry_endpoint *e = registry_session_endpoint(s);
    char reason[512];
    (void)said(answer, reason, sizeof(reason));
    switch (answer->error) {
    case FETCH_NOT_FOUND:
        return refuse(failure, -ENOENT, "%s: not found at %s%s", what, e->domain, reason);
    case FETCH_UNAUTHORIZED:
        return refuse_login(s, answer, what, failure);
    case FETCH_DENIED:
        return refuse(failure, -EACCES, "%s: %s denies access%s%s", what, e->domain,
                      s->logged_in ? " to this account" : " without a login", reason);
    case FETCH_RATE_LIMITED:
        return refuse_rate(s, answer, what, failure);
    case FETCH_TLS:
        return refuse_tls(s, answer, what, failure);
    case FETCH_NETWORK:
        return refuse(failure, -ENETUNREACH, "%s: %s is not reached%s", what, e->host, reason);
    case FETCH_TOO_LARGE:
        return refuse(failure, -EFBIG, "%s: %s sends more than it should%s", what, e->host, reason);
    case FETCH_PROTOCOL:
        return refuse(failure, -EPROTO, "%s: %s does not answer as a registry does%s", what, e->host, reason);
    case FETCH_CANCELLED:
        return refuse(failure, -ECANCELED, "%s: cancelled", what);
    case FETCH_LOCAL:
    case FETCH_OK:
    case FETCH_ERROR_COUNT:
        break;
    }
    return refuse(failure, -EIO, "%s: unroot-fetch could not pass it on%s", what, reason);
}
