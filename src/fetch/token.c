/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/token.h"

#include "base/text.h"
#include "fetch/exchange.h"
#include "fetch/fetcher.h"
#include "formats/registry_document.h"

#include <errno.h>
#include <string.h>

#define CLIENT_ID "unroot"
#define MARGIN_SECONDS 5 /* before its end a token is not used any more */

static int learn_bearer(struct session *s, const struct auth_challenge *challenge, const char **ret_reason)
{
    struct endpoint realm;
    *ret_reason = "the address of its token server is none";
    if (endpoint_parse(challenge->realm, &realm) < 0)
        return -EINVAL;
    if (endpoint_check_redirect(&s->origin, &realm, s->local, ret_reason) < 0)
        return -EPERM;
    autofree char *address = strdup(challenge->realm);
    autofree char *service = challenge->service ? strdup(challenge->service) : NULL;
    *ret_reason = "there is no memory";
    if (!address || (challenge->service && !service))
        return -ENOMEM;
    free(s->realm);
    free(s->service);
    s->realm = TAKE_PTR(address);
    s->service = TAKE_PTR(service);
    s->auth = SESSION_AUTH_BEARER;
    return 0;
}

int token_learn(struct session *s, const struct auth_challenge *challenge, const char **ret_reason)
{
    if (challenge->bearer)
        return learn_bearer(s, challenge, ret_reason);
    *ret_reason = "it asks for a way of logging in that is not known here";
    if (!challenge->basic)
        return -EINVAL;
    s->auth = SESSION_AUTH_BASIC;
    return 0;
}

static void append_parameter(struct text *t, const char *name, const char *value)
{
    if (!value)
        return;
    char *escaped = curl_easy_escape(NULL, value, 0);
    text_append(t, t->length > 0 && t->data[t->length - 1] != '?' ? "&" : "");
    text_append(t, name);
    text_append_char(t, '=');
    if (escaped)
        text_append(t, escaped);
    else
        t->error = -ENOMEM;
    if (escaped)
        explicit_bzero(escaped, strlen(escaped));
    curl_free(escaped);
}

/* RFC 6749 section 6, as the specification "Token Authentication: OAuth2" has it. */
static int write_form(struct exchange *x, const struct token *token)
{
    autotext struct text form = {0};
    append_parameter(&form, "grant_type", "refresh_token");
    append_parameter(&form, "service", token->service);
    append_parameter(&form, "client_id", CLIENT_ID);
    append_parameter(&form, "scope", token->scope);
    append_parameter(&form, "refresh_token", x->session->settings.secret);
    x->form = text_take(&form);
    x->method = EXCHANGE_POST;
    x->url = strdup(token->realm);
    return x->form && x->url ? 0 : -ENOMEM;
}

/* One scope parameter for each scope. */
static int write_query(struct exchange *x, const struct token *token)
{
    const struct fetch_session *settings = &x->session->settings;
    autotext struct text url = {0};
    text_append(&url, token->realm);
    text_append(&url, strchr(token->realm, '?') ? "" : "?");
    append_parameter(&url, "service", token->service);
    append_parameter(&url, "client_id", CLIENT_ID);
    if (settings->credentials == FETCH_PASSWORD)
        append_parameter(&url, "account", settings->user);
    for (const char *scope = token->scope; scope && *scope;) {
        size_t n = strcspn(scope, " ");
        autofree char *one = strndup(scope, n);
        if (!one)
            return -ENOMEM;
        append_parameter(&url, "scope", one);
        scope += n + (scope[n] == ' ');
    }
    x->url = text_take(&url);
    return x->url ? 0 : -ENOMEM;
}

static void token_arrived(struct exchange *x)
{
    struct token *token = x->owner;
    struct text *document = x->document;
    uint32_t seconds = 0;
    token->exchange = NULL;
    token->generation++;
    if (x->error == FETCH_OK &&
        registry_token_read(text_peek(document), document->length, &token->value, &seconds) < 0) {
        x->error = FETCH_PROTOCOL;
        exchange_sentence(x, "the token server's answer holds no token");
    }
    if (token->value)
        token->good_until_ms = x->fetcher->now_ms + (uint64_t)(seconds - MARGIN_SECONDS) * 1000;
    fetcher_token_done(x->fetcher, token, x->error == FETCH_OK ? NULL : x);
    if (document->data)
        explicit_bzero(document->data, document->length);
    text_free(document);
    free(document);
    x->document = NULL;
    exchange_free(x);
}

static int token_fetch(struct fetcher *fetcher, struct session *s, struct token *token)
{
    struct exchange *x = exchange_new(fetcher, s);
    if (!x)
        return -ENOMEM;
    struct endpoint realm;
    x->owner = token;
    x->finish = token_arrived;
    x->asks_token = true;
    x->document = calloc(1, sizeof(*x->document));
    int r = endpoint_parse(token->realm, &realm);
    if (r == 0 && asprintf(&x->doing, "asking %s for a token for %s", realm.host, s->settings.host) < 0) {
        x->doing = NULL;
        r = -ENOMEM;
    }
    if (r == 0)
        r = s->settings.credentials == FETCH_IDENTITY_TOKEN ? write_form(x, token) : write_query(x, token);
    if (r < 0 || !x->document) {
        free(x->document);
        x->document = NULL;
        exchange_free(x);
        return -ENOMEM;
    }
    token->exchange = x;
    exchange_begin(x);
    return 0;
}

static bool token_fits(const struct token *t, const struct session *s, const char *scope)
{
    return streq(t->realm, s->realm) && streq(t->service, s->service) && streq(t->scope, scope);
}

static struct token *token_make(const struct session *s, const char *scope)
{
    struct token *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->realm = strdup(s->realm);
    t->service = s->service ? strdup(s->service) : NULL;
    t->scope = scope ? strdup(scope) : NULL;
    if (t->realm && !t->service == !s->service && !t->scope == !scope)
        return t;
    token_free(NULL, t);
    return NULL;
}

/* A free place, or that of a token which nobody waits for. */
static struct token **token_place(struct fetcher *fetcher, struct session *s)
{
    struct token **oldest = NULL;
    for (size_t i = 0; i < SESSION_TOKENS_MAX; i++) {
        struct token **t = &s->tokens[i];
        if (!*t)
            return t;
        if (!(*t)->exchange && (!oldest || (*t)->good_until_ms < (*oldest)->good_until_ms))
            oldest = t;
    }
    if (oldest) {
        token_free(fetcher, *oldest);
        *oldest = NULL;
    }
    return oldest;
}

static char *join_scopes(const struct strings *scopes)
{
    autotext struct text t = {0};
    for (size_t i = 0; i < scopes->count; i++)
        text_printf(&t, "%s%s", i > 0 ? " " : "", scopes->items[i]);
    return text_take(&t);
}

struct token *token_get(struct fetcher *fetcher, struct session *s, const struct strings *scopes)
{
    autofree char *scope = scopes->count > 0 ? join_scopes(scopes) : NULL;
    struct token *token = NULL;
    if (scopes->count > 0 && !scope)
        return NULL;
    for (size_t i = 0; i < SESSION_TOKENS_MAX && !token; i++)
        if (s->tokens[i] && token_fits(s->tokens[i], s, scope))
            token = s->tokens[i];
    if (!token) {
        struct token **place = token_place(fetcher, s);
        token = place ? token_make(s, scope) : NULL;
        if (!token)
            return NULL;
        *place = token;
    }
    if (token->exchange || (token->value && fetcher->now_ms < token->good_until_ms))
        return token;
    token_forget(token);
    return token_fetch(fetcher, s, token) < 0 ? NULL : token;
}

void token_forget(struct token *token)
{
    if (token->value)
        explicit_bzero(token->value, strlen(token->value));
    free(token->value);
    token->value = NULL;
}

void token_free(struct fetcher *fetcher, struct token *token)
{
    if (!token)
        return;
    if (token->exchange) {
        struct text *document = token->exchange->document;
        text_free(document);
        free(document);
        token->exchange->document = NULL;
        exchange_free(token->exchange);
    }
    if (fetcher)
        fetcher_token_gone(fetcher, token);
    token_forget(token);
    free(token->realm);
    free(token->service);
    free(token->scope);
    free(token);
}
