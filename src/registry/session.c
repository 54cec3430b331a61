/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/session.h"

#include "base/strings.h"
#include "registry/places.h"

#include <errno.h>
#include <string.h>

static int resolve(struct registry_session *s, const struct reference *reference, const char *domain,
                   struct failure *failure)
{
    struct registry_endpoints found = {0};
    struct reference alone = {.domain = (char *)domain, .path = (char *)"any/repository"};
    int r = registries_config_resolve(&s->config, reference ? reference : &alone,
                                      s->options.push || !reference, &found, failure);
    if (r < 0)
        return r;
    s->endpoints = found;
    if (reference)
        return 0;
    for (size_t i = 0; i < found.count; i++) { /* none is meant */
        free(found.items[i].repository);
        found.items[i].repository = NULL;
    }
    return 0;
}

int registry_session_open(struct registry_session *s, const struct registry_options *options,
                          const struct reference *reference, const char *domain, struct failure *failure)
{
    *s = (struct registry_session){.options = *options, .client = REGISTRY_CLIENT_NONE};
    int r = registry_places_read(&s->config, failure);
    if (r == 0)
        r = resolve(s, reference, domain, failure);
    if (r == 0)
        r = registry_client_start(&s->client, options->program_dir, failure);
    if (r < 0)
        registry_session_close(s);
    return r;
}

void registry_session_close(struct registry_session *s)
{
    if (!s->options.program_dir)
        return; /* never opened */
    registry_client_end(&s->client);
    registry_endpoints_free(&s->endpoints);
    registries_config_free(&s->config);
    *s = (struct registry_session){.client = REGISTRY_CLIENT_NONE};
}

const struct registry_endpoint *registry_session_endpoint(const struct registry_session *s)
{
    return &s->endpoints.items[s->position];
}

static const char *first_of(const char *one, const char *other)
{
    return one && one[0] ? one : other;
}

static void fill_credentials(struct fetch_session *settings, const struct registry_credentials *c)
{
    settings->credentials = c->identity_token ? FETCH_IDENTITY_TOKEN
                            : c->username     ? FETCH_PASSWORD
                                              : FETCH_ANONYMOUS;
    settings->user = c->username;
    settings->secret = c->identity_token ? c->identity_token : c->password;
}

/* --tls-verify wins over what is configured. */
static bool is_insecure(const struct registry_session *s)
{
    enum registry_tls tls = s->options.environment->tls;
    return tls == REGISTRY_TLS_CONFIGURED ? registry_session_endpoint(s)->insecure : tls == REGISTRY_TLS_ANY;
}

/* Tells unroot-fetch about the endpoint; a session that was open is ended. */
static int begin(struct registry_session *s, const struct registry_credentials *credentials, bool plain_http,
                 bool probe, struct failure *failure)
{
    const struct registry_endpoint *e = registry_session_endpoint(s);
    const struct registry_environment *environment = s->options.environment;
    struct fetch_request request = {.verb = FETCH_END_SESSION, .session = s->id};
    int r = s->id ? registry_client_send(&s->client, &request, -EBADF, failure) : 0;
    if (r < 0)
        return r;
    s->id = 0;
    autoclose int certificates = plain_http ? -ENOENT : registry_certificates_open(e->domain, failure);
    if (certificates < 0 && certificates != -ENOENT)
        return certificates;
    autofree char *certificate = NULL, *key = NULL;
    r = plain_http ? 0 : registry_client_certificate(e->domain, &certificate, &key, failure);
    if (r < 0)
        return r;
    request = (struct fetch_request){
        .verb = FETCH_SESSION,
        .settings = {.host = e->host,
                     .repository = e->repository,
                     .plain_http = plain_http,
                     .insecure = is_insecure(s) && !plain_http,
                     .ca = certificates >= 0,
                     .push = s->options.push,
                     .client_certificate = certificate,
                     .client_key = key,
                     .http_proxy = (char *)first_of(environment->http_proxy, s->config.http_proxy),
                     .https_proxy = (char *)first_of(environment->https_proxy, s->config.https_proxy),
                     .no_proxy = (char *)first_of(environment->no_proxy, s->config.no_proxy),
                     .attempts = probe ? 1 : s->options.attempts}};
    fill_credentials(&request.settings, credentials);
    r = registry_client_send(&s->client, &request, certificates >= 0 ? certificates : -EBADF, failure);
    if (key)
        explicit_bzero(key, strlen(key));
    if (r < 0)
        return r;
    s->id = request.session;
    s->plain_http = plain_http;
    s->logged_in = request.settings.credentials != FETCH_ANONYMOUS;
    return 0;
}

int registry_session_ping(struct registry_session *s, struct fetch_reply *ret_answer, struct failure *failure)
{
    struct fetch_request request = {.verb = FETCH_PING, .session = s->id};
    return registry_client_ask(&s->client, &request, -EBADF, ret_answer, failure);
}

/* Whether https is spoken there at all; asked without credentials and once. */
static int speaks_https(struct registry_session *s, struct failure *failure)
{
    static const struct registry_credentials nobody;
    struct fetch_reply answer;
    int r = begin(s, &nobody, false, true, failure);
    if (r == 0)
        r = registry_session_ping(s, &answer, failure);
    if (r < 0)
        return r;
    return answer.error != FETCH_TLS && answer.error != FETCH_NETWORK && answer.error != FETCH_PROTOCOL;
}

int registry_session_use(struct registry_session *s, size_t position, struct failure *failure)
{
    autocredentials struct registry_credentials found = {0};
    s->position = position;
    const struct registry_endpoint *e = registry_session_endpoint(s);
    const struct registry_credentials *given = s->options.credentials;
    int r = 0;
    if (!given && position + 1 == s->endpoints.count) /* mirrors come before it */
        given = s->options.environment->credentials;
    if (!given)
        r = credentials_find(s->options.environment, e->domain, e->repository ? e->repository : "", &found,
                             failure);
    if (r < 0)
        return r;
    int https = is_insecure(s) ? speaks_https(s, failure) : 1;
    if (https < 0)
        return https;
    return begin(s, given ? given : &found, https == 0, false, failure);
}
