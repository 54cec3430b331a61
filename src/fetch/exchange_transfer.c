/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt of an exchange as libcurl's easy handle. */
#include "base/text.h"
#include "fetch/exchange.h"
#include "fetch/fetcher.h"
#include "fetch/session.h"
#include "formats/registry_document.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BUFFER_BYTES (128L << 10)
#define IGNORED_MAX (1u << 20) /* of a body that nobody asked for */
#define SMALL_STALLS 4         /* an exchange without a blob has so many times the stall's seconds in all */
#define UPLOAD_STALLS 8        /* a registry may be silent so many times longer while it checks what came */
#define DEFAULT_STALL_RATE 1024L
#define DEFAULT_CONNECT_SECONDS 30L

static bool is_good(const struct exchange *x)
{
    return x->response.status >= 200 && x->response.status < 300;
}

static void refuse_content(struct exchange *x, enum fetch_error error, const char *why)
{
    x->bad_error = error;
    x->bad_content = why;
}

/* What the head says about a blob. */
static void check_resumed(struct exchange *x)
{
    const struct response *r = &x->response;
    uint64_t wanted = x->offset + body_taken(x->out);
    bool total = r->range_total == UINT64_MAX || r->range_total == x->size;
    if (r->status == 206) {
        if (!r->has_range || r->range_first != wanted || r->range_last != x->size - 1 || !total)
            refuse_content(x, FETCH_PROTOCOL, "another range of it came than was asked for");
    } else if (r->status != 200) {
        refuse_content(x, FETCH_PROTOCOL, "an answer without content came");
    } else if (r->has_length && r->length != x->size) {
        refuse_content(x, r->length > x->size ? FETCH_TOO_LARGE : FETCH_PROTOCOL,
                       "it has another size there than the manifest says");
    } else {
        x->out->skip = wanted; /* Range was ignored: all of it comes again */
    }
}

static void check_head(struct exchange *x)
{
    const struct response *r = &x->response;
    if (r->status < 200)
        return;
    x->started = x->session->reached = true;
    if (!is_good(x) || x->method == EXCHANGE_HEAD)
        return;
    if (x->out && x->resume)
        check_resumed(x);
    else if (r->has_length && r->length > (x->out ? x->out->limit : REGISTRY_PAGE_MAX) &&
             (x->out || x->document))
        refuse_content(x, FETCH_TOO_LARGE, "it is larger than such a document may be");
}

static size_t on_head(char *data, size_t size, size_t count, void *exchange)
{
    struct exchange *x = exchange;
    size *= count;
    x->head_error = response_take_line(&x->response, data, size, time(NULL));
    if (x->head_error == 0 && size <= 2 && data[0] != ':')
        check_head(x);
    return x->head_error < 0 || x->bad_content ? 0 : size;
}

static size_t take_document(struct exchange *x, const char *data, size_t size)
{
    if (size > REGISTRY_PAGE_MAX - x->document->length) {
        refuse_content(x, FETCH_TOO_LARGE, "it is larger than such a document may be");
        return 0;
    }
    text_append_n(x->document, data, size);
    return text_error(x->document) < 0 ? 0 : size;
}

static size_t on_body(char *data, size_t size, size_t count, void *exchange)
{
    struct exchange *x = exchange;
    size *= count;
    if (!is_good(x)) {
        response_note(&x->response, data, size);
        x->ignored += size;
    } else if (x->out) {
        if (body_write(x->out, data, size))
            return size;
        x->paused = x->out->waiting && x->out->error == 0;
        return x->paused ? CURL_WRITEFUNC_PAUSE : 0;
    } else if (x->document) {
        return take_document(x, data, size);
    } else {
        x->ignored += size;
    }
    return x->ignored > IGNORED_MAX ? 0 : size;
}

static size_t on_send(char *data, size_t size, size_t count, void *exchange)
{
    struct exchange *x = exchange;
    size_t n = body_read(x->in, data, size * count);
    if (n > 0 || x->in->position == x->in->limit)
        return n;
    x->paused = x->in->waiting;
    return x->paused ? CURL_READFUNC_PAUSE : CURL_READFUNC_ABORT;
}

/* libcurl sends anew when a connection that it kept turns out to be dead. */
static int on_seek(void *exchange, curl_off_t offset, int origin)
{
    struct exchange *x = exchange;
    bool done = origin == SEEK_SET && body_rewind(x->in, (uint64_t)offset);
    return done ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
}

static const char *proxy_of(const struct exchange *x)
{
    const struct fetch_session *s = &x->session->settings;
    const char *proxy = x->endpoint.https ? s->https_proxy : s->http_proxy;
    return proxy ? proxy : "";
}

/* A name may lead anywhere: what counts is the address that is connected to. */
static bool may_connect(struct exchange *x, const struct sockaddr *address)
{
    bool proxied = proxy_of(x)[0] != '\0', local = address_is_local(address);
    bool origin = endpoint_same(&x->endpoint, &x->session->origin);
    if (!local || x->session->local)
        return true;
    if (proxied) /* is the address of the proxy, or of one that needs none: then the name is all we know */
        return origin || !host_is_local(x->endpoint.host);
    if (origin)
        x->session->local = true;
    return origin;
}

static curl_socket_t on_socket(void *exchange, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct exchange *x = exchange;
    (void)purpose; /* there is one */
    if (!may_connect(x, &address->addr)) {
        x->refused_local = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int add_line(struct exchange *x, const char *line)
{
    struct curl_slist *longer = curl_slist_append(x->lines, line);
    if (!longer)
        return -ENOMEM;
    x->lines = longer;
    return 0;
}

static int add_authorization(struct exchange *x)
{
    autofree char *line = NULL;
    bool origin = endpoint_same(&x->endpoint, &x->session->origin);
    int r = 0;
    if (x->asks_token && !x->form &&
        x->redirects == 0) { /* a realm gets name and password only at first hand */
        const struct session basic = {.settings = x->session->settings, .auth = SESSION_AUTH_BASIC};
        r = session_authorize(&basic, NULL, &line);
    } else if (!x->asks_token && origin) {
        r = session_authorize(x->session, x->token, &line);
    }
    x->authorized = line != NULL;
    if (r == 0 && line)
        r = add_line(x, line);
    if (line)
        explicit_bzero(line, strlen(line));
    return r;
}

static int add_range(struct exchange *x)
{
    char range[64];
    uint64_t from = x->offset + body_taken(x->out);
    if (from == 0)
        return 0;
    (void)snprintf(range, sizeof(range), "Range: bytes=%llu-%llu", (unsigned long long)from,
                   (unsigned long long)x->size - 1); /* fits */
    return add_line(x, range);
}

static int make_lines(struct exchange *x)
{
    int r = add_authorization(x);
    for (size_t i = 0; i < x->headers.count && r == 0; i++)
        r = add_line(x, x->headers.items[i]);
    if (r == 0 && x->out && x->resume)
        r = add_range(x);
    if (r == 0 && x->method >= EXCHANGE_POST && !x->in && !x->form)
        r = add_line(x, "Content-Type:"); /* there is no content to have a type */
    return r;
}

#define SET(option, value) (r = r == CURLE_OK ? curl_easy_setopt(x->easy, option, value) : r)

static CURLcode set_method(struct exchange *x)
{
    CURLcode r = CURLE_OK;
    if (x->method == EXCHANGE_HEAD)
        SET(CURLOPT_NOBODY, 1L);
    if (x->in) {
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)x->in->limit);
        SET(CURLOPT_READFUNCTION, on_send);
        SET(CURLOPT_READDATA, x);
        SET(CURLOPT_SEEKFUNCTION, on_seek);
        SET(CURLOPT_SEEKDATA, x);
        SET(CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_BYTES);
    } else if (x->method >= EXCHANGE_POST) {
        SET(CURLOPT_POSTFIELDSIZE, x->form ? (long)strlen(x->form) : 0L);
        SET(CURLOPT_POSTFIELDS, x->form ? x->form : "");
    }
    if (x->method == EXCHANGE_POST && x->in)
        SET(CURLOPT_CUSTOMREQUEST, "POST");
    if (x->method == EXCHANGE_PUT)
        SET(CURLOPT_CUSTOMREQUEST, "PUT");
    if (x->method == EXCHANGE_PATCH)
        SET(CURLOPT_CUSTOMREQUEST, "PATCH");
    return r;
}

static CURLcode set_tls(struct exchange *x)
{
    const struct session *s = x->session;
    struct curl_blob blob = {s->certificates, s->certificates_size, CURL_BLOB_NOCOPY};
    bool insecure = s->settings.insecure && streq(x->endpoint.host, s->origin.host);
    CURLcode r = CURLE_OK;
    if (s->settings.client_certificate && endpoint_same(&x->endpoint, &s->origin)) {
        char *certificate = s->settings.client_certificate, *key = s->settings.client_key;
        struct curl_blob own = {certificate, strlen(certificate), CURL_BLOB_NOCOPY};
        struct curl_blob own_key = {key, strlen(key), CURL_BLOB_NOCOPY};
        SET(CURLOPT_SSLCERT_BLOB, &own);
        SET(CURLOPT_SSLKEY_BLOB, &own_key);
    }
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_CAPATH, NULL);
    if (s->certificates)
        SET(CURLOPT_CAINFO_BLOB, &blob);
    else
        SET(CURLOPT_CAINFO, x->fetcher->system_ca);
    SET(CURLOPT_SSL_VERIFYPEER, insecure ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, insecure ? 0L : 2L);
    return r;
}

static CURLcode set_patience(struct exchange *x)
{
    const struct fetch_session *s = &x->session->settings;
    long stall = (long)session_stall_seconds(x->session);
    bool blob = x->in || (x->out && x->resume), upload = x->method >= EXCHANGE_POST && !x->asks_token;
    CURLcode r = CURLE_OK;
    SET(CURLOPT_CONNECTTIMEOUT, s->connect_seconds ? (long)s->connect_seconds : DEFAULT_CONNECT_SECONDS);
    SET(CURLOPT_LOW_SPEED_LIMIT, s->stall_rate ? (long)s->stall_rate : DEFAULT_STALL_RATE);
    SET(CURLOPT_LOW_SPEED_TIME, upload ? UPLOAD_STALLS * stall : stall);
    if (!blob)
        SET(CURLOPT_TIMEOUT, (upload ? UPLOAD_STALLS : SMALL_STALLS) * stall);
    return r;
}

static CURLcode set_options(struct exchange *x)
{
    const struct fetch_session *s = &x->session->settings;
    CURLcode r = CURLE_OK;
    SET(CURLOPT_URL, x->current);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_HTTPHEADER, x->lines);
    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    SET(CURLOPT_USERAGENT, s->user_agent ? s->user_agent : "unroot/" UNROOT_VERSION);
    SET(CURLOPT_HEADERFUNCTION, on_head);
    SET(CURLOPT_HEADERDATA, x);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, x);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
    SET(CURLOPT_OPENSOCKETDATA, x);
    SET(CURLOPT_PROXY, proxy_of(x));
    SET(CURLOPT_NOPROXY, s->no_proxy ? s->no_proxy : "");
    SET(CURLOPT_ERRORBUFFER, x->curl_text);
    SET(CURLOPT_PRIVATE, x);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* a look-up that is given up is not waited for: the others go on */
    SET(CURLOPT_BUFFERSIZE, BUFFER_BYTES);
    if (r == CURLE_OK)
        r = set_method(x);
    if (r == CURLE_OK)
        r = set_tls(x);
    return r == CURLE_OK ? set_patience(x) : r;
}

int exchange_start(struct exchange *x)
{
    response_reset(&x->response);
    x->started = x->paused = x->refused_local = false;
    x->head_error = 0;
    x->bad_content = NULL;
    x->ignored = 0;
    x->curl_text[0] = '\0';
    x->easy = curl_easy_init();
    int r = x->easy ? make_lines(x) : -ENOMEM;
    if (r == 0 && set_options(x) != CURLE_OK)
        r = -ENOMEM; /* what is given is checked; nothing else is left */
    if (r == 0 && curl_multi_add_handle(x->fetcher->multi, x->easy) != CURLM_OK)
        r = -ENOMEM;
    if (r < 0)
        return r;
    x->state = EXCHANGE_ACTIVE;
    return 0;
}

void exchange_stop(struct exchange *x)
{
    if (x->easy) {
        (void)curl_multi_remove_handle(x->fetcher->multi, x->easy); /* fails only for one that is not in it */
        curl_easy_cleanup(x->easy);
        x->easy = NULL;
    }
    for (struct curl_slist *line = x->lines; line; line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl_slist_free_all(x->lines);
    x->lines = NULL;
}
