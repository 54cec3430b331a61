/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/session.h"

#include "base/text.h"
#include "fetch/token.h"
#include "formats/base64.h"
#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define DEFAULT_ATTEMPTS 6
#define DEFAULT_STALL_SECONDS 30

/* The session's own certificates and the system's behind them: libcurl takes one list. */
static int read_certificates(struct session *s, int ca_fd, const char *system_ca)
{
    autofree char *own = NULL, *system = NULL;
    size_t own_size = 0, system_size = 0;
    if (lseek(ca_fd, 0, SEEK_SET) < 0)
        return -errno;
    int r = fd_read_whole(ca_fd, SESSION_CA_MAX, &own, &own_size);
    autoclose int fd = system_ca && r == 0 ? open(system_ca, O_RDONLY | O_CLOEXEC) : -EBADF;
    if (r == 0 && fd >= 0)
        r = fd_read_whole(fd, SESSION_CA_MAX, &system, &system_size);
    if (r < 0)
        return r;
    autotext struct text both = {0};
    text_append_n(&both, own, own_size);
    text_append_char(&both, '\n');
    text_append_n(&both, system ? system : "", system_size);
    s->certificates_size = both.length;
    s->certificates = text_take(&both);
    return s->certificates ? 0 : -ENOMEM;
}

int session_open(struct session *s, struct fetch_request *request, int ca_fd, const char *system_ca,
                 struct failure *failure)
{
    *s = (struct session){.id = request->session, .settings = request->settings};
    request->settings = (struct fetch_session){0};
    const struct fetch_session *settings = &s->settings;
    if (asprintf(&s->base, "%s://%s", settings->plain_http ? "http" : "https", settings->host) < 0) {
        s->base = NULL;
        return fail(failure, -ENOMEM, "opening a session");
    }
    int r = endpoint_parse(s->base, &s->origin);
    if (r < 0)
        return fail(failure, r, "reading the registry's address %s", settings->host);
    s->local = host_is_local(s->origin.host);
    r = ca_fd >= 0 ? read_certificates(s, ca_fd, system_ca) : 0;
    return r < 0 ? fail(failure, r, "reading the certificates for %s", settings->host) : 0;
}

void session_close(struct fetcher *fetcher, struct session *s)
{
    for (size_t i = 0; i < SESSION_TOKENS_MAX; i++)
        token_free(fetcher, s->tokens[i]);
    struct fetch_request settings = {.settings = s->settings};
    fetch_request_free(&settings);
    free(s->base);
    free(s->certificates);
    free(s->realm);
    free(s->service);
    *s = (struct session){0};
}

int session_authorize(const struct session *s, const struct token *token, char **ret_header)
{
    autotext struct text header = {0}, plain = {0};
    *ret_header = NULL;
    if (token && token->value) {
        text_printf(&header, "Authorization: Bearer %s", token->value);
    } else if (!token && s->auth == SESSION_AUTH_BASIC && s->settings.credentials == FETCH_PASSWORD) {
        text_printf(&plain, "%s:%s", s->settings.user, s->settings.secret);
        text_append(&header, "Authorization: Basic ");
        autofree char *encoded = base64_write(text_peek(&plain), plain.length);
        text_append(&header, encoded ? encoded : "");
        header.error = encoded ? header.error : -ENOMEM;
        if (encoded)
            explicit_bzero(encoded, strlen(encoded));
    } else {
        return 0;
    }
    int r = text_error(&plain);
    if (plain.data)
        explicit_bzero(plain.data, plain.length);
    *ret_header = r == 0 ? text_take(&header) : NULL;
    return *ret_header ? 0 : -ENOMEM;
}

uint32_t session_stall_seconds(const struct session *s)
{
    return s->settings.stall_seconds ? s->settings.stall_seconds : DEFAULT_STALL_SECONDS;
}

uint32_t session_attempts(const struct session *s)
{
    return s->settings.attempts ? s->settings.attempts : DEFAULT_ATTEMPTS;
}
