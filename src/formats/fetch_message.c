/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fetch_message.h"
#include "formats/fetch_member.h"
#include "formats/reference.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char *const verbs[FETCH_VERB_COUNT] = {
    [FETCH_SESSION] = "session",
    [FETCH_END_SESSION] = "end-session",
    [FETCH_PING] = "ping",
    [FETCH_GET_MANIFEST] = "get-manifest",
    [FETCH_HEAD_MANIFEST] = "head-manifest",
    [FETCH_GET_BLOB] = "get-blob",
    [FETCH_HEAD_BLOB] = "head-blob",
    [FETCH_MOUNT_BLOB] = "mount-blob",
    [FETCH_PUT_BLOB] = "put-blob",
    [FETCH_PUT_MANIFEST] = "put-manifest",
    [FETCH_LIST_TAGS] = "list-tags",
    [FETCH_CANCEL] = "cancel",
};

static const char *const credentials[] = {
    [FETCH_ANONYMOUS] = "anonymous",
    [FETCH_PASSWORD] = "password",
    [FETCH_IDENTITY_TOKEN] = "identity-token",
};

static bool is_printable(const char *text)
{
    if (text[0] == '\0')
        return false;
    for (const char *p = text; *p; p++)
        if (*p < ' ' || *p > '~')
            return false;
    return true;
}

static bool has_no_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < ' ' || *p == 127)
            return false;
    return true;
}

/* RFC 7617: the first colon ends the user. */
static bool is_user(const char *text)
{
    return text[0] != '\0' && !strchr(text, ':') && has_no_control(text);
}

static bool is_url(const char *text)
{
    return is_printable(text) && !strchr(text, ' ');
}

static bool is_target(const char *text)
{
    struct digest digest;
    return reference_tag_is_valid(text) || digest_parse(text, &digest) == 0;
}

bool fetch_media_type_is_valid(const char *text)
{
    static const char tokens[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&-^_.+";
    size_t n = strspn(text, tokens);
    if (n == 0 || text[n] != '/')
        return false;
    size_t m = strspn(text + n + 1, tokens);
    return m > 0 && text[n + 1 + m] == '\0';
}

static bool is_pem(const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p != '\n' && *p != '\r' && *p != '\t' && ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e))
            return false;
    return strstr(text, "-----BEGIN ") != NULL;
}

#define V(verb) (1u << FETCH_##verb)
#define ALL ((1u << FETCH_VERB_COUNT) - 1)
#define AT(field) offsetof(struct fetch_request, field)
#define NAMES_IMAGE (ALL & ~(V(SESSION) | V(END_SESSION)))
#define DIGESTS (V(GET_BLOB) | V(HEAD_BLOB) | V(MOUNT_BLOB) | V(PUT_BLOB))
#define TARGETS (V(GET_MANIFEST) | V(HEAD_MANIFEST) | V(PUT_MANIFEST))
#define ACCEPTS (V(GET_MANIFEST) | V(HEAD_MANIFEST))
#define SIZES (V(GET_BLOB) | V(PUT_BLOB) | V(PUT_MANIFEST))
#define SETTING(name, type, field, max, valid)                                                               \
    {                                                                                                        \
        name, FETCH_MEMBER_##type, AT(settings.field), max, valid, NULL, V(SESSION), 0                       \
    }

static const struct fetch_member members[] = {
    {"request", FETCH_MEMBER_WORD, AT(verb), FETCH_VERB_COUNT, NULL, verbs, ALL, ALL},
    {"id", FETCH_MEMBER_U32, AT(id), UINT32_MAX, NULL, NULL, NAMES_IMAGE, NAMES_IMAGE},
    {"session", FETCH_MEMBER_U32, AT(session), UINT32_MAX, NULL, NULL, ALL & ~V(CANCEL), ALL & ~V(CANCEL)},
    {"target", FETCH_MEMBER_TEXT, AT(target), 256, is_target, NULL, TARGETS, TARGETS},
    {"accept", FETCH_MEMBER_LIST, AT(accept), FETCH_TYPE_SIZE - 1, fetch_media_type_is_valid, NULL, ACCEPTS,
     ACCEPTS},
    {"digest", FETCH_MEMBER_DIGEST, AT(digest), 0, NULL, NULL, DIGESTS, DIGESTS},
    {"size", FETCH_MEMBER_U64, AT(size), INT64_MAX, NULL, NULL, SIZES, 0},
    {"offset", FETCH_MEMBER_U64, AT(offset), INT64_MAX, NULL, NULL, V(GET_BLOB), 0},
    {"chunk-size", FETCH_MEMBER_U64, AT(chunk_size), INT64_MAX, NULL, NULL, V(PUT_BLOB), 0},
    {"from", FETCH_MEMBER_TEXT, AT(from), REFERENCE_NAME_MAX, reference_path_is_valid, NULL, V(MOUNT_BLOB),
     V(MOUNT_BLOB)},
    {"media-type", FETCH_MEMBER_TEXT, AT(media_type), FETCH_TYPE_SIZE - 1, fetch_media_type_is_valid, NULL,
     V(PUT_MANIFEST), V(PUT_MANIFEST)},
    {"host", FETCH_MEMBER_TEXT, AT(settings.host), REFERENCE_NAME_MAX, reference_domain_is_valid, NULL,
     V(SESSION), V(SESSION)},
    SETTING("repository", TEXT, repository, REFERENCE_NAME_MAX, reference_path_is_valid),
    SETTING("plain-http", BOOL, plain_http, 1, NULL),
    SETTING("insecure", BOOL, insecure, 1, NULL),
    SETTING("ca", BOOL, ca, 1, NULL),
    SETTING("push", BOOL, push, 1, NULL),
    {"credentials", FETCH_MEMBER_WORD, AT(settings.credentials), ARRAY_SIZE(credentials), NULL, credentials,
     V(SESSION), 0},
    SETTING("user", TEXT, user, 1024, is_user),
    SETTING("secret", TEXT, secret, FETCH_SECRET_MAX, has_no_control),
    SETTING("client-certificate", TEXT, client_certificate, FETCH_SECRET_MAX, is_pem),
    SETTING("client-key", TEXT, client_key, FETCH_SECRET_MAX, is_pem),
    SETTING("http-proxy", TEXT, http_proxy, 2048, is_url),
    SETTING("https-proxy", TEXT, https_proxy, 2048, is_url),
    SETTING("no-proxy", TEXT, no_proxy, 8192, is_printable),
    SETTING("user-agent", TEXT, user_agent, 256, is_printable),
    SETTING("attempts", U32, attempts, 100, NULL),
    SETTING("stall-seconds", U32, stall_seconds, 3600, NULL),
    SETTING("stall-rate", U32, stall_rate, UINT32_MAX, NULL),
    SETTING("connect-seconds", U32, connect_seconds, 3600, NULL),
};

static struct fetch_table table_of(enum fetch_verb verb)
{
    return (struct fetch_table){members, ARRAY_SIZE(members), 1u << verb};
}

/* What no row can say. */
static bool members_agree(const struct fetch_request *r)
{
    const struct fetch_session *s = &r->settings;
    bool password = s->credentials == FETCH_PASSWORD, token = s->credentials == FETCH_IDENTITY_TOKEN;
    if (password != (s->user != NULL) || (password || token) != (s->secret != NULL))
        return false;
    if (s->plain_http && (s->insecure || s->ca || s->client_certificate))
        return false;
    if ((s->client_certificate != NULL) != (s->client_key != NULL))
        return false;
    if (r->verb == FETCH_PUT_MANIFEST && (r->size == 0 || r->size > FETCH_MANIFEST_MAX))
        return false;
    return r->offset <= r->size;
}

static int request_check(const struct fetch_request *r)
{
    if ((unsigned)r->verb >= FETCH_VERB_COUNT)
        return -EINVAL;
    struct fetch_table table = table_of(r->verb);
    int error = fetch_members_check(&table, r);
    return error < 0 ? error : members_agree(r) ? 0 : -EINVAL;
}

int fetch_request_encode(const struct fetch_request *request, char **ret_text, size_t *ret_size)
{
    int r = request_check(request);
    if (r < 0)
        return r;
    autojson struct json_object *object = json_object_new_object();
    struct fetch_table table = table_of(request->verb);
    r = fetch_members_write(&table, request, object);
    if (r < 0)
        return r == -EILSEQ ? -EINVAL : r;
    return fetch_object_finish(object, ret_text, ret_size);
}

int fetch_request_decode(const char *data, size_t size, struct fetch_request *ret_request)
{
    autojson struct json_object *object = NULL;
    int r = size <= FETCH_MESSAGE_MAX ? json_parse("request", data, size, NULL, &object) : -EINVAL;
    if (r == -ENOMEM)
        return r;
    int verb = r < 0 ? -1 : fetch_word_find(verbs, FETCH_VERB_COUNT, json_get_string(object, "request"));
    if (verb < 0)
        return -EBADMSG;
    autofetchrequest struct fetch_request request = {0};
    struct fetch_table table = table_of((enum fetch_verb)verb);
    r = fetch_members_read(&table, object, &request);
    if (r == 0 && request_check(&request) < 0)
        r = -EBADMSG;
    if (r < 0)
        return r;
    *ret_request = request;
    request = (struct fetch_request){0};
    return 0;
}

static void secret_free(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void fetch_request_free(struct fetch_request *request)
{
    struct fetch_session *s = &request->settings;
    char *const owned[] = {s->host,     s->repository, s->user,         s->http_proxy, s->https_proxy,
                           s->no_proxy, s->user_agent, request->target, request->from, request->media_type};
    for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
        free(owned[i]);
    free(s->client_certificate);
    secret_free(s->client_key);
    secret_free(s->secret);
    strings_free(&request->accept);
    *request = (struct fetch_request){0};
}

int fetch_request_descriptors(const struct fetch_request *request)
{
    static const unsigned with_body =
        V(GET_MANIFEST) | V(GET_BLOB) | V(PUT_BLOB) | V(PUT_MANIFEST) | V(LIST_TAGS);
    if (request->verb == FETCH_SESSION)
        return request->settings.ca;
    return (with_body >> request->verb) & 1;
}

const char *fetch_verb_name(enum fetch_verb verb)
{
    return verbs[verb];
}
