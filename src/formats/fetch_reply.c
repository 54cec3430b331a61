/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "formats/fetch_member.h"
#include "formats/fetch_message.h"

#include <errno.h>
#include <stddef.h>

static const char *const kinds[FETCH_KIND_COUNT] = {
    [FETCH_READY] = "ready",
    [FETCH_FAILED] = "failed",
    [FETCH_ANSWER] = "answer",
    [FETCH_PROGRESS] = "progress",
};

static const char *const errors[FETCH_ERROR_COUNT] = {
    [FETCH_OK] = "ok",
    [FETCH_NOT_FOUND] = "not-found",
    [FETCH_UNAUTHORIZED] = "unauthorized",
    [FETCH_DENIED] = "denied",
    [FETCH_RATE_LIMITED] = "rate-limited",
    [FETCH_NETWORK] = "network",
    [FETCH_TLS] = "tls",
    [FETCH_PROTOCOL] = "protocol",
    [FETCH_TOO_LARGE] = "too-large",
    [FETCH_CANCELLED] = "cancelled",
    [FETCH_LOCAL] = "local",
};

static const char *const states[FETCH_STATE_COUNT] = {
    [FETCH_CONNECTING] = "connecting",
    [FETCH_WAITING] = "waiting",
    [FETCH_TRANSFERRING] = "transferring",
};

#define K(kind) (1u << FETCH_##kind)
#define AT(field) offsetof(struct fetch_reply, field)
#define ABOUT_REQUEST (K(ANSWER) | K(PROGRESS))
#define ALL ((1u << FETCH_KIND_COUNT) - 1)

static const struct fetch_member members[] = {
    {"reply", FETCH_MEMBER_WORD, AT(kind), FETCH_KIND_COUNT, NULL, kinds, ALL, ALL},
    {"id", FETCH_MEMBER_U32, AT(id), UINT32_MAX, NULL, NULL, ABOUT_REQUEST, ABOUT_REQUEST},
    {"error", FETCH_MEMBER_WORD, AT(error), FETCH_ERROR_COUNT, NULL, errors, K(ANSWER), K(ANSWER)},
    {"text", FETCH_MEMBER_BUFFER, AT(text), FAILURE_TEXT_SIZE - 1, NULL, NULL, K(FAILED) | ABOUT_REQUEST,
     K(FAILED)},
    {"status", FETCH_MEMBER_U32, AT(status), 999, NULL, NULL, K(ANSWER), 0},
    {"wait-seconds", FETCH_MEMBER_U32, AT(wait_seconds), UINT32_MAX, NULL, NULL, ABOUT_REQUEST, 0},
    {"media-type", FETCH_MEMBER_BUFFER, AT(media_type), FETCH_TYPE_SIZE - 1, fetch_media_type_is_valid, NULL,
     K(ANSWER), 0},
    {"digest", FETCH_MEMBER_DIGEST, AT(digest), 0, NULL, NULL, K(ANSWER), 0},
    {"size", FETCH_MEMBER_U64, AT(size), INT64_MAX, NULL, NULL, K(ANSWER), 0},
    {"mounted", FETCH_MEMBER_BOOL, AT(mounted), 1, NULL, NULL, K(ANSWER), 0},
    {"state", FETCH_MEMBER_WORD, AT(state), FETCH_STATE_COUNT, NULL, states, K(PROGRESS), K(PROGRESS)},
    {"bytes", FETCH_MEMBER_U64, AT(bytes), INT64_MAX, NULL, NULL, K(PROGRESS), 0},
};

static struct fetch_table table_of(enum fetch_kind kind)
{
    return (struct fetch_table){members, ARRAY_SIZE(members), 1u << kind};
}

static int reply_check(const struct fetch_reply *r)
{
    if ((unsigned)r->kind >= FETCH_KIND_COUNT)
        return -EINVAL;
    struct fetch_table table = table_of(r->kind);
    int error = fetch_members_check(&table, r);
    bool failed = r->kind == FETCH_ANSWER && r->error != FETCH_OK;
    if (error == 0 && r->kind == FETCH_ANSWER && failed != (r->text[0] != '\0'))
        error = -EINVAL;
    return error;
}

int fetch_reply_encode(const struct fetch_reply *reply, char **ret_text, size_t *ret_size)
{
    int r = reply_check(reply);
    if (r < 0)
        return r;
    autojson struct json_object *object = json_object_new_object();
    struct fetch_table table = table_of(reply->kind);
    r = fetch_members_write(&table, reply, object);
    if (r < 0)
        return r == -EILSEQ ? -EINVAL : r;
    return fetch_object_finish(object, ret_text, ret_size);
}

int fetch_reply_decode(const char *data, size_t size, struct fetch_reply *ret_reply)
{
    autojson struct json_object *object = NULL;
    int r = size <= FETCH_MESSAGE_MAX ? json_parse("reply", data, size, NULL, &object) : -EINVAL;
    if (r == -ENOMEM)
        return r;
    int kind = r < 0 ? -1 : fetch_word_find(kinds, FETCH_KIND_COUNT, json_get_string(object, "reply"));
    if (kind < 0)
        return -EBADMSG;
    struct fetch_reply reply = {0};
    struct fetch_table table = table_of((enum fetch_kind)kind);
    r = fetch_members_read(&table, object, &reply);
    if (r == 0 && reply_check(&reply) < 0)
        r = -EBADMSG;
    if (r < 0)
        return r;
    text_make_printable(reply.text);
    *ret_reply = reply;
    return 0;
}

const char *fetch_error_name(enum fetch_error error)
{
    return errors[error];
}

const char *fetch_state_name(enum fetch_state state)
{
    return states[state];
}
