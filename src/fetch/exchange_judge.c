/* SPDX-License-Identifier: Apache-2.0 */
/* What an attempt came to, in words. */
#include "base/text.h"
#include "base/utf8.h"
#include "fetch/exchange.h"
#include "fetch/retry.h"
#include "fetch/session.h"
#include "formats/registry_document.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void exchange_make_sendable(char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        size_t n = utf8_sequence(text, left);
        if (n == 0)
            *text = '?';
        text += n ? n : 1;
        left -= n ? n : 1;
    }
}

void exchange_sentence(struct exchange *x, const char *format, ...)
{
    char sentence[FAILURE_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args); /* a cut sentence is still a sentence */
    va_end(args);
    (void)snprintf(x->text, sizeof(x->text), "%s: %.*s", x->doing ? x->doing : "asking the registry",
                   (int)sizeof(sentence) - 1, sentence);
    exchange_make_sendable(x->text);
    text_make_printable(x->text);
}

static struct verdict judge_tls(struct exchange *x, CURLcode code)
{
    const char *host = x->endpoint.host;
    if (code == CURLE_SSL_CACERT_BADFILE && x->session->certificates)
        exchange_sentence(x, "the certificates that were given for %s cannot be read",
                          x->session->settings.host);
    else if (code == CURLE_SSL_CACERT_BADFILE)
        exchange_sentence(x,
                          "there is no list of trusted certificates: install the package ca-certificates, or "
                          "give this registry's own");
    else if (code == CURLE_PEER_FAILED_VERIFICATION)
        exchange_sentence(x,
                          "%s is not trusted: %s; if it is yours, give its authority's certificate in the "
                          "registry's configuration",
                          host, x->curl_text);
    else if (strstr(x->curl_text, "wrong version number") || strstr(x->curl_text, "packet length too long"))
        exchange_sentence(
            x,
            "%s does not speak TLS on port %u; a registry with plain http has to be configured as "
            "insecure",
            host, x->endpoint.port);
    else
        exchange_sentence(x, "TLS with %s failed: %s", host, x->curl_text);
    return (struct verdict){.error = FETCH_TLS, .broken = code == CURLE_SSL_CONNECT_ERROR, .attempts = 2};
}

static struct verdict judge_connection(struct exchange *x, CURLcode code)
{
    struct verdict v = {.error = FETCH_NETWORK, .broken = true};
    const char *host = x->endpoint.host;
    if (x->refused_local) {
        exchange_sentence(x, "%s leads to an address of this machine, and the registry is elsewhere", host);
        return (struct verdict){.error = FETCH_PROTOCOL};
    }
    uint32_t few = x->session->reached ? 0 : 1; /* a registry that was there once is waited for */
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        exchange_sentence(x, "the name %s is not known to the name servers (or they do not answer)", host);
        v.attempts = few * 2;
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        exchange_sentence(x, "the proxy's name is not known");
        v.attempts = few * 2;
        break;
    case CURLE_COULDNT_CONNECT:
        exchange_sentence(x, "%s port %u cannot be reached: %s", host, x->endpoint.port, x->curl_text);
        v.attempts = few * 3;
        break;
    case CURLE_OPERATION_TIMEDOUT:
        exchange_sentence(x, "%s is too slow: %s", host, x->curl_text);
        break;
    case CURLE_OUT_OF_MEMORY:
        exchange_sentence(x, "there is no memory");
        return (struct verdict){.error = FETCH_LOCAL};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_URL_MALFORMAT:
        exchange_sentence(x, "%s answers with something that is not HTTP: %s", host, x->curl_text);
        return (struct verdict){.error = FETCH_PROTOCOL};
    default:
        exchange_sentence(x, "the connection with %s broke: %s", host,
                          x->curl_text[0] ? x->curl_text : curl_easy_strerror(code));
    }
    return v;
}

static bool is_tls(CURLcode code)
{
    static const CURLcode codes[] = {
        CURLE_SSL_CONNECT_ERROR,        CURLE_SSL_CERTPROBLEM,         CURLE_SSL_CIPHER,
        CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,      CURLE_SSL_ISSUER_ERROR,
        CURLE_SSL_INVALIDCERTSTATUS,    CURLE_SSL_PINNEDPUBKEYNOTMATCH};
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}

static struct verdict judge_body(struct exchange *x, const struct body *b)
{
    if (b->error == -EFBIG) {
        exchange_sentence(x, "%s sends more than the %llu bytes that were announced", x->endpoint.host,
                          (unsigned long long)b->limit);
        return (struct verdict){.error = FETCH_TOO_LARGE};
    }
    if (b->error == -ENODATA)
        exchange_sentence(x, "what is to be sent ended after %llu of %llu bytes",
                          (unsigned long long)b->position, (unsigned long long)b->limit);
    else
        exchange_sentence(x, "%s: %s", b == x->out ? "writing what came" : "reading what is to be sent",
                          strerror(-b->error));
    return (struct verdict){.error = FETCH_LOCAL};
}

/* Whose limit it is, and what can be done. */
static void explain_limit(struct exchange *x, const char *said)
{
    const struct response *r = &x->response;
    char limit[100] = "", wait[100] = "";
    if (r->has_limit && r->limit_window > 0)
        (void)snprintf(limit, sizeof(limit), " (%llu in %u minutes)", (unsigned long long)r->limit,
                       r->limit_window / 60);
    else if (r->has_limit)
        (void)snprintf(limit, sizeof(limit), " (%llu)", (unsigned long long)r->limit);
    if (r->has_retry_after)
        (void)snprintf(wait, sizeof(wait), "; it asks to wait %u seconds", r->retry_after);
    exchange_sentence(x, "the rate limit of %s is used up%s%s%s%s. %s", x->endpoint.host, limit, wait,
                      said[0] ? ": " : "", said,
                      x->session->settings.credentials == FETCH_ANONYMOUS
                          ? "It counts by address without a login: log in, or use a mirror"
                          : "It counts for the account that is logged in: wait, or use a mirror");
}

static struct verdict judge_refusal(struct exchange *x)
{
    const struct response *r = &x->response;
    char said[REGISTRY_ERROR_SIZE];
    registry_errors_read(r->note, r->note_size, said);
    const char *host = x->endpoint.host, *colon = said[0] ? ": " : "";
    bool anonymous = x->session->settings.credentials == FETCH_ANONYMOUS;
    switch (r->status) {
    case 401:
        exchange_sentence(x,
                          anonymous ? "%s wants a login (401)%s%s; the name may also be misspelt"
                                    : "%s does not accept the login (401)%s%s",
                          host, colon, said);
        return (struct verdict){.error = FETCH_UNAUTHORIZED};
    case 403:
        exchange_sentence(x, "%s does not allow it (403)%s%s%s", host, colon, said,
                          anonymous ? "; log in, if you have an account there" : "");
        return (struct verdict){.error = FETCH_DENIED};
    case 404:
        exchange_sentence(x, "%s does not have it (404)%s%s", host, colon, said);
        return (struct verdict){.error = x->asks_token ? FETCH_PROTOCOL : FETCH_NOT_FOUND};
    case 429:
        explain_limit(x, said);
        return (struct verdict){.error = FETCH_RATE_LIMITED};
    default:
        exchange_sentence(x, "%s answers %u%s%s", host, r->status, colon, said);
        return (struct verdict){.error = retry_status(r->status) ? FETCH_NETWORK : FETCH_PROTOCOL};
    }
}

static bool is_answer(const struct exchange *x)
{
    uint32_t status = x->response.status;
    return (status >= 200 && status < 300) || (x->take_416 && status == 416);
}

struct verdict exchange_judge(struct exchange *x, CURLcode code)
{
    if (x->out && x->out->error < 0)
        return judge_body(x, x->out);
    if (x->in && x->in->error < 0)
        return judge_body(x, x->in);
    if (x->head_error < 0) {
        exchange_sentence(x,
                          x->head_error == -ENOMEM ? "there is no memory"
                                                   : "%s answers with a head that is too long or malformed",
                          x->endpoint.host);
        return (struct verdict){.error = FETCH_PROTOCOL};
    }
    if (x->bad_content) {
        exchange_sentence(x, "%s: %s", x->endpoint.host, x->bad_content);
        return (struct verdict){.error = x->bad_error};
    }
    if (x->started && !is_answer(x)) /* even when the connection broke after it, or its body was cut */
        return judge_refusal(x);
    if (x->ignored > 0 && code == CURLE_WRITE_ERROR) {
        exchange_sentence(x, "%s sends a long text where nothing was asked for", x->endpoint.host);
        return (struct verdict){.error = FETCH_PROTOCOL};
    }
    if (is_tls(code))
        return judge_tls(x, code);
    if (code != CURLE_OK)
        return judge_connection(x, code);
    if (x->out && x->resume &&
        x->out->position + (x->out->pending_size - x->out->pending_at) < x->out->limit) {
        exchange_sentence(x, "%s ended it after %llu of %llu bytes", x->endpoint.host,
                          (unsigned long long)(x->offset + body_taken(x->out)), (unsigned long long)x->size);
        return (struct verdict){.error = FETCH_NETWORK, .broken = true};
    }
    return (struct verdict){.error = FETCH_OK};
}
